"""Dramatiq workers: load, one intention, save. No rule lives here."""
