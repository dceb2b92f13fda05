"""HTTP: the JSON API, webhooks, health, metrics, and a first page. Nothing below knows HTTP."""
