"""The command `emdia`: what an operator's staff does from a terminal, with their own rights in the account."""
