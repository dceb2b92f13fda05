"""Uploads and how far they got: assigned, mailed, delivered."""
