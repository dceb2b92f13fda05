"""Command handlers: load, one intention, save. They decide nothing that an aggregate can decide."""
