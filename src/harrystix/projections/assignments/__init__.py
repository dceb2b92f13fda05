"""Pre-orders, tickets and who holds which: what admins and support search through."""
