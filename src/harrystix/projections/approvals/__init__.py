"""What waits for a second person, what became of it, and erasures."""
