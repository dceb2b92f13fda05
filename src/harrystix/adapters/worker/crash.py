"""For tests: die at named points, each once, as a killed process does. HARRYSTIX_CRASH_AT names them."""

import os
from pathlib import Path

from harrystix.application.points import listen


def install(where: str, folder: Path) -> None:
    """A mark in the folder says that it happened, so that the process that comes after lives on."""
    wanted = set(filter(None, where.split(",")))

    def die(name: str) -> None:
        if name in wanted:
            try:
                (folder / f"crashed-{name}").touch(exist_ok=False)
            except FileExistsError:
                return
            os._exit(137)

    if wanted:
        listen(die)
