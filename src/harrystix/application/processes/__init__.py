"""Process managers: what follows from what has happened."""
