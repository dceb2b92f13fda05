"""Mail templates: push them to Postmark."""

import typer

from harrystix.adapters.cli.output import AsJson, clear_errors, fail, show
from harrystix.settings import Settings

templates = typer.Typer(help="Mail templates.", no_args_is_help=True)


@templates.callback()
def group() -> None:
    """Mail templates."""


@templates.command("push")
@clear_errors
def push_templates(as_json: AsJson = False) -> None:
    """Bring Postmark's templates to those of this version. Repeatable."""
    import os

    import requests
    from postmarker.exceptions import ClientError

    from harrystix.adapters.embedded.stack import running
    from harrystix.adapters.postmark.templates import push

    settings = Settings()  # pyright: ignore[reportCallIssue]
    if not settings.postmark_token.get_secret_value():
        os.environ.update(running(settings.data_dir.absolute()))
        settings = Settings()  # pyright: ignore[reportCallIssue]
    try:
        done = push(
            settings.postmark_token.get_secret_value(), settings.postmark_url, settings.postmark_timeout
        )
    except (ClientError, requests.RequestException) as error:
        fail(f"Postmark did not take them: {type(error).__name__}. Is HARRYSTIX_POSTMARK_TOKEN right?")
    show(dict(done), as_json, "Templates")


def register(app: typer.Typer) -> None:
    app.add_typer(templates, name="templates", rich_help_panel="System")
