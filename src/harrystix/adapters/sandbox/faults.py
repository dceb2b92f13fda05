"""What can go wrong with Postmark, on demand: set by PUT /sandbox/faults, counted down per call."""

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass
class Faults:
    """Each number is how many of the next calls fail that way; addresses and seconds hold until changed."""

    too_many: int = 0
    retry_after: int = 1
    server_error: int = 0
    unavailable: int = 0
    timeout_before: int = 0
    timeout_after: int = 0
    timeout_seconds: float = 30.0
    slow_seconds: float = 0.0
    inactive: tuple[str, ...] = ()
    bounce: tuple[str, ...] = ()
    # Accepts, and then answers 500, as a server does that fails late.
    error_after: int = 0
    # Every message is answered with this ErrorCode: 412 account not approved, 1101 template missing …
    every_code: int = 0
    # Calls with one of these recipients answer 500, whoever else is in them.
    choke_on: tuple[str, ...] = ()
    # Accepted messages carry no ErrorCode: "accepted, but delivery may be delayed".
    no_code: bool = False
    # So many searches find nothing yet.
    blind_searches: int = 0
    lose_webhooks: int = 0
    duplicate_webhooks: bool = False

    def change(self, values: dict[str, Any]) -> None:
        """Raises ValueError for an unknown name."""
        known = {field.name for field in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"There is no fault {name}; there are {', '.join(sorted(known))}.")
            setattr(self, name, tuple(value) if isinstance(value, list) else value)  # pyright: ignore

    def next(self, name: str) -> bool:
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
