"""The only room that names an AWS API or a table attribute."""
