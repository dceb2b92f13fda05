import os
from pathlib import Path

import pytest

from harrystix.adapters.vault.keyring import Keyring, VaultError
from harrystix.application.ports import Member
from tests.world import World


@pytest.fixture
def keys(tmp_path: Path) -> Keyring:
    return Keyring.create(tmp_path / "keys.json")


def test_what_is_sealed_opens_at_its_place(keys: Keyring) -> None:
    assert keys.open(*keys.seal(b"secret", "here"), "here") == b"secret"


def test_a_value_moved_to_another_row_fails_closed(keys: Keyring) -> None:
    wrapped, sealed = keys.seal(b"secret", "row 1")
    with pytest.raises(VaultError):
        keys.open(wrapped, sealed, "row 2")


def test_any_flipped_bit_fails_closed(keys: Keyring) -> None:
    wrapped, sealed = keys.seal(b"secret", "p")
    for part, other in ((wrapped, sealed), (sealed, wrapped)):
        for position in range(len(part)):
            flipped = bytes(b ^ (1 << (i % 8)) if i == position else b for i, b in enumerate(part))
            pair = (flipped, other) if part is wrapped else (other, flipped)
            with pytest.raises(VaultError):
                keys.open(*pair, "p")


def test_a_key_of_another_version_fails_closed(keys: Keyring) -> None:
    wrapped, sealed = keys.seal(b"secret", "p")
    other = Keyring(2, {2: os.urandom(32)}, keys.blind_index, keys.fingerprints)
    with pytest.raises(VaultError):
        other.open(wrapped, sealed, "p")


def test_an_older_version_still_opens_beside_a_new_one(keys: Keyring) -> None:
    wrapped, sealed = keys.seal(b"secret", "p")
    newer = Keyring(2, {**keys.master, 2: os.urandom(32)}, keys.blind_index, keys.fingerprints)
    assert newer.open(wrapped, sealed, "p") == b"secret"


def test_fingerprints_do_not_run_together(keys: Keyring) -> None:
    assert keys.fingerprint(("ab", "c")) != keys.fingerprint(("a", "bc"))


def test_the_key_file_is_for_its_owner_only_and_is_never_overwritten(tmp_path: Path) -> None:
    first = Keyring.create(tmp_path / "k.json")
    assert (tmp_path / "k.json").stat().st_mode & 0o077 == 0
    assert Keyring.create(tmp_path / "k.json") == first


@pytest.mark.parametrize(
    "content", ["", "{}", '{"current": 1, "master": {"1": "AAAA"}, "blind_index": "", "fingerprints": ""}']
)
def test_an_unfit_key_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "k.json").write_text(content)
    with pytest.raises(VaultError):
        Keyring.load(tmp_path / "k.json")


def test_a_member_keeps_one_id(here: World) -> None:
    members = here.context.members
    first = members.find_or_add([Member("Ada@x.org", "Ada"), Member("ada@X.org", "Ada again")])
    assert first[0] == first[1] == members.find("ADA@x.org")
    assert members.reveal([first[0]])[first[0]].email == "Ada@x.org"


def test_the_database_holds_no_address_and_no_password_in_clear(here: World) -> None:
    event = here.event()
    here.paid(event, 1, prefix="canary")
    here.committed(b"Event,Variant,Email,Password\nNeon Night,,canary-ticket@x.org,canary-password\n")
    here.settle()
    assert len(here.mails()) == 1
    tables = here.system.database.all(
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_schema IN ('log', 'app', 'vault', 'reporting') AND table_type = 'BASE TABLE'"
    )
    assert len(tables) > 15
    for schema, table in tables:
        rows = here.system.database.all(f"SELECT t::text FROM {schema}.{table} t")  # type: ignore[arg-type]  # noqa: S608
        for (row,) in rows:
            assert "canary" not in row.lower().replace("pi_canary0", ""), (schema, table)
            assert b"canary".hex() not in row.replace(b"pi_canary0".hex(), ""), (schema, table)
