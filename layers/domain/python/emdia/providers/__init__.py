"""Other people's payloads: the ERP's events in, the mail provider's events back."""
