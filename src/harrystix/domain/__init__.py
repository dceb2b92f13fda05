"""The rules. Knows no clock, no database, no network: ids and times come in as arguments."""
