"""Jobs over many pre-orders, how far they are, and what came of each item."""
