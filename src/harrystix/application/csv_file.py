"""Bytes of a CSV file -> checked lines. Pure. Rows are read one by one, so a bad quote spoils one row.

A record is one physical line on purpose: a multi-line field is how an unclosed quote silently eats rows.
"""

import csv
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO

from harrystix.domain.errors import DomainError

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 10_000
MAX_FIELD = 1024
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
COMPRESSED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0")


class FileRefused(DomainError):
    """The file as a whole can't be read; `code` says why, the message what to do."""

    def __init__(self, code: str, message: str, **facts: object) -> None:
        super().__init__(message, reason=code, **facts)
        self.reason = code

    code = "file_refused"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one row. `row` is the line in the file, the header being 1. Never a secret.

    `event`, `variant`: as the row has them, where it could be taken apart.
    """

    row: int
    column: str
    code: str
    message: str
    event: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    row: int
    values: tuple[str, ...]


@dataclass(slots=True)
class CsvFile:
    columns: tuple[str, ...]
    delimiter: str
    encoding: str
    lines: list[Line] = field(default_factory=list[Line])
    problems: list[Problem] = field(default_factory=list[Problem])
    rows: int = 0


def read(data: bytes, forms: Sequence[tuple[str, ...]], encoding: str = "utf-8") -> CsvFile:
    """`forms`: the exact headers that are allowed. Raises FileRefused; row problems are in the result."""
    text = _decode(data, encoding)
    lines = text.split("\n")
    header, delimiter = _header(lines[0].removesuffix("\r"), forms)
    file = CsvFile(header, delimiter, encoding)
    for number, raw in enumerate(lines[1:], start=2):
        line = raw.removesuffix("\r")
        if not line.strip():
            continue
        file.rows += 1
        if file.rows > MAX_ROWS:
            raise FileRefused(
                "too_many_rows", f"The selected file has more than {MAX_ROWS:,} rows. Split it."
            )
        _read_line(file, number, line)
    if file.rows == 0:
        raise FileRefused("no_rows", "The selected file has a header but no rows.")
    return file


def _decode(data: bytes, encoding: str) -> str:
    if len(data) > MAX_BYTES:
        raise FileRefused("too_large", "The selected file must be smaller than 5 MB.")
    if not data.strip():
        raise FileRefused("empty_file", "The selected file is empty.")
    if data.startswith(COMPRESSED):
        raise FileRefused("not_csv", "The selected file must be a CSV, not an archive or a spreadsheet.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused("bad_encoding", "The selected file is UTF-16. Save it as CSV UTF-8 and try again.")
    if encoding not in {"utf-8", "cp1252"}:
        raise FileRefused("bad_encoding", "The encoding must be utf-8 or cp1252.")
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileRefused(
            "bad_encoding",
            f"Line {line} of the selected file is not {encoding}. Save it as CSV UTF-8, "
            "or say that it is cp1252 (Windows Western).",
            line=line,
        ) from None


def _header(line: str, forms: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], str]:
    for delimiter in DELIMITERS:
        try:
            found = tuple(next(csv.reader([line], delimiter=delimiter, strict=True)))
        except (csv.Error, StopIteration):
            continue
        if found in forms:
            return found, delimiter
    wanted = " or ".join(",".join(form) for form in forms)
    raise FileRefused("wrong_header", f"The first line of the selected file must be exactly {wanted}.")


def _read_line(file: CsvFile, number: int, line: str) -> None:
    wrong = _line_problem(line)
    values: list[str] = []
    if wrong is None:
        try:
            values = next(csv.reader([line], delimiter=file.delimiter, strict=True))
        except (csv.Error, StopIteration):
            wrong = ("bad_quoting", "A quotation mark is not closed or stands in the wrong place.")
    if wrong is None and len(values) != len(file.columns):
        wrong = (
            "wrong_columns",
            f"The row has {len(values)} columns instead of {len(file.columns)}.",
        )
    if wrong:
        file.problems.append(Problem(number, "", *wrong))
        return
    problems = [
        Problem(number, column, *found)
        for column, value in zip(file.columns, values, strict=True)
        if (found := _value_problem(value))
    ]
    file.problems += problems
    if not problems:
        file.lines.append(Line(number, tuple(values)))


def _line_problem(line: str) -> tuple[str, str] | None:
    if "\0" in line:
        return "nul", "The row contains a NUL character."
    if "\r" in line:
        return "lone_cr", "The row contains a carriage return without a line feed."
    if len(line) > (MAX_FIELD + 3) * 8:
        return "field_too_long", f"A value is longer than {MAX_FIELD} characters."
    return None


def _value_problem(value: str) -> tuple[str, str] | None:
    if len(value) > MAX_FIELD:
        return "field_too_long", f"The value is longer than {MAX_FIELD} characters."
    if not value.isascii() or not value.isprintable():
        for char in value:
            if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"}:
                return "control_character", f"The value contains the invisible character U+{ord(char):04X}."
    return None


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001  fullwidth forms count too


def write(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """CSV that no spreadsheet takes for a formula: such cells get a leading apostrophe; all are quoted."""
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell for cell in cells])
    return out.getvalue()
