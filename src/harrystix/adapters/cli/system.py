"""Looking after the system: rebuild, replay, verify, keys, doctor, bench."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.progress import Progress

from harrystix.adapters.cli.output import AsJson, clear_errors, console, fail, show
from harrystix.adapters.cli.session import session
from harrystix.domain.ticketed_event import TicketedEvent


@clear_errors
def rebuild(
    name: Annotated[str, typer.Argument(help="A read model, or all.")],
    check: Annotated[bool, typer.Option("--check", help="Only compare with the live one.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build a read model anew beside the live one, report differences, switch. Nothing is sent."""
    from harrystix.adapters.follower.rebuild import rebuild as build_anew
    from harrystix.projections.registry import MODELS

    if name != "all" and name not in MODELS:
        fail(f"There is no read model {name}; there are {', '.join(MODELS)}, and all.")
    wanted = list(MODELS.values()) if name == "all" else [MODELS[name]]
    with session() as system, Progress(console=console, disable=as_json or not console.is_terminal) as bar:
        task = bar.add_task("facts", total=None)
        found = build_anew(
            system.settings.database_url,
            system.store,
            wanted,
            switch=not check,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    rows = [
        {"table": d.table, "rows": d.rows, "only live": d.only_live, "only new": d.only_new}
        for d in found.differences
    ]
    if as_json:
        show({"facts": found.facts, "clean": found.clean, "switched": found.switched, "tables": rows}, True)
    else:
        show(rows, False, f"{found.facts:,} facts, {'no difference' if found.clean else 'DIFFERENCES'}")
    if check and not found.clean:
        raise typer.Exit(1)


@clear_errors
def replay(
    thing: Annotated[
        str, typer.Argument(help="Id of a pre-order, upload, event; or an event's id for its pool.")
    ],
    until: Annotated[str, typer.Option(help="A time like 2026-11-24T19:00:00Z, or a log position.")],
    as_json: AsJson = True,
) -> None:
    """Show something as it was then."""
    from harrystix.adapters.cli.replay import as_it_was

    with session() as system:
        try:
            limit: int | datetime = int(until) if until.isdigit() else datetime.fromisoformat(until)
        except ValueError:
            fail("--until takes a time like 2026-11-24T19:00:00Z, or a log position.")
        show(as_it_was(system, thing, limit), as_json)


@clear_errors
def verify(
    chain: Annotated[
        bool, typer.Option("--chain", help="Only the hash chain: was anything in the log changed?")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the invariants on the log and the tables; exit code 1 where one is broken."""
    from harrystix.adapters.chain.anchors import read
    from harrystix.adapters.verify.run import verify as check

    if chain:
        _verify_chain(as_json)
        return
    with session() as system:
        # Another system's key would make every payment a stranger: without one, the log alone is checked.
        key = system.settings.stripe_key.get_secret_value()
        found = check(
            system.store,
            system.database,
            payments=system.context.payments if key else None,
            anchors=read(system.settings.chain_path),
        )
    rows = [{"invariant": r.name, "checked": r.checked, "broken": len(r.broken)} for r in found]
    broken = [line for r in found for line in r.broken]
    if as_json:
        show({"clean": not broken, "invariants": rows, "broken": broken[:100]}, True)
    else:
        show(rows, False, "Clean" if not broken else "BROKEN")
        for line in broken[:20]:
            console.print(line)
    if broken:
        raise typer.Exit(1)


def _verify_chain(as_json: bool) -> None:
    from harrystix.adapters.chain.anchors import read
    from harrystix.adapters.chain.check import check

    with session() as system:
        path = system.settings.chain_path
        found = check(system.settings.database_url, read(path))
    if as_json:
        show({"clean": not found.broken, **asdict(found)}, True)
    else:
        rows = {
            "events": found.events,
            "to position": found.position,
            "heads outside the database": found.anchors,
            "not linked yet": found.waiting,
        }
        show(rows, False, "Nothing was changed" if not found.broken else "CHANGED")
        for line in found.broken[:20]:
            console.print(line)
    if found.broken:
        raise typer.Exit(1)


keys = typer.Typer(help="API keys.", no_args_is_help=True)


@keys.command("create")
@clear_errors
def create_key(
    role: Annotated[str, typer.Option(help="admin, support, owner, auditor, partner or member.")],
    member_email: Annotated[
        str | None, typer.Option(help="For a member: the address, read from here only.", prompt=False)
    ] = None,
    label: str = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="For a partner: orders:read, orders:write, tickets:write.")
    ] = None,
    event: Annotated[
        list[str] | None, typer.Option(help="Only for this event; may stand several times.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key; it is shown once. Who may do this needs no second person: they could read the database."""
    from harrystix.adapters.postgres.api_keys import ApiKeys
    from harrystix.adapters.web.roles import SCOPES, Role

    if role not in set(Role) or (role == "member") != bool(member_email):
        fail(f"--role is one of {', '.join(Role)}; member together with --member-email, and only that.")
    if (role == "partner") != bool(scope) or set(scope or ()) - set(SCOPES):
        fail(f"A partner has scopes, of {', '.join(SCOPES)}; no other role has any.")
    if role == "partner" and not event:
        fail("A partner's key is for some events: --event, once or several times.")
    with session() as system:
        member = system.context.members.find(member_email) if member_email else None
        if role == "member" and member is None:
            fail("Nobody is known by that address.")
        for wanted in event or ():
            system.store.get(TicketedEvent, wanted)
        key = ApiKeys(system.database).create(role, label, member, scopes=scope or (), events=event or None)
    show({"key": key, "role": role}, as_json)


@keys.command("list")
@clear_errors
def list_keys(as_json: AsJson = False) -> None:
    from harrystix.adapters.postgres.api_keys import ApiKeys

    with session() as system:
        rows = [
            {
                "id": row.key_id,
                "role": row.role,
                "label": row.label,
                "state": row.state,
                "last used": row.last_used_at,
            }
            for row in ApiKeys(system.database).all()
        ]
    show(rows, as_json, "API keys")


@keys.command("revoke")
@clear_errors
def revoke_key(key_id: str) -> None:
    from harrystix.adapters.postgres.api_keys import ApiKeys

    with session() as system:
        if not ApiKeys(system.database).revoke(key_id):
            fail(f"There is no live key {key_id}.")


@clear_errors
def doctor(as_json: AsJson = False) -> None:
    """Say how the system is, and what to do about it; exit code 1 where something is wrong."""
    from harrystix.adapters.doctor import examine
    from harrystix.adapters.redis.broker import answers

    with session() as system:
        url = system.settings.redis_url
        rows: list[dict[str, Any]] = examine(system.database, system.context, lambda: answers(url))
    show(rows, as_json, "Doctor")
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


@clear_errors
def bench(
    only: Annotated[str | None, typer.Option(help="One part: main_job, money, pages or proof.")] = None,
    runs: Annotated[int, typer.Option(help="Runs; the median counts.", min=1, max=9)] = 3,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes, to try the bench itself.")] = False,
) -> None:
    """Measure the main job and money on this machine, in a fresh data folder; the last line is JSON."""
    from harrystix.adapters.bench.run import PARTS, run

    if only is not None and only not in PARTS:
        fail(f"There is no part {only}; there are {', '.join(PARTS)}.")
    run(only, runs, quick=quick)


def register(app: typer.Typer) -> None:
    for command in (rebuild, replay, verify, doctor, bench):
        app.command(rich_help_panel="System")(command)
    app.add_typer(keys, name="api-key", rich_help_panel="System")
