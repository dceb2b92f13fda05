"""Runs, attempts, payments, refunds and cases: what a person asks about money."""
