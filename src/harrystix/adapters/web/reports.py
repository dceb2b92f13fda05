"""The report of a checked upload, as the API and the page show it."""

from collections.abc import Sequence
from dataclasses import asdict

from harrystix.adapters.web.schemas import CoverageOut, PreviewRow, ProblemOut, ReportOut, UnclearOut
from harrystix.application.context import Context
from harrystix.application.csv_file import Problem
from harrystix.application.uploads.evaluate import Evaluation
from harrystix.application.uploads.forecast import Forecast
from harrystix.domain.upload import Upload

PREVIEW = 20
MASK = "••••••"
PROBLEMS = 200


def report(context: Context, upload: Upload, found: Evaluation) -> ReportOut:
    forecast = Forecast(context.store, context.due, found)
    kept = context.files.get(str(upload.id))
    elsewhere = context.tickets.in_other_uploads(
        str(upload.id), [staged.fingerprint for staged, _ in found.accepted]
    )
    return ReportOut(
        upload_id=str(upload.id),
        state=upload.state,
        file_name=upload.file_name,
        form=upload.form,
        encoding=kept.encoding if kept else "",
        delimiter=kept.delimiter if kept else "",
        rows=upload.rows,
        valid=len(found.accepted),
        duplicates=len(found.duplicates),
        malformed=found.malformed_rows,
        problems=told(found.problems),
        unclear=[
            UnclearOut.model_validate({**_plain(unclear), "rows": rows})
            for unclear, rows in found.unclear.most_common()
        ],
        coverage=[CoverageOut.model_validate(item) for item in forecast.coverage()],
        preview=_preview(context, upload, found),
        also_waiting_in=sorted(set(elsewhere.values())),
    )


def told(problems: Sequence[Problem]) -> list[ProblemOut]:
    """The first ones, without what stood in their rows."""
    return [
        ProblemOut(row=one.row, column=one.column, code=one.code, message=one.message)
        for one in problems[:PROBLEMS]
    ]


def _plain(unclear: object) -> dict[str, object]:
    return asdict(unclear)  # type: ignore[call-overload]


def _preview(context: Context, upload: Upload, found: Evaluation) -> list[PreviewRow]:
    """The first rows as read; nobody sees a password or a code here."""
    staged = context.tickets.staged(str(upload.id))[:PREVIEW]
    accepted = {row.ticket_id for row, _ in found.accepted}
    doubles = {problem.row for problem in found.duplicates}
    secrets = context.tickets.reveal([row.ticket_id for row in staged])
    rows: list[PreviewRow] = []
    for row in staged:
        secret = secrets.get(row.ticket_id, ("",))
        login = upload.form == "login"
        status = "valid" if row.ticket_id in accepted else "duplicate" if row.row in doubles else "malformed"
        rows.append(
            PreviewRow(
                row=row.row,
                event=row.event,
                variant=row.variant,
                email=secret[0] if login else "",
                password=MASK if login else "",
                qr="" if login else MASK,
                status=status,
            )
        )
    return rows
