"""The command line as people and scripts use it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.world import HOOK_PASSWORD, STRIPE_SECRET, TOKEN, World

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(here: World) -> Run:
    settings = here.system.settings
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "HARRYSTIX_DATA_DIR": str(here.folder),
        "HARRYSTIX_POSTMARK_URL": here.sandbox,
        "HARRYSTIX_POSTMARK_TOKEN": TOKEN,
        "HARRYSTIX_POSTMARK_WEBHOOK_PASSWORD": HOOK_PASSWORD,
        "HARRYSTIX_STRIPE_WEBHOOK_SECRETS": STRIPE_SECRET,
    }

    def start(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "harrystix", *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    return start


def test_a_file_is_checked_then_committed_then_followed(here: World, run: Run, tmp_path: Path) -> None:
    event = here.event()
    here.paid(event, 2)
    here.follow()
    (tmp_path / "t.csv").write_bytes(here.file(event, 3))
    checked = json.loads(run("upload", str(tmp_path / "t.csv"), "--json").stdout)
    assert (checked["valid"], checked["state"]) == (3, "received")
    done = json.loads(run("commit", checked["uploadId"], "--json").stdout)
    assert done["tickets"] == 3
    here.settle()
    assert json.loads(run("status", checked["uploadId"], "--json").stdout)[0]["mailed"] == 2
    assert json.loads(run("events", "--json").stdout)[0]["assigned"] == 2
    verified = run("verify", "--json")
    assert (verified.returncode, json.loads(verified.stdout)["clean"]) == (0, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("upload", "bad.csv"), "must be exactly"),
        (("upload", "absent.csv"), "does not exist"),
        (("commit", "nonsense"), "There is no Upload"),
        (("rebuild", "nothing"), "There is no read model"),
        (("replay", "nonsense", "--until", "5"), "is not an id"),
        (("api-key", "create", "--role", "king"), "--role is"),
    ],
)
def test_bad_input_ends_with_one_line_and_exit_code_2(
    run: Run, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    (tmp_path / "bad.csv").write_text("nothing\n")
    done = run(*(str(tmp_path / word) if word.endswith(".csv") else word for word in words))
    assert (done.returncode, says in " ".join(done.stderr.split())) == (2, True), done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_a_part_without_its_settings_says_which_is_missing() -> None:
    command = [sys.executable, "-m", "harrystix", "worker"]
    environment = {**os.environ, "DATABASE_URL": "", "REDIS_URL": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "DATABASE_URL is not set" in done.stderr) == (2, True)


def test_anything_is_shown_as_it_was(here: World, run: Run) -> None:
    event = here.event()
    here.paid(event, 1)
    before = here.system.store.recorder.max_notification_id()
    here.committed(here.file(event, 1))
    here.settle()
    order, ticket = here.system.database.all(
        "SELECT pre_order_id::text, ticket_id::text FROM reporting.ticket_assignments"
    )[0]
    then = json.loads(run("replay", order, "--until", str(before)).stdout)
    now = json.loads(run("replay", order, "--until", "2099-01-01T00:00:00+00:00").stdout)
    assert (then["status"], now["status"]) == ("confirmed", "fulfilled")
    held = json.loads(run("replay", ticket, "--until", "999999").stdout)
    assert (held["kind"], held["held_by"]) == ("Ticket", order)


def test_paid_orders_are_imported_row_by_row(here: World, run: Run, tmp_path: Path) -> None:
    here.event()
    (tmp_path / "o.csv").write_text(
        "Event,Variant,Member,Email,Paid at,Payment intent\n"
        "NEON,,Ada,ada@x.org,2026-11-17T19:00:00Z,pi_1\nNEON,,Ben,nobody,2026-11-17T19:00:00Z,pi_2\n"
    )
    found = json.loads(run("import-orders", str(tmp_path / "o.csv"), "--json").stdout)
    assert (found["imported"], found["rejected"], found["problems"][0]["row"]) == (1, 1, 3)


def test_a_key_is_made_listed_and_revoked(run: Run) -> None:
    key = json.loads(run("api-key", "create", "--role", "support", "--json").stdout)["key"]
    key_id = key.split("_")[1]
    assert [row["id"] for row in json.loads(run("api-key", "list", "--json").stdout)] == [key_id]
    assert run("api-key", "revoke", key_id).returncode == 0
    assert run("api-key", "revoke", key_id).returncode == 2


def test_the_doctor_says_how_it_is(run: Run) -> None:
    rows = json.loads(run("doctor", "--json").stdout)
    assert {row["check"] for row in rows} >= {"queue", "read models", "mails"}
