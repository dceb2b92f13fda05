"""Stand-ins that speak the providers' real HTTP APIs, as processes of their own, on loopback only."""
