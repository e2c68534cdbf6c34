"""The whole system on one machine: embedded AWS, sandbox and demo."""
