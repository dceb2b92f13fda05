"""Tails the log: read models and due work, each with its position in one transaction."""
