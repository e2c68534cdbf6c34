"""The law as data and pure functions. Every answer carries the id of the rule that gave it."""
