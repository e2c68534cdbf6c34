"""Strict in-memory clients of AWS: they refuse what AWS refuses, count requests and fail on demand."""
