"""The menu bot: what a reply means and what follows from it, by a script that legal can read and approve. Pure."""
