"""Health, figures, headers and the description over HTTP."""

import requests

from tests.world import World


def test_health_and_metrics_tell_the_truth(online: World) -> None:
    event = online.event()
    online.committed(online.file(event, 3))
    online.settle()
    assert requests.get(f"{online.web}/healthz", timeout=5).json() == {"status": "ok"}
    assert requests.get(f"{online.web}/readyz", timeout=5).status_code == 200
    text = requests.get(f"{online.web}/metrics", timeout=5).text
    assert f'unmatched_tickets_total{{event_id="{event.id}"}} 3.0' in text
    assert 'ticket_assignment_duration_seconds_bucket{le="+Inf",status="assigned"}' in text


def test_every_answer_carries_the_security_headers(online: World) -> None:
    for path in ("/", "/healthz", "/api/admin/overview", "/static/app.js"):
        headers = requests.get(f"{online.web}{path}", timeout=5).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Request-Id"]


def test_openapi_describes_problems_cursors_and_keys(online: World) -> None:
    document = requests.get(f"{online.web}/api/openapi.json", timeout=5).json()
    commit = document["paths"]["/api/admin/uploads/{upload_id}/commit"]["post"]
    assert any(p["name"] == "Idempotency-Key" for p in commit["parameters"])
    assert "application/problem+json" in commit["responses"]["409"]["content"]
    listing = document["paths"]["/api/admin/tickets/assignments"]["get"]
    assert {"eventId", "status", "cursor", "limit"} <= {p["name"] for p in listing["parameters"]}
