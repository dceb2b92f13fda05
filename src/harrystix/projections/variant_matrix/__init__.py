"""Ordered, uploaded and assigned by variant; the empty variant is no preference, or none."""
