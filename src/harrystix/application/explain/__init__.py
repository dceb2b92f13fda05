"""Why everybody got what they got, told from the log alone."""
