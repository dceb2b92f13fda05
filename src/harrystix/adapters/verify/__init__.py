"""`harrystix verify`: the checkers over the whole log, and the tables against it."""
