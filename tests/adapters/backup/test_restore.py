"""A restore as a whole or not at all, with the right keys, and what it can learn of the time that it lost."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harrystix.adapters.backup.restore import CannotRestore, check_with, come_back, finish, load
from harrystix.adapters.eventstore.installation import BeingRestored
from harrystix.adapters.vault.key_file import LiveKeys
from harrystix.adapters.vault.keyring import Keyring, VaultError
from harrystix.application.handlers import uploads
from harrystix.application.reconcile.mails import reconcile_mails
from harrystix.bootstrap import build
from tests.adapters.backup.test_backup import backed_up, system_of
from tests.application.processes.test_erasing import served
from tests.world import World


def test_keys_are_tried_before_anything_is_written(here: World, tmp_path: Path) -> None:
    served(here)
    made = backed_up(here)
    ring = LiveKeys(here.system.settings.keys_path).ring
    assert check_with(made.folder, ring, "keys.json")["position"] == made.events
    with pytest.raises(CannotRestore, match=r"other\.json does not open"):
        check_with(made.folder, Keyring.create(tmp_path / "other.json"), "other.json")


def test_a_restore_that_stopped_half_way_is_no_house_and_is_begun_anew(here: World, empty: str) -> None:
    served(here)
    made = backed_up(here)
    load(made.folder, empty)
    half = here.system.settings.model_copy(update={"database_url": empty})
    with pytest.raises(BeingRestored, match="harrystix restore"):
        build(half)
    restored = load(made.folder, empty)
    system = system_of(here, empty)
    try:
        come_back(restored, empty, system.store, system.context, here.system.settings.chain_path)
        finish(empty)
    finally:
        system.close()
    build(half).close()


def test_other_keys_than_the_vault_was_filled_with_start_nothing(here: World, tmp_path: Path) -> None:
    served(here)
    Keyring.create(tmp_path / "elsewhere" / "keys.json")
    other = here.system.settings.model_copy(update={"keys_file": tmp_path / "elsewhere" / "keys.json"})
    with pytest.raises(VaultError, match="do not open the vault"):
        build(other)
    # Nor where nobody has noted yet whose they are.
    here.system.database.execute("DELETE FROM app.installation")
    with pytest.raises(VaultError, match="do not open the vault"):
        build(other)
    build(here.system.settings).close()


def test_what_left_after_the_backup_is_handed_to_nobody_else(here: World, empty: str) -> None:
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
    # Two minutes ago: what has just left may be on its way into the ledger.
    object.__setattr__(system.context, "clock", Later())
    try:
        found = come_back(restored, empty, system.store, system.context, here.system.settings.chain_path)
        assert found.mails and len(found.mails.unknown) == 3
        by = system.context.by("staff:test")
        upload = uploads.receive(system.context, by, file, "tickets.csv")
        assert len(uploads.assess(system.context, upload).duplicates) == 3
    finally:
        system.close()


def test_what_a_failover_forgot_is_taken_out_wherever_it_is_by_now(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.committed(here.file(event, 2))
    here.settle()
    # The log has lost the time of other mails with these tickets: who has them now has got them as well.
    with sqlite3.connect(here.folder / "sandbox" / "outbox.sqlite") as outbox:
        outbox.execute(
            "UPDATE messages SET metadata = json_set(metadata, '$.intent_id', lower(hex(randomblob(16))))"
        )
    object.__setattr__(here.context, "clock", Later())
    report = reconcile_mails(here.context, datetime.now(UTC) - timedelta(hours=1))
    assert (len(report.unknown), report.voided, len(report.doubled)) == (2, [], 2)
    again = reconcile_mails(here.context, datetime.now(UTC) - timedelta(hours=1))
    assert len(again.doubled) == 2


class Later:
    """The clock five minutes on."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=5)
