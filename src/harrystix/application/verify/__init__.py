"""The invariants of docs/explanation/consistency.md as checkers that read the log, fact by fact."""
