"""Pages: made on the server, from the same handlers and queries as the API."""
