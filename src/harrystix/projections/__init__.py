"""Read models: each a pure function of the log, each rebuildable beside the live one."""
