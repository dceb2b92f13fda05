"""What is kept of an uploaded file besides its rows: its hash, how it was read, its malformed rows."""

from datetime import datetime

from psycopg.types.json import Jsonb

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.effects import Statement
from harrystix.application.ports import Effect, UploadFile


class UploadFiles:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, file: UploadFile) -> Effect:
        return Statement(
            "INSERT INTO app.upload_files (upload_id, sha256, encoding, delimiter, problems, received_at) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            (
                file.upload_id,
                file.sha256,
                file.encoding,
                file.delimiter,
                Jsonb(file.problems),
                file.received_at,
            ),
        )

    def get(self, upload_id: str) -> UploadFile | None:
        row = self._database.one(
            "SELECT upload_id, sha256, encoding, delimiter, problems, received_at "
            "FROM app.upload_files WHERE upload_id = %s",
            (upload_id,),
        )
        return UploadFile(str(row[0]), *row[1:]) if row else None

    def earlier(self, sha256: str) -> str | None:
        row = self._database.one(
            "SELECT upload_id FROM app.upload_files WHERE sha256 = %s AND NOT discarded "
            "ORDER BY received_at DESC LIMIT 1",
            (sha256,),
        )
        return str(row[0]) if row else None

    def drop(self, upload_id: str) -> Effect:
        return Statement(
            "UPDATE app.upload_files SET discarded = true, rows_kept = false WHERE upload_id = %s",
            (upload_id,),
        )

    def settle(self, upload_id: str) -> Effect:
        return Statement("UPDATE app.upload_files SET rows_kept = false WHERE upload_id = %s", (upload_id,))

    def expired(self, before: datetime) -> list[str]:
        rows = self._database.all(
            "SELECT upload_id FROM app.upload_files WHERE rows_kept AND received_at < %s", (before,)
        )
        return [str(row[0]) for row in rows]
