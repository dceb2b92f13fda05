"""Money: refunds, reconciliation, findings, messages."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.progress import Progress

from harrystix.adapters.cli.output import AsJson, clear_errors, console, fail, show
from harrystix.adapters.cli.session import session

Actor = Annotated[str, typer.Option("--by", help="Your name, for the log.")]
Reason = Annotated[str, typer.Option(help="For the log and the member, 1 to 200 characters.")]
refunds = typer.Typer(help="Refunds of a whole event.", no_args_is_help=True)
findings = typer.Typer(help="Where our books and the provider's differ.", no_args_is_help=True)
inbox = typer.Typer(help="Messages of providers.", no_args_is_help=True)


@clear_errors
def refund(
    pre_order_id: str,
    reason: Reason,
    by: Actor,
    amount_minor: Annotated[int, typer.Option(help="Minor units; 0: everything that is left.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Give a member's money back, all or a part."""
    from harrystix.application.handlers import money

    with session() as system:
        person = system.context.by(f"staff:{by}")
        asked = money.request_refund(
            system.context, person, pre_order_id, reason=reason, amount_minor=amount_minor
        )
        show({"refundId": asked}, as_json)


@refunds.command("plan")
@clear_errors
def plan_refunds(
    event_id: str,
    scope: Annotated[str, typer.Option(help="waiting: without a ticket; all.")] = "waiting",
    as_json: AsJson = False,
) -> None:
    """The dry run: who would get how much, in queue order."""
    from harrystix.application.processes.bulk_refunds import fingerprint, plan

    with session() as system:
        found = plan(system.context, event_id, scope)
    show([asdict(line) for line in found], as_json, f"{len(found)} refunds")
    if not as_json:
        console.print(
            f"In all {sum(line.amount_minor for line in found):,} minor units, "
            f"fingerprint {fingerprint(found)}. Nothing has happened."
        )


@refunds.command("order")
@clear_errors
def order_refunds(
    event_id: str,
    reason: Reason,
    by: Actor,
    orders: Annotated[int, typer.Option(help="How many, as the dry run said.")],
    amount_minor: Annotated[int, typer.Option(help="How much in all, as the dry run said.")],
    fingerprint: Annotated[str, typer.Option(help="Of the list, as the dry run said.")],
    scope: Annotated[str, typer.Option(help="waiting or all.")] = "waiting",
) -> None:
    """Carry out a dry run; refused where it would be other refunds by now."""
    from harrystix.application.processes.bulk_refunds import order

    with session() as system:
        person = system.context.by(f"staff:{by}")
        order(
            system.context,
            person,
            event_id,
            scope=scope,
            reason=reason,
            orders=orders,
            amount=amount_minor,
            fingerprint=fingerprint,
        )


@refunds.command("hold")
@clear_errors
def hold_refunds(
    event_id: str,
    reason: Reason,
    by: Actor,
    release: Annotated[bool, typer.Option("--release", help="Let the rule go on.")] = False,
) -> None:
    """Stop the rule that refunds the unserved after the event."""
    from harrystix.application.processes.bulk_refunds import hold

    with session() as system:
        hold(system.context, system.context.by(f"staff:{by}"), event_id, held=not release, reason=reason)


@clear_errors
def reconcile_money(
    full: Annotated[bool, typer.Option("--full", help="Everything since the beginning.")] = False,
    hours: Annotated[int, typer.Option(help="How far back.", min=1)] = 2,
    as_json: AsJson = False,
) -> None:
    """Compare our books with the provider's; exit code 1 where they differ."""
    from harrystix.adapters.postgres.books import Books
    from harrystix.application.reconcile.run import BEGINNING, reconcile

    with session() as system, Progress(console=console, disable=as_json or not console.is_terminal) as bar:
        task = bar.add_task("compared", total=None)
        since = BEGINNING if full else system.context.clock.now() - timedelta(hours=hours)
        report = reconcile(
            system.context,
            Books(system.database),
            since,
            full=full,
            progress=lambda what, done: bar.update(task, completed=done, description=what),
        )
    if report is None:
        fail("Another reconciliation is under way.")
    kinds = Counter(finding.kind for finding in report.found)
    show({**report.counts, **kinds, "new findings": len(report.new)}, as_json)
    if report.found:
        raise typer.Exit(1)


@findings.command("list")
@clear_errors
def list_findings(as_json: AsJson = False) -> None:
    from harrystix.adapters.postgres.books import Books

    with session() as system:
        rows = [asdict(row) for row in Books(system.database).findings(200, None, resolved=False)]
    show(rows, as_json, "Open findings")


@findings.command("repair")
@clear_errors
def repair_finding(finding_id: str, by: Actor) -> None:
    """Follow the provider, give a stray payment back, or take in a lost message."""
    from harrystix.adapters.postgres.books import Books
    from harrystix.application.processes.replay import fetch_event
    from harrystix.application.reconcile.repair import repair

    with session() as system:
        context = system.context
        repair(
            context,
            Books(system.database),
            context.by(f"staff:{by}", f"repair/{finding_id}"),
            finding_id,
            lambda event_id: fetch_event(context, event_id),
        )


@findings.command("dismiss")
@clear_errors
def dismiss_finding(finding_id: str, by: Actor) -> None:
    """You have looked: it is well."""
    from harrystix.adapters.postgres.books import Books
    from harrystix.application.reconcile.repair import dismiss

    with session() as system:
        dismiss(Books(system.database), system.context.by(f"staff:{by}"), finding_id)


@inbox.command("list")
@clear_errors
def list_inbox(as_json: AsJson = False) -> None:
    """Messages that wait for a person."""
    with session() as system:
        show([asdict(item) for item in system.context.inbox.parked(200)], as_json, "Parked messages")


@inbox.command("replay")
@clear_errors
def replay_inbox(
    messages: Annotated[list[str], typer.Argument(help="Numbers of parked ones, or a provider's evt_ ids.")],
) -> None:
    """Work on messages again; those that never came are fetched from the provider."""
    from harrystix.application.processes.replay import fetch_event

    with session() as system:
        for message in messages:
            if message.startswith("evt_"):
                fetch_event(system.context, message)
            elif not message.isdigit() or not system.context.inbox.replay([int(message)]):
                fail(f"There is no parked message {message}.")
        system.context.nudge.send("inbox", "")


@clear_errors
def reconcile_mails(
    since: Annotated[datetime, typer.Option(help="From then on, UTC: as 2026-11-24T19:00:00.")],
    as_json: AsJson = False,
) -> None:
    """Find mails that the provider sent and our log has lost; their tickets are handed to nobody else.

    Exit code 1 where somebody else has got one already.
    """
    from harrystix.application.reconcile.mails import reconcile_mails as look

    with session() as system:
        found = look(system.context, since.replace(tzinfo=UTC) if since.tzinfo is None else since)
    show(
        {
            "mails looked at": found.looked_at,
            "unknown to the ledger": [mail.message_id for mail in found.unknown]
            if as_json
            else len(found.unknown),
            "tickets taken out": found.voided if as_json else len(found.voided),
            "with two members": found.doubled if as_json else len(found.doubled),
            "without a mark": found.unreadable if as_json else len(found.unreadable),
        },
        as_json,
    )
    if found.doubled or found.unreadable:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Money")(refund)
    app.command("reconcile-money", rich_help_panel="Money")(reconcile_money)
    app.command("reconcile-mails", rich_help_panel="Money")(reconcile_mails)
    for name, group in (("refunds", refunds), ("findings", findings), ("inbox", inbox)):
        app.add_typer(group, name=name, rich_help_panel="Money")
