"""A running system for one command. Without DATABASE_URL, the one that `up` keeps in the data folder."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harrystix.settings import Settings

if TYPE_CHECKING:
    from harrystix.bootstrap import System


@contextmanager
def session() -> "Generator[System]":
    """Raises CannotStart where nothing runs."""
    import structlog

    from harrystix.adapters import logs
    from harrystix.adapters.embedded.stack import running
    from harrystix.bootstrap import build

    logs.configure("cli", json=True)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(open(os.devnull, "w")))  # noqa: SIM115, PTH123
    settings = Settings()  # pyright: ignore[reportCallIssue]
    if not settings.database_url:
        os.environ.update(running(settings.data_dir.absolute()))
        settings = Settings()  # pyright: ignore[reportCallIssue]
    system = build(settings)
    try:
        yield system
    finally:
        system.close()
