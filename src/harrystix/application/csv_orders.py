"""The file of already paid pre-orders from an earlier system -> rows to import. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from harrystix.application import csv_file
from harrystix.application.csv_file import Problem
from harrystix.application.mail_address import what_is_wrong

# What every table and every provider can hold: the log forgets nothing, so nothing else may enter it.
PAYMENT_ID = re.compile("[A-Za-z0-9_-]{1,100}")
COLUMNS = ("Event", "Variant", "Member", "Email", "Paid at", "Payment intent")


@dataclass(frozen=True, slots=True)
class OrderRow:
    row: int
    event: str
    variant: str
    member: str
    email: str
    paid_at: datetime
    payment_intent: str


def check(data: bytes, encoding: str = "utf-8") -> tuple[int, list[OrderRow], list[Problem]]:
    """(rows in the file, good rows, problems). Raises FileRefused."""
    file = csv_file.read(data, [COLUMNS], encoding)
    orders: list[OrderRow] = []
    for line in file.lines:
        event, variant, member, email, paid_at, intent = (value.strip() for value in line.values)
        found: list[Problem] = [
            Problem(line.row, column, "empty_value", f"The {column.lower()} is missing.")
            for column, value in (("Event", event), ("Member", member), ("Payment intent", intent))
            if not value
        ]
        if intent and not PAYMENT_ID.fullmatch(intent):
            message = "A payment intent has letters, digits, _ and -, at most 100 of them."
            found.append(Problem(line.row, "Payment intent", "bad_payment_intent", message))
        if wrong := what_is_wrong(email):
            found.append(Problem(line.row, "Email", "bad_email", wrong))
        moment = _moment(paid_at)
        if moment is None:
            found.append(
                Problem(line.row, "Paid at", "bad_time", "The time must be like 2026-11-17T19:00:00Z.")
            )
        file.problems += found
        if moment is not None and not found:
            orders.append(OrderRow(line.row, event, variant, member, email, moment, intent))
    return file.rows, orders, sorted(file.problems, key=lambda problem: problem.row)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo and 2000 <= moment.year < 2200 else None
