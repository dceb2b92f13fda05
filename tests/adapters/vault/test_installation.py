"""Keys of a time before a rotation start nothing; a house whose vault is empty gets new ones."""

import shutil
from pathlib import Path

import psycopg
import pytest

from harrystix.adapters.eventstore.installation import is_filled
from harrystix.adapters.vault import key_file
from harrystix.adapters.vault.keyring import Keyring, VaultError
from harrystix.adapters.vault.rotation import begin, go_on
from harrystix.bootstrap import build
from tests.application.processes.test_erasing import served
from tests.world import World


def test_the_key_file_of_a_time_before_a_rotation_starts_nothing(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_file, "RELOAD", 0.05)
    served(here)
    path = here.system.settings.keys_path
    before = tmp_path / "before.json"
    shutil.copy(path, before)
    begin(path)
    assert go_on(here.system.database, path)
    old = here.system.settings.model_copy(update={"keys_file": before})
    with pytest.raises(VaultError):
        build(old).close()


def test_a_house_whose_vault_is_empty_starts_with_new_keys_where_its_own_are_lost(here: World) -> None:
    settings = here.system.settings
    here.event()
    settings.keys_path.unlink()
    # By this `up` decides that it may make a new file.
    with psycopg.connect(settings.database_url) as connection:
        assert not is_filled(connection)
    Keyring.create(settings.keys_path)
    build(settings).close()
