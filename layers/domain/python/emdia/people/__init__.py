"""Persons as such, over all their contracts: what is kept of them until when, and how they are forgotten."""
