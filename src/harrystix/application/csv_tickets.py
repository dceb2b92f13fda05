"""The ticket file: `Event,Variant,Email,Password` or `Event,Variant,QR` -> rows to stage. Pure."""

from dataclasses import dataclass

from harrystix.application import csv_file
from harrystix.application.csv_file import CsvFile, Problem
from harrystix.application.mail_address import what_is_wrong

LOGIN = ("Event", "Variant", "Email", "Password")
QR = ("Event", "Variant", "QR")
FORMS: dict[tuple[str, ...], str] = {LOGIN: "login", QR: "qr"}


@dataclass(frozen=True, slots=True)
class TicketRow:
    """`secret` is what a member gets: email and password, or the QR payload."""

    row: int
    event: str
    variant: str
    secret: tuple[str, ...]


@dataclass(slots=True)
class TicketFile:
    form: str
    encoding: str
    delimiter: str
    rows: int
    tickets: list[TicketRow]
    problems: list[Problem]


def check(data: bytes, encoding: str = "utf-8") -> TicketFile:
    """Raises FileRefused. tickets + rows with problems = rows."""
    file = csv_file.read(data, list(FORMS), encoding)
    tickets: list[TicketRow] = []
    for line in file.lines:
        event, variant, *secret = line.values
        found = _problems(file, line.row, event.strip(), variant.strip(), secret)
        file.problems += found
        if not found:
            tickets.append(TicketRow(line.row, event.strip(), variant.strip(), _trimmed(secret)))
    problems = sorted(file.problems, key=lambda problem: problem.row)
    return TicketFile(
        FORMS[file.columns], file.encoding, csv_file.DELIMITERS[file.delimiter], file.rows, tickets, problems
    )


def _problems(file: CsvFile, row: int, event: str, variant: str, secret: list[str]) -> list[Problem]:
    found: list[Problem] = []
    if not event:
        found.append(Problem(row, "Event", "empty_value", "The event is missing.", event, variant))
    for column, value in zip(file.columns[2:], secret, strict=True):
        if not value.strip():
            found.append(
                Problem(row, column, "empty_value", f"The {column.lower()} is missing.", event, variant)
            )
        elif column == "Email" and (wrong := what_is_wrong(value)):
            found.append(Problem(row, column, "bad_email", wrong, event, variant))
    return found


def _trimmed(secret: list[str]) -> tuple[str, ...]:
    # A password or a QR payload may begin or end with a blank, and arrives as it is; an address may not.
    return (secret[0].strip(), *secret[1:]) if len(secret) > 1 else tuple(secret)
