"""Plain tables beside the log: what is mutable, erasable or only of technical interest."""
