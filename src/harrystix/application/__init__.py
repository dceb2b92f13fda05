"""What the system does with the rules: commands, process managers, the store. Knows no infrastructure."""
