"""`python -m harrystix`."""

from harrystix.adapters.cli.main import run

run()
