"""The numbers this project holds itself to, measured on this machine: `make bench`."""
