"""Named places at which a process may die in a test. In production nothing listens."""

from collections.abc import Callable

_listeners: list[Callable[[str], None]] = []


def point(name: str) -> None:
    for listener in _listeners:
        listener(name)


def listen(listener: Callable[[str], None]) -> Callable[[], None]:
    """Returns what ends the listening."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)
