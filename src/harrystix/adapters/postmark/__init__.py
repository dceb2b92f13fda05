"""Postmark: ticket mails out, delivery reports in."""
