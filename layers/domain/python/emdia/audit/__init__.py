"""Bytes that are hashed and kept: leaves and their encrypted openings."""
