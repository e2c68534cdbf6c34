"""The dunning ladder: which step is due for a case, and whether it may be taken. Pure."""
