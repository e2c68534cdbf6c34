"""The outside world on one machine: a mail provider that speaks SES v2, and the mailboxes of the people it serves."""
