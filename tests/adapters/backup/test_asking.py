"""A restore that asks whoever can be asked, and finds every mail that left, however late, however many."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from harrystix.adapters.backup.restore import CannotRestore, check_with, come_back, load
from harrystix.adapters.vault import key_file, rotation
from harrystix.adapters.vault.key_file import LiveKeys
from harrystix.application.handlers import staff, uploads
from tests.adapters.backup.test_backup import backed_up, system_of
from tests.money import members
from tests.world import TOKEN, World


def test_a_house_without_stripe_asks_postmark_what_left_since_the_backup(here: World, empty: str) -> None:
    event = here.event()
    here.paid(event, 2)
    here.settle()
    made = backed_up(here)
    here.committed(here.file(event, 2))
    here.settle()
    environment = {
        **os.environ,
        "DATABASE_URL": empty,
        "REDIS_URL": here.system.settings.redis_url,
        "HARRYSTIX_DATA_DIR": str(here.folder),
        "HARRYSTIX_POSTMARK_URL": here.sandbox,
        "HARRYSTIX_POSTMARK_TOKEN": TOKEN,
        # "Stripe's secret key; empty: nothing is captured."
        "HARRYSTIX_STRIPE_KEY": "",
    }
    words = [sys.executable, "-m", "harrystix", "restore", str(made.folder), "--without-ledger", "--json"]
    done = subprocess.run(words, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["mails since the backup that the log does not know"] is not None, "nobody has looked"


def test_a_mail_that_left_a_minute_before_the_restore_is_found_before_workers_run(
    here: World, empty: str
) -> None:
    event = here.event()
    here.paid(event, 3)
    here.settle()
    made = backed_up(here)
    file = here.file(event, 3)
    here.committed(file)
    here.settle()
    assert len(here.mails()) == 3
    restored = load(made.folder, empty)
    system = system_of(here, empty)
    try:
        come_back(restored, empty, system.store, system.context, here.system.settings.chain_path)
        upload = uploads.receive(system.context, system.context.by("staff:test"), file, "tickets.csv")
        assert len(uploads.assess(system.context, upload).duplicates) == 3
    finally:
        system.close()


def test_keys_that_do_not_open_the_staff_of_a_backup_are_refused_before_anything_is_written(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_file, "RELOAD", 0.05)
    by = here.context.by("staff:one")
    staff.invite(here.context, by, email="kim@staff.example", name="Kim", role="owner")
    members(here, 1)
    path = here.system.settings.keys_path
    rotation.begin(path)
    # Stopped before it came to the staff; a backup is made; then it is gone on with.
    done: list[int] = []
    assert rotation.go_on(here.system.database, path, done.append, lambda: bool(done)) is None
    made = backed_up(here)
    assert rotation.go_on(here.system.database, path)
    with pytest.raises(CannotRestore, match="lacks master key 1"):
        check_with(made.folder, LiveKeys(path).ring, "keys.json")


def test_more_than_ten_thousand_mails_are_read_within_what_postmark_lists(
    here: World,
) -> None:
    """Postmark: "Count + Offset cannot exceed 10,000 messages. Use todate and fromdate to filter.\""""
    asked: list[dict[str, str]] = []
    client = here.context.mailer._client()
    real = client.call

    def call(method: str, path: str, **words: object) -> object:
        asked.append({name: str(value) for name, value in words.items()})
        return real(method, path, **words)

    client.call = call
    now = datetime.now(UTC)
    _fill(here, 10_600, now)
    found = list(here.context.mailer.sent_since(now - timedelta(hours=2)))
    assert len({mail.intent_id for mail in found}) == 10_600
    assert max(int(one["offset"]) + int(one["count"]) for one in asked) <= 10_000


def _fill(here: World, count: int, now: datetime) -> None:
    import sqlite3
    from uuid import uuid4

    path = here.folder / "sandbox" / "outbox.sqlite"
    with sqlite3.connect(path) as outbox:
        outbox.executemany(
            "INSERT INTO messages (id, recipient, template, model, metadata, batch, intent, tag, sender, subject, "
            "text, html, status, at, opens) VALUES (?,'a@b.example','ticket','{}',?,'b',?,'ticket','s','s','','',"
            "'Sent',?,0)",
            [
                (
                    str(uuid4()),
                    json.dumps({"intent_id": (intent := str(uuid4()))}),
                    intent,
                    (now - timedelta(seconds=n / 4)).isoformat(),
                )
                for n in range(count)
            ],
        )
