"""The command line. Reads take --json; bad input ends with exit code 2 and one line on stderr."""
