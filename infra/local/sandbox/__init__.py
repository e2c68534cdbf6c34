"""The outside world on one machine: providers of e-mail, SMS and WhatsApp, and the people they serve."""
