"""For tests: die at a named point, once, as a killed process does. HARRYSTIX_CRASH_AT names it."""

import os
from pathlib import Path

from harrystix.application.points import listen


def install(where: str, folder: Path) -> None:
    """A mark in the folder says that it happened, so that the process that comes after lives."""
    if not where:
        return
    mark = folder / f"crashed-{where}"

    def die(name: str) -> None:
        if name == where:
            try:
                mark.touch(exist_ok=False)
            except FileExistsError:
                return
            os._exit(137)

    listen(die)
