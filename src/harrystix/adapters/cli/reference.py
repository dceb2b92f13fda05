"""Writes the reference pages from the code: `python -m harrystix.adapters.cli.reference FOLDER`."""

import dataclasses
import inspect
import sys
from pathlib import Path
from typing import Any, cast

import click
import typer.main

from harrystix.adapters.cli.main import app
from harrystix.adapters.web.policies import policies
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
    lines += [f"| `{p.method}` | `{p.path}` | {p.who} | {p.summary} |" for p in policies()]
    return "\n".join(lines) + "\n"


PAGES = {"events.md": events, "settings.md": settings, "cli.md": commands, "api.md": api}


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
