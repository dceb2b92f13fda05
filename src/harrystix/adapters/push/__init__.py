"""Web Push (RFC 8030, 8291, 8292): to whatever service a member's browser has named, of those that are known."""
