"""Read models in the database: their tables, positions, and how a batch gets in."""

from collections.abc import Sequence
from typing import Any, cast

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from harrystix.adapters.eventstore.roles import hand_over
from harrystix.projections.base import Fold, ReadModel, Recorded
from harrystix.projections.changes import Cursor
from harrystix.projections.registry import MODELS

LIVE = "reporting"


class Outdated(Exception):
    """The tables are not those of this code."""


def ensure_tables(connection: Connection[Any]) -> None:
    """Create the tables of read models that the database does not have yet, at position 0."""
    for model in MODELS.values():
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7463891)")
            cursor.execute("SELECT 1 FROM reporting.positions WHERE model = %s", (model.name,))
            if cursor.fetchone() is None:
                create(cursor, model, LIVE)
                cursor.execute(
                    "INSERT INTO reporting.positions VALUES (%s, 0, NULL, %s)",
                    (model.name, model.schema_hash),
                )


def outdated(connection: Connection[Any]) -> list[ReadModel]:
    """Read models whose tables were made by an older version of the code."""
    rows = connection.execute("SELECT model, schema_hash FROM reporting.positions").fetchall()
    return [
        MODELS[name] for name, made_from in rows if name in MODELS and made_from != MODELS[name].schema_hash
    ]


def create(cursor: Any, model: ReadModel, schema: str) -> None:
    cursor.execute(SQL("SET LOCAL search_path = {}").format(Identifier(schema)))
    cursor.execute(model.schema)
    hand_over(cursor, schema, model.tables)


def positions(connection: Connection[Any]) -> dict[str, int]:
    rows = connection.execute("SELECT model, position FROM reporting.positions").fetchall()
    return {model: position for model, position in rows if model in MODELS}


def advance(connection: Connection[Any], model: ReadModel, batch: Sequence[Recorded]) -> Fold | None:
    """Apply a batch and move the position, in one transaction.

    None where the model stands elsewhere than just before the batch: a rebuild has switched it meanwhile.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT position, schema_hash FROM reporting.positions WHERE model = %s FOR UPDATE", (model.name,)
        )
        row = cursor.fetchone()
        if row is None or row[0] >= batch[-1][0]:
            return None
        if row[1] != model.schema_hash:
            # Another version has switched the tables meanwhile: what this code would write into them is not theirs.
            raise Outdated(f"The tables of {model.name} are of another version now. Start this part again.")
        fresh = [recorded for recorded in batch if recorded[0] > row[0]]
        # Read models can be built again: losing the last moments in a crash loses their position as well.
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(SQL("SET LOCAL search_path = {}").format(Identifier(LIVE)))
        fold = model.apply(cast("Cursor", cursor), fresh)
        cursor.execute(
            "UPDATE reporting.positions SET position = %s, recorded_at = %s WHERE model = %s",
            (batch[-1][0], batch[-1][1].timestamp, model.name),
        )
        return fold
