"""Queue messages and locks. Redis may be emptied at any moment: nothing here is the truth."""
