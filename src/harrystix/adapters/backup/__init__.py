"""Backups: what can't be computed again, at one moment; and their way back."""
