"""Our books beside the provider's: what differs is said, never silently repaired."""
