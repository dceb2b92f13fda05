"""Row changes of one batch, folded in memory and written set by set: one statement for many rows.

Arrays go over in binary: as text, quoting them alone was a third of the follower's work.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from psycopg.sql import SQL, Composed, Identifier


class Cursor(Protocol):
    rowcount: int

    def execute(self, query: Any, params: Any = None) -> Any: ...

    def copy(self, statement: Any) -> Any: ...


class Table:
    """New rows, changed columns and removed rows of one table, by key. `types`: column -> SQL type."""

    def __init__(self, name: str, types: Mapping[str, str], key: str) -> None:
        self.name = name
        self._types = types
        self._key = key
        self._new: dict[Any, dict[str, Any]] = {}
        self._changed: dict[Any, dict[str, Any]] = {}
        self._removed: set[Any] = set()

    def insert(self, key: Any, **values: Any) -> None:
        self._removed.discard(key)
        self._new[key] = values

    def update(self, key: Any, **values: Any) -> None:
        if key in self._new:
            self._new[key].update(values)
        else:
            self._changed.setdefault(key, {}).update(values)

    def update_many(self, keys: Iterable[Any], **values: Any) -> None:
        for key in keys:
            self.update(key, **values)

    def delete(self, key: Any) -> None:
        self._changed.pop(key, None)
        if self._new.pop(key, None) is None:
            self._removed.add(key)

    def flush(self, cursor: Cursor) -> None:
        if self._removed:
            cursor.execute(
                SQL("DELETE FROM {} WHERE {} = ANY({})").format(
                    Identifier(self.name), Identifier(self._key), self._array(self._key)
                ),
                (list(self._removed),),
            )
        for columns, rows in _by_columns(self._new).items():
            self._insert(cursor, columns, rows)
        for columns, rows in _by_columns(self._changed).items():
            self._update(cursor, columns, rows)
        self._new, self._changed, self._removed = {}, {}, set()

    def _insert(self, cursor: Cursor, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        # A replayed batch finds its rows: projecting twice changes nothing.
        names = (self._key, *columns)
        cursor.execute(
            SQL("INSERT INTO {} ({}) SELECT * FROM unnest({}) ON CONFLICT ({}) DO NOTHING").format(
                Identifier(self.name),
                SQL(", ").join(map(Identifier, names)),
                SQL(", ").join(self._array(name) for name in names),
                Identifier(self._key),
            ),
            [list(column) for column in zip(*rows, strict=True)],
        )

    def _update(self, cursor: Cursor, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        cursor.execute(
            SQL("UPDATE {} AS t SET {} FROM unnest({}) AS x ({}) WHERE t.{} = x.{}").format(
                Identifier(self.name),
                SQL(", ").join(
                    SQL("{} = x.{}").format(Identifier(name), Identifier(name)) for name in columns
                ),
                SQL(", ").join(self._array(name) for name in (self._key, *columns)),
                SQL(", ").join(map(Identifier, (self._key, *columns))),
                Identifier(self._key),
                Identifier(self._key),
            ),
            [list(column) for column in zip(*rows, strict=True)],
        )

    def _array(self, column: str) -> Composed:
        return SQL("%b::{}[]").format(SQL(self._types[column]))  # type: ignore[arg-type]


class Counters:
    """Numbers that only ever change by a difference, by a composite key."""

    def __init__(self, name: str, keys: Mapping[str, str], numbers: Sequence[str]) -> None:
        self.name = name
        self._keys = keys
        self._numbers = numbers
        self._deltas: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, *key: Any, **deltas: int) -> None:
        for number, delta in deltas.items():
            self._deltas[key][number] += delta

    def flush(self, cursor: Cursor) -> None:
        if not self._deltas:
            return
        columns = [*self._keys, *self._numbers]
        rows = [
            (*key, *(deltas.get(number, 0) for number in self._numbers))
            for key, deltas in sorted(self._deltas.items())
        ]
        types = [*self._keys.values(), *("bigint" for _ in self._numbers)]
        cursor.execute(
            SQL("INSERT INTO {} AS t ({}) SELECT * FROM unnest({}) ON CONFLICT ({}) DO UPDATE SET {}").format(
                Identifier(self.name),
                SQL(", ").join(map(Identifier, columns)),
                SQL(", ").join(SQL("%b::{}[]").format(SQL(kind)) for kind in types),  # type: ignore[arg-type]
                SQL(", ").join(map(Identifier, self._keys)),
                SQL(", ").join(
                    SQL("{} = t.{} + excluded.{}").format(*(Identifier(number) for _ in range(3)))
                    for number in self._numbers
                ),
            ),
            [list(column) for column in zip(*rows, strict=True)],
        )
        self._deltas.clear()


def _by_columns(
    rows: Mapping[Any, Mapping[str, Any]],
) -> dict[tuple[str, ...], list[tuple[Any, ...]]]:
    grouped: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for key, values in rows.items():
        grouped.setdefault(tuple(values), []).append((key, *values.values()))
    return grouped
