"""Writes the reference pages from the code: `python -m harrystix.adapters.cli.reference FOLDER`."""

import dataclasses
import inspect
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import click
import typer.main

from harrystix.adapters.cli.main import app
from harrystix.adapters.postgres.retention import RETENTION
from harrystix.adapters.web.policies import policies
from harrystix.adapters.web.roles import ALLOWED, DANGEROUS, GRANTED_UNDER, SCOPES, Act, Role
from harrystix.adapters.web.routers import ROUTERS
from harrystix.application.work import ALL, BY_THE_CLOCK
from harrystix.projections.audit_log.project import KINDS
from harrystix.settings import Settings

NOTE = "<!-- Made from the code by `make docs`; change the code instead. -->\n\n"
COMMON = {
    "originator_id",
    "originator_version",
    "originator_topic",
    "timestamp",
    "actor",
    "command_id",
    "cause_id",
}


def events() -> str:
    """The catalogue of everything that is ever stored in the log."""
    lines = [
        NOTE + "# Event catalogue\n",
        "Each fact also carries `originator_id`, `originator_version`, `timestamp` (UTC), `actor`, `command_id` and "
        "`cause_id`. No payload holds personal data or a credential.\n",
    ]
    for kind in KINDS:
        lines.append(f"## {cast('Any', kind).TOPIC}\n")
        text = inspect.getdoc(kind) or ""
        if text and not text.startswith(kind.__name__ + "("):
            lines.append(text + "\n")
        fields = [field for field in dataclasses.fields(cast("Any", kind)) if field.name not in COMMON]
        if fields:
            lines.append("| field | type |\n|---|---|")
            lines += [f"| `{field.name}` | `{_type(field.type)}` |" for field in fields]
            lines.append("")
    return "\n".join(lines) + "\n"


def settings() -> str:
    lines = [
        NOTE + "# Settings\n",
        "All from the environment, or from a file `.env` in the working folder.\n",
        "| variable | default | what it is |\n|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = alias if isinstance(alias, str) else f"HARRYSTIX_{name.upper()}"
        default = field.get_default()
        shown = default.get_secret_value() if hasattr(default, "get_secret_value") else default  # type: ignore[union-attr]
        lines.append(
            f"| `{variable}` | `{shown if shown not in ('', None) else 'none'}` | {field.description} |"
        )
    return "\n".join(lines) + "\n"


def commands() -> str:
    lines = [
        NOTE + "# Command line\n",
        "Exit codes: 0 well, 1 something was found (`verify`, `rebuild --check`, `doctor`), 2 bad input or nothing "
        "to connect to, 70 a fault of ours.\n",
    ]
    group = cast("click.Group", typer.main.get_command(app))
    _describe(lines, group, "harrystix")
    return "\n".join(lines) + "\n"


def api() -> str:
    lines = [
        NOTE + "# JSON API\n",
        "The full description is served at `/api/openapi.json`. JSON is camelCase; problems are RFC 9457; lists are "
        "paged by keyset through the `Link` header; writes take an `Idempotency-Key`.\n",
        "| method | path | who | what |\n|---|---|---|---|",
    ]
    lines += [f"| `{p.method}` | `{p.path}` | {p.who} | {p.summary} |" for p in policies(ROUTERS)]
    return "\n".join(lines) + "\n"


def roles() -> str:
    """The policy table, as the routes use it."""
    lines = [
        NOTE + "# Roles\n",
        "A route names an act, and the table names the roles that may. What is not here nobody may. Event admins and "
        "partners act on their own events only, and what is of the whole house is not theirs. Acts marked with * ask "
        "a person to prove again who they are, unless that was less than five minutes ago.\n",
        f"| act | {' | '.join(Role)} |\n|---|{'---|' * len(Role)}",
    ]
    for act in Act:
        marks = " | ".join("yes" if role in ALLOWED[act] else "–" for role in Role)  # noqa: RUF001
        lines.append(f"| {act}{' *' if act in DANGEROUS else ''} | {marks} |")
    lines += ["", "## Scopes of partners' keys\n", "| scope | acts |\n|---|---|"]
    lines += [f"| `{scope}` | {'; '.join(sorted(acts))} |" for scope, acts in SCOPES.items()]
    lines += ["", "## What two people have to want\n", "| what | who may grant it |\n|---|---|"]
    lines += [
        f"| {kind.replace('_', ' ')} | {', '.join(sorted(ALLOWED[act]))} |"
        for kind, act in GRANTED_UNDER.items()
    ]
    return "\n".join(lines) + "\n"


def retention() -> str:
    lines = [
        NOTE + "# How long what is kept\n",
        "The log holds no personal data and stays. What lies beside it goes by itself, and sooner where a person is "
        "erased. `GET /api/admin/retention` says how much of each there is now.\n",
        "| what | how long | why |\n|---|---|---|",
    ]
    lines += [f"| {kept.what} | {_how_long(kept.keep)} | {kept.why} |" for kept in RETENTION]
    return "\n".join(lines) + "\n"


def _how_long(time: timedelta) -> str:
    days, minutes = time.days, time.seconds // 60
    return f"{days} days" if days else f"{minutes} minutes" if minutes else "not at all"


def processes() -> str:
    """Each kind of work, from what asks for it to who is told."""
    lines = [
        NOTE + "# Processes\n",
        "Work is claimed, done, recorded and settled item by item; a batch is only a faster way. An item that fails "
        "has a count and a delay of its own, and what comes after it goes on. While a provider is away, or set up "
        "wrongly, nothing is asked of it and nothing counts. The oldest item of each kind is on the health page and in "
        "the metric `harrystix_due_work_age_seconds`.\n",
        "| kind | an item is | asked for by | settled by | tries and delays | parks | threads |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{kind.name}` ({kind.queue}) | {kind.subject} | {kind.asked_by} | {kind.settled_by} | {kind.tries} "
        f"| {kind.parks} | {kind.share or 'all'} |"
        for kind in ALL
    ]
    lines += ["\n## By the clock\n", "| task | what | when it fails |", "|---|---|---|"]
    lines += [f"| `{name}` | {what} | {how} |" for name, (what, how) in BY_THE_CLOCK.items()]
    return "\n".join(lines) + "\n"


PAGES = {
    "events.md": events,
    "settings.md": settings,
    "cli.md": commands,
    "api.md": api,
    "roles.md": roles,
    "retention.md": retention,
    "processes.md": processes,
}


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page())


def _describe(lines: list[str], group: click.Group, prefix: str) -> None:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            _describe(lines, command, f"{prefix} {name}")
            continue
        usage = command.collect_usage_pieces(click.Context(command))
        lines.append(f"## {prefix} {name}\n")
        lines.append(f"`{prefix} {name} {' '.join(usage)}`\n\n{command.help or ''}\n")
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.name != "help":
                lines.append(f"- `{', '.join(parameter.opts)}`: {parameter.help or ''}")
        lines.append("")


def _type(kind: object) -> str:
    return (
        str(kind)
        .replace("<class '", "")
        .replace("'>", "")
        .replace("harrystix.domain.values.", "")
        .replace("|", "or")
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
