import csv
import io

import hypothesis.strategies as st
from hypothesis import given

from harrystix.adapters.web.csv_export import FORMULA, cell, line


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_no_cell_is_a_formula_and_every_cell_can_be_read_back(values: list[str]) -> None:
    (row,) = csv.reader(io.StringIO(line(values), newline=""), strict=True)
    assert not any(text.startswith(FORMULA) for text in row)
    assert [
        text.removeprefix("'") if value.startswith(FORMULA) else text
        for value, text in zip(values, row, strict=True)
    ] == values


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    assert [cell(value) for value in (-5, None, True, {"a": 1})] == ["-5", "", "True", '{"a":1}']
