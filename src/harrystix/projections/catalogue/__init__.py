"""The ticketed events and their variants, as lists and forms show them."""
