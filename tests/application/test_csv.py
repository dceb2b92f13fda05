from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harrystix.application import csv_orders, csv_tickets
from harrystix.application.csv_file import MAX_BYTES, FileRefused, write

HEADER = "Event,Variant,Email,Password"
SAMPLES = Path(__file__).parent.parent / "samples" / "csv"


def check(text: str | bytes, **more: str) -> csv_tickets.TicketFile:
    return csv_tickets.check(text if isinstance(text, bytes) else text.encode(), **more)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("utf16.csv", "bad_encoding"),
        ("wrong-header.csv", "wrong_header"),
        ("empty.csv", "empty_file"),
        ("header-only.csv", "no_rows"),
        ("spreadsheet.csv", "not_csv"),
        ("cp1252.csv", "bad_encoding"),
    ],
)
def test_an_unreadable_file_is_refused_with_its_reason(name: str, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        check((SAMPLES / name).read_bytes())
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("unclosed-quote.csv", {3: "bad_quoting"}),
        ("nul.csv", {2: "nul"}),
        ("lone-cr.csv", {2: "lone_cr"}),
        ("columns.csv", {2: "wrong_columns", 3: "wrong_columns"}),
        ("controls.csv", {2: "control_character", 3: "control_character"}),
        ("bad-values.csv", {2: "bad_email", 3: "empty_value", 4: "empty_value"}),
        ("long-field.csv", {2: "field_too_long"}),
        ("quotes.csv", {2: "field_too_long"}),
    ],
)
def test_a_bad_row_spoils_only_itself(name: str, codes: dict[int, str]) -> None:
    file = check((SAMPLES / name).read_bytes())
    assert {problem.row: problem.code for problem in file.problems} == codes
    assert len(file.tickets) + len(codes) == file.rows
    assert file.tickets


@pytest.mark.parametrize(
    "name", ["bom.csv", "semicolon.csv", "tab.csv", "crlf.csv", "formulas.csv", "html.csv"]
)
def test_an_odd_but_honest_file_is_read(name: str) -> None:
    file = check((SAMPLES / name).read_bytes())
    assert file.problems == []
    assert len(file.tickets) == 2


def test_a_declared_cp1252_file_is_read() -> None:
    assert check((SAMPLES / "cp1252.csv").read_bytes(), encoding="cp1252").tickets[0].event == "Café"


def test_the_qr_form_is_read() -> None:
    file = check("Event,Variant,QR\nNeon,,ABC-1\n")
    assert (file.form, file.tickets[0].secret) == ("qr", ("ABC-1",))


def test_5_mb_is_the_most() -> None:
    with pytest.raises(FileRefused, match="5 MB"):
        check(b"x" * (MAX_BYTES + 1))


def test_10_000_rows_are_the_most() -> None:
    rows = [f"Neon,,t{n}@x.org,p" for n in range(10_001)]
    assert check("\n".join([HEADER, *rows[:10_000]])).rows == 10_000
    with pytest.raises(FileRefused, match="10,000"):
        check("\n".join([HEADER, *rows]))


def test_a_refusal_never_repeats_a_secret() -> None:
    file = check(f'{HEADER}\nNeon,,hunter2-not-an-address,hunter2\nNeon,,"hunter2,hunter2\n')
    assert "hunter2" not in "".join(problem.message for problem in file.problems)


field = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30)


@given(st.lists(st.tuples(field, field, field), min_size=1, max_size=20))
def test_what_was_written_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["Event", "Variant", "QR"])
    writer.writerows(rows)
    file = check(out.getvalue())
    assert [(t.event, t.variant, *t.secret) for t in file.tickets] == [
        (a.strip(), b.strip(), c.strip()) for a, b, c in rows
    ]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_the_counts_add_up(data: bytes) -> None:
    try:
        file = check(HEADER.encode() + b"\n" + data)
    except FileRefused:
        return
    assert len(file.tickets) + len({problem.row for problem in file.problems}) == file.rows


@given(st.text(max_size=20))
def test_no_written_cell_starts_a_formula(cell: str) -> None:
    line = write(["A"], [[cell]]).split("\r\n", 1)[1]
    assert not line.startswith(('"=', '"+', '"-', '"@', '"\t', '"\r'))


def test_paid_orders_need_a_time_with_a_zone() -> None:
    rows = "\n".join(
        [
            ",".join(csv_orders.COLUMNS),
            "N,,Ada,a@x.org,2026-11-17T19:00:00Z,pi_1",
            "N,,Ben,b@x.org,yesterday,pi_2",
            "N,,Cleo,c@x.org,2026-11-17T19:00:00,pi_3",
            "N,,,d@x.org,2026-11-17T19:00:00Z,",
        ]
    )
    count, good, problems = csv_orders.check(rows.encode())
    assert (count, [row.member for row in good]) == (4, ["Ada"])
    assert [(p.row, p.code) for p in problems] == [
        (3, "bad_time"),
        (4, "bad_time"),
        (5, "empty_value"),
        (5, "empty_value"),
    ]
