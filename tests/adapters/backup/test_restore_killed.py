"""`harrystix restore` as a process that is killed: no part starts over what it left, and it is begun anew."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from harrystix.adapters.eventstore.installation import BeingRestored
from harrystix.adapters.verify.run import verify
from harrystix.bootstrap import build
from tests.adapters.backup.test_backup import backed_up
from tests.application.processes.test_erasing import erased, served
from tests.world import HOOK_PASSWORD, STRIPE_KEY, TOKEN, World

MOMENTS = {
    "log": "SELECT to_regclass('log.stored_events') IS NOT NULL",
    "vault": "SELECT to_regclass('vault.members') IS NOT NULL",
    "read models": "SELECT to_regclass('reporting.member_orders') IS NOT NULL",
}


def restoring(here: World, url: str, folder: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "REDIS_URL": here.system.settings.redis_url,
        "HARRYSTIX_DATA_DIR": str(here.folder),
        "HARRYSTIX_POSTMARK_URL": here.sandbox,
        "HARRYSTIX_POSTMARK_TOKEN": TOKEN,
        "HARRYSTIX_POSTMARK_ACCOUNT_TOKEN": TOKEN,
        "HARRYSTIX_POSTMARK_WEBHOOK_PASSWORD": HOOK_PASSWORD,
        "HARRYSTIX_STRIPE_URL": here.stripe_url,
        "HARRYSTIX_STRIPE_KEY": STRIPE_KEY,
    }
    return subprocess.Popen([sys.executable, "-m", "harrystix", "restore", str(folder)], env=environment)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_restore_that_was_killed_is_no_house_until_it_was_run_to_its_end(
    here: World, empty: str, moment: str
) -> None:
    (gone, stays), _ = served(here)
    made = backed_up(here)
    erased(here, gone)
    process = restoring(here, empty, made.folder)
    with psycopg.connect(empty, autocommit=True) as watching:
        while watching.execute(MOMENTS[moment]).fetchone() != (True,):  # type: ignore[arg-type]
            assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    half = here.system.settings.model_copy(update={"database_url": empty})
    with pytest.raises(BeingRestored):
        build(half)
    assert restoring(here, empty, made.folder).wait(60) == 0
    system = build(half)
    try:
        assert system.context.members.reveal([gone, stays]).keys() == {stays}
        results = verify(system.store, system.database, payments=None)
        assert [line for result in results for line in result.broken] == []
    finally:
        system.close()
