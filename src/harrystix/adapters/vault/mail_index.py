"""The blind index over mail addresses: who has this mailbox, in whatever form an earlier release has filed it.

A row says of which form its index was made. One of an earlier form is brought up to date when anybody asks for its
mailbox, and by and by by the scheduler; so nobody is ever found by a form that does not count any more.
"""

from collections.abc import Callable, Sequence
from typing import Any, LiteralString

import orjson
import structlog
from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.vault.keyring import Keys, VaultError
from harrystix.application.mail_address import BadAddress, canonical, mailbox, older_forms

FORM = 2
log = structlog.get_logger()


class MailIndex:
    """Of `vault.<table>`, whose sealed words begin with the address."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        table: str,
        *,
        key: str,
        purpose: str,
        place_of: Callable[[str], str],
    ) -> None:
        self._database, self._keys = database, keys
        self._table, self._key = Identifier("vault", table), Identifier(key)
        self._purpose, self._place_of = purpose, place_of
        self._all_new = False

    def of(self, email: str) -> bytes:
        """Raises BadAddress."""
        return self._keys.index(self._purpose, canonical(email))

    def find(self, email: str) -> str | None:
        """Whose mailbox it is; None also for what is none."""
        try:
            return self.known([email]).get(self.of(email))
        except BadAddress:
            return None

    def known(self, emails: Sequence[str]) -> dict[bytes, str]:
        """Index -> id, of those whose mailbox one of these is. Raises BadAddress."""
        forms = {canonical(email) for email in emails}
        if self._some_older():
            filed = [form for own in forms for form in (own, *older_forms(own))]
            self._renew(self._older_at(*(self._keys.index(self._purpose, form) for form in filed)))
        rows = self._database.all(
            self._sql("SELECT {}, email_index FROM {} WHERE email_index = ANY(%b::bytea[])"),
            ([self._keys.index(self._purpose, form) for form in forms],),
        )
        return {bytes(index): str(found) for found, index in rows}

    def bring_up_to_date(self, limit: int = 500) -> int:
        """Rows of an earlier form anew; returns how many were looked at."""
        rows = self._database.all(
            self._sql("SELECT {}, wrapped_key, sealed FROM {} WHERE form < %s ORDER BY 1 LIMIT %s"),
            (FORM, limit),
        )
        self._renew(rows)
        return len(rows)

    def _older_at(self, *indexes: bytes) -> list[tuple[Any, ...]]:
        return self._database.all(
            self._sql(
                "SELECT {}, wrapped_key, sealed FROM {} WHERE email_index = ANY(%b::bytea[]) AND form < %s"
            ),
            (list(indexes), FORM),
        )

    def _some_older(self) -> bool:
        if not self._all_new:
            row = self._database.one(self._sql("SELECT {} FROM {} WHERE form < %s LIMIT 1"), (FORM,))
            self._all_new = row is None
        return not self._all_new

    def _renew(self, rows: Sequence[tuple[Any, ...]]) -> None:
        for row_id, wrapped, sealed in rows:
            place = self._place_of(str(row_id))
            try:
                email, *others = orjson.loads(self._keys.open(bytes(wrapped), bytes(sealed), place))
                stored = mailbox(email)
            except VaultError as error:
                log.error("vault.sealed", place=place, why=str(error))
                self._note(row_id, "sealed")
                continue
            except BadAddress:
                log.error("vault.bad_address", place=place)
                self._note(row_id, "invalid")
                continue
            again = (bytes(wrapped), bytes(sealed))
            if stored != email:
                again = self._keys.seal(orjson.dumps([stored, *others]), place)
            try:
                self._database.execute(
                    self._sql(
                        "UPDATE {1} SET form = %s, email_index = %b, wrapped_key = %b, sealed = %b "
                        "WHERE {0} = %s AND sealed = %b"
                    ),
                    (FORM, self.of(stored), *again, row_id, bytes(sealed)),
                )
            except errors.UniqueViolation:
                if older := self._older_at(self.of(stored)):
                    # Filed there by a form that does not count any more: it makes room.
                    self._renew([*older, (row_id, wrapped, sealed)])
                    continue
                # Two spellings of one mailbox were two people: nobody decides by itself which one stays.
                log.error("vault.doubled_mailbox", place=place)
                self._note(row_id, "doubled", self._keys.index(self._purpose, f"doubled {row_id}"))

    def _note(self, row_id: object, trouble: str, index: bytes | None = None) -> None:
        self._database.execute(
            self._sql(
                "UPDATE {1} SET form = %s, trouble = %s, email_index = coalesce(%b, email_index) WHERE {0} = %s"
            ),
            (FORM, trouble, index, row_id),
        )

    def _sql(self, query: LiteralString) -> Composed:
        return SQL(query).format(self._key, self._table)
