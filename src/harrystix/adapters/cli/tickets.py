"""Upload a file of tickets, follow it, take it back."""

import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress

from harrystix.adapters.cli.output import AsJson, clear_errors, console, show
from harrystix.adapters.cli.session import session
from harrystix.domain.errors import NotFound
from harrystix.domain.upload import Upload
from harrystix.projections.uploads import queries

if TYPE_CHECKING:
    from harrystix.bootstrap import System

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file.")]


@clear_errors
def upload(
    file: File,
    commit: Annotated[bool, typer.Option("--commit", help="Add the valid rows right away.")] = False,
    encoding: Annotated[str, typer.Option(help="utf-8, or cp1252 where the file says nothing.")] = "utf-8",
    as_json: AsJson = False,
) -> None:
    """Check a CSV of tickets; with --commit, add its valid rows and follow them to the mailbox."""
    from harrystix.adapters.web.reports import report
    from harrystix.application.handlers import uploads

    with session() as system:
        context = system.context
        content = file.read_bytes()
        earlier = context.files.earlier(sha256(content).hexdigest())
        found = uploads.receive(context, context.by("staff:cli"), content, file.name, encoding)
        checked = report(context, found, uploads.assess(context, found))
        checked.same_file_as = earlier
        if as_json and not commit:
            show(checked.model_dump(mode="json", by_alias=True), True)
            return
        if not as_json:
            _show_report(checked)
        if not commit:
            console.print(f"Nothing was added yet. Add it with: harrystix commit {found.id}")
            return
        _commit(system, str(found.id), as_json)


@clear_errors
def commit(upload_id: str, as_json: AsJson = False) -> None:
    """Add the valid rows of a checked upload."""
    with session() as system:
        _commit(system, upload_id, as_json)


def _commit(system: "System", upload_id: str, as_json: bool) -> None:
    from harrystix.application.handlers import uploads

    context = system.context
    done = uploads.commit(context, context.by("staff:cli", f"commit/{upload_id}"), upload_id)
    if as_json:
        show({"uploadId": upload_id, "state": done.state, "tickets": sum(done.tickets.values())}, True)
    elif console.is_terminal:
        _follow(system, upload_id)
    else:
        console.print(
            f"{sum(done.tickets.values()):,} tickets added. Follow them with: harrystix status {upload_id}"
        )


@clear_errors
def status(
    upload_id: Annotated[str | None, typer.Argument(help="An upload; without one, the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """How far uploads got: added, assigned, mailed, delivered."""
    with session() as system:
        rows = queries.page(system.database, 10) if upload_id is None else [_row(system, upload_id)]
        if upload_id and console.is_terminal and not as_json:
            _follow(system, upload_id)
            return
        show([_as_dict(row) for row in rows], as_json, "Uploads")


@clear_errors
def withdraw(
    upload_id: str,
    reason: Annotated[str, typer.Option(prompt=True, help="Why; it is kept.")],
    as_json: AsJson = False,
) -> None:
    """Take back what an upload added and nobody was mailed yet."""
    from harrystix.application.handlers import uploads

    with session() as system:
        context = system.context
        done = uploads.withdraw(context, context.by("staff:cli", f"withdraw/{upload_id}"), upload_id, reason)
        show({"uploadId": upload_id, "state": done.state}, as_json)


def _follow(system: "System", upload_id: str) -> None:
    with Progress(console=console) as progress:
        bars: dict[str, Any] = {name: progress.add_task(name) for name in ("assigned", "mailed", "delivered")}
        still, last = 0, -1
        while still < 50:
            row = _row(system, upload_id)
            for name, bar in bars.items():
                total = row.tickets if name == "assigned" else row.assigned
                progress.update(bar, total=total or None, completed=getattr(row, name))
            moved = row.assigned + row.mailed + row.delivered
            still = 0 if moved != last else still + 1
            last = moved
            if row.tickets and row.delivered + row.undelivered >= row.assigned > 0 and still > 5:
                return
            time.sleep(0.2)


def _row(system: "System", upload_id: str) -> queries.UploadRow:
    wanted = str(system.store.get(Upload, upload_id).id)
    for _ in range(50):
        row = queries.one(system.database, wanted)
        if row:
            return row
        time.sleep(0.1)
    raise NotFound(f"There is no upload {upload_id}.")


def _as_dict(row: queries.UploadRow) -> dict[str, Any]:
    names = ("id", "file_name", "state", "rows", "tickets", "assigned", "mailed", "delivered", "undelivered")
    return {name: getattr(row, name) for name in names}


def _show_report(checked: Any) -> None:
    console.print(
        f"{checked.file_name}: {checked.rows:,} rows: {checked.valid:,} valid, {checked.duplicates:,} duplicates, "
        f"{checked.malformed:,} malformed ({checked.encoding}, {checked.delimiter})"
    )
    if checked.same_file_as:
        console.print(f"The same file was uploaded before: {checked.same_file_as}")
    if checked.problems:
        show([p.model_dump() for p in checked.problems[:20]], False, "Problems (the first 20)")
    if checked.unclear:
        rows = [
            {
                "column": u.column,
                "written": u.written,
                "rows": u.rows,
                "did you mean": f"{u.suggestion.name} ({u.suggestion.why})" if u.suggestion else None,
            }
            for u in checked.unclear
        ]
        show(rows, False, "Not understood")
    names = ("event", "variant", "waiting", "in_stock", "in_file", "short", "over")
    show([{name: getattr(c, name) for name in names} for c in checked.coverage], False, "Coverage")


def register(app: typer.Typer) -> None:
    for command in (upload, commit, status, withdraw):
        app.command(rich_help_panel="Tickets")(command)
