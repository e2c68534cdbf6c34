"""Money that comes in: what is asked by Pix, and what a payment settles. Pure."""
