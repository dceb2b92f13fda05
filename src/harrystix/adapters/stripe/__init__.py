"""Stripe: signed webhooks in; cards and captures come later."""
