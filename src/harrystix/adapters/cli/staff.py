"""Staff: the first owner is made here, with nobody to ask."""

import sys
from typing import Annotated, Any

import typer

from harrystix.adapters.cli.output import AsJson, clear_errors, fail, show
from harrystix.adapters.cli.session import session

staff = typer.Typer(help="Members of staff.", no_args_is_help=True)
Email = Annotated[str, typer.Option(help="The person's address.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from stdin instead of asking for it.")
]
ACTOR = "system:command-line"


@staff.command("create")
@clear_errors
def create_staff(
    email: Email,
    name: Annotated[str, typer.Option(help="How others see the person.")],
    role: Annotated[str, typer.Option(help="admin, support, owner or auditor.")],
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
) -> None:
    """Make a member of staff; what the person needs to sign in is shown once."""
    from harrystix.application.handlers.staff import create

    password = _password(password_stdin)
    with session() as system:
        by = system.context.by(ACTOR)
        staff_id, credentials = create(
            system.context, by, email=email, name=name, role=role, password=password
        )
    _shown(staff_id, credentials.uri, list(credentials.recovery_codes), as_json)


@staff.command("reset")
@clear_errors
def reset_staff(email: Email, password_stdin: FromStdin = False, as_json: AsJson = False) -> None:
    """A new password, second factor and recovery codes; the old ones and every session end."""
    from harrystix.application.handlers.staff import reset

    password = _password(password_stdin)
    with session() as system:
        staff_id = _known(system, email)
        credentials = reset(system.context, system.context.by(ACTOR), staff_id, email, password)
    _shown(staff_id, credentials.uri, list(credentials.recovery_codes), as_json)


@staff.command("link")
@clear_errors
def link_staff(email: Email, as_json: AsJson = False) -> None:
    """A link that signs somebody in, once and within ten minutes, without password and code. The log says so."""
    from harrystix.application.handlers.staff import link

    with session() as system:
        found = f"{system.settings.address}/sign-in#desk={link(system.context, _known(system, email))}"
    show({"link": found}, as_json) if as_json else typer.echo(found)


@staff.command("list")
@clear_errors
def list_staff(as_json: AsJson = False) -> None:
    """Everybody, with role."""
    with session() as system:
        rows = [
            {
                "id": row.staff_id,
                "name": row.name,
                "email": row.email,
                "role": row.role,
                "disabled": row.disabled,
            }
            for row in system.context.people.staff.all()
        ]
    show(rows, as_json, "Staff")


@staff.command("role")
@clear_errors
def change_role(email: Email, role: Annotated[str, typer.Option(help="The new one.")]) -> None:
    """Another role; whoever is signed in has to sign in again."""
    from harrystix.application.handlers import staff as handlers

    with session() as system:
        handlers.change_role(system.context, system.context.by(ACTOR), _known(system, email), role)


@staff.command("disable")
@clear_errors
def disable_staff(
    email: Email, reason: Annotated[str, typer.Option(help="For the log, 1 to 200 characters.")]
) -> None:
    """From this moment nothing of theirs is good any more."""
    from harrystix.application.handlers import staff as handlers

    with session() as system:
        handlers.disable(system.context, system.context.by(ACTOR), _known(system, email), reason)


@staff.command("enable")
@clear_errors
def enable_staff(email: Email) -> None:
    """Let somebody sign in again."""
    from harrystix.application.handlers import staff as handlers

    with session() as system:
        handlers.enable(system.context, system.context.by(ACTOR), _known(system, email))


def _known(system: Any, email: str) -> str:
    found = system.context.people.staff.find(email)
    if found is None:
        fail("Nobody of the staff has this address.")
    return str(found)


def _password(from_stdin: bool) -> str:
    """Never an argument: those are in the shell's history and in everybody's list of processes."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("Password, 12 characters or more", hide_input=True, confirmation_prompt=True))


def _shown(staff_id: str, uri: str, codes: list[str], as_json: bool) -> None:
    if as_json:
        show({"staffId": staff_id, "uri": uri, "recoveryCodes": codes}, True)
        return
    typer.echo("Add this to an authenticator app:")
    typer.echo(uri)
    typer.echo("Recovery codes, each good once in place of the app's:")
    for code in codes:
        typer.echo(f"  {code}")


def register(app: typer.Typer) -> None:
    app.add_typer(staff, name="staff", rich_help_panel="System")
