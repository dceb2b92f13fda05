"""An upgrade that was killed in the middle is started again like any other."""

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.test_releases import RELEASES
from tests.world import Servers

MIGRATE = [sys.executable, "-m", "harrystix", "migrate"]


@pytest.mark.slow
def test_an_upgrade_that_was_killed_in_the_middle_is_ready_within_a_quarter_of_a_minute(
    servers: Servers, tmp_path: Path
) -> None:
    with servers.empty_database() as url:
        environment = {**os.environ, "DATABASE_URL": url, "HARRYSTIX_DATA_DIR": str(tmp_path)}
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(gzip.decompress((RELEASES / "e734bce.sql.gz").read_bytes()))
        with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as watching:
            holder.execute("LOCK TABLE vault.tickets IN ACCESS SHARE MODE")
            migrating = subprocess.Popen(MIGRATE, env=environment)
            stands = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND wait_event_type = 'Lock'"
            )
            while watching.execute(stands).fetchone() != (1,):
                assert migrating.poll() is None
            migrating.send_signal(signal.SIGKILL)
            migrating.wait(10)
        done = subprocess.run(MIGRATE, env=environment, capture_output=True, check=False, timeout=15)
        assert done.returncode == 0, done.stderr
