"""Judges of the sealed log that nobody here wrote, and how tests call them."""
