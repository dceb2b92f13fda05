"""A stand-in for Stripe that can say no: the HTTP API, its state machines, test cards, faults and webhooks."""
