"""A running system for one command. Without DATABASE_URL, the one that `up` keeps in the data folder."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
from psycopg.conninfo import conninfo_to_dict

from harrystix.adapters.embedded.child import CannotStart
from harrystix.adapters.embedded.postgres import Postgres
from harrystix.settings import Settings

if TYPE_CHECKING:
    from harrystix.bootstrap import System


@contextmanager
def session() -> "Generator[System]":
    """Raises CannotStart where nothing runs."""
    import structlog

    from harrystix.adapters import logs
    from harrystix.bootstrap import build

    logs.configure("cli", json=True)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(open(os.devnull, "w")))  # noqa: SIM115, PTH123
    settings = Settings()  # pyright: ignore[reportCallIssue]
    if not settings.database_url:
        os.environ.update(running(settings))
        settings = Settings()  # pyright: ignore[reportCallIssue]
    system = build(settings)
    try:
        yield system
    finally:
        system.close()


def _as_owner(settings: Settings, url: str) -> dict[str, str]:
    """A person at this machine who may read the embedded server's password acts as its owner."""
    server = Postgres(settings.data_dir / "postgres")
    server.port = int(conninfo_to_dict(url).get("port") or 0)
    try:
        return {"DATABASE_URL": server.url}
    except OSError:
        return {}


def running(settings: Settings) -> dict[str, str]:
    """The environment of the `up` that runs on the data folder."""
    wanted = ("DATABASE_URL", "REDIS_URL")
    for process in psutil.process_iter():
        try:
            if "harrystix" in process.cmdline():
                environment = process.environ()
                if environment.get("HARRYSTIX_DATA_DIR") == str(settings.data_dir.absolute()) and all(
                    environment.get(name) for name in wanted
                ):
                    found = {
                        k: v for k, v in environment.items() if k in wanted or k.startswith("HARRYSTIX_")
                    }
                    return found | _as_owner(settings, found["DATABASE_URL"])
        except psutil.Error:
            continue
    raise CannotStart("Nothing is running: start `harrystix up`, or set DATABASE_URL and REDIS_URL.")
