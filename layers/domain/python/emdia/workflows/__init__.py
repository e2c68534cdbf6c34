"""One story per function, with the same verb as its folder under `functions/`."""
