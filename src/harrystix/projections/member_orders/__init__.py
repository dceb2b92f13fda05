"""A member's pre-orders as the member sees them."""
