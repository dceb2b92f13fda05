"""The mail templates, kept here and pushed to Postmark: one short text each, from which both bodies are made.

Paragraphs, one heading, `code` and one link are all that they know; {{value}} and {{#value}}…{{/value}} are Postmark's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, cast

import pystache
from postmarker.core import PostmarkClient
from postmarker.exceptions import ClientError

FOLDER = Path(__file__).parent / "templates"
SECTION = re.compile(r"^({{#\w+}})(.*)({{/\w+}})$", re.DOTALL)
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
VALUE = re.compile(r"{{(\w+)}}")
BUTTON = "display:inline-block;padding:12px 20px;border-radius:8px;background:#4c1d95;color:#fff;text-decoration:none"
UNKNOWN = 1101


@dataclass(frozen=True, slots=True)
class Template:
    """`alias`: how mails name it. `paragraphs`: as written."""

    alias: str
    subject: str
    html: str
    text: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`kind`: heading, link or words. `parts`: (text, whether it is code)."""

    kind: str
    parts: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail as its reader gets it."""

    subject: str
    paragraphs: list[Paragraph]
    text: str


# What each value may look like, for who looks at a template that nothing is sent with.
SAMPLE = {
    "event_name": "Neon Night",
    "event_starts": "Tuesday 1 December, 22:00",
    "variant": "Entry before 11pm",
    "ticket_email": "ticket-17@tickets.example",
    "ticket_password": "sample-password",
    "ticket_qr": "",
    "amount": "£12.50",
    "next_attempt": "Tuesday 24 November, 19:00",
    "card_expires": "11/2026",
    "action_url": "https://tickets.example/me",
    "position": "1,204",
    "at": "2026-11-24 19:00 UTC",
    "head": "0f3c9a…",
}


def read(alias: str, model: Mapping[str, str]) -> Reading:
    """Filled in as Postmark would. Raises KeyError for a template that there is none of."""
    template = load()[alias]
    filled = [str(_fill(_plain(paragraph), model)).strip() for paragraph in template.paragraphs]
    return Reading(
        str(_fill(template.subject, model)),
        [_reading(paragraph) for paragraph in filled if paragraph],
        str(_fill(template.text, model)),
    )


def _fill(text: str, model: Mapping[str, str]) -> str:
    return str(pystache.render(text, dict(model)))  # pyright: ignore


def _reading(paragraph: str) -> Paragraph:
    if paragraph.startswith("# "):
        return Paragraph("heading", [(paragraph[2:], False)])
    if link := LINK.fullmatch(paragraph):
        return Paragraph("link", [(link[1], False)])
    pieces = paragraph.split("`")
    return Paragraph("words", [(piece, bool(index % 2)) for index, piece in enumerate(pieces) if piece])


@cache
def load() -> dict[str, Template]:
    """By alias."""
    layout = (FOLDER / "layout.html").read_text()
    return {path.stem: _read(path, layout) for path in sorted(FOLDER.glob("*.md"))}


def in_postmarks_words() -> dict[str, dict[str, str]]:
    """By alias, as its API has them."""
    return {
        alias: {"Subject": t.subject, "HtmlBody": t.html, "TextBody": t.text} for alias, t in load().items()
    }


def push(token: str, url: str, timeout: float) -> dict[str, str]:
    """Bring Postmark's templates to these; alias -> created, changed or unchanged. Raises ClientError."""
    client: Any = PostmarkClient(server_token=token, timeout=timeout, root_api_url=url)
    done: dict[str, str] = {}
    for template in load().values():
        words = {"Subject": template.subject, "HtmlBody": template.html, "TextBody": template.text}
        try:
            known = client.call("GET", f"/templates/{template.alias}")
        except ClientError as error:
            if int(cast("Any", error).error_code) != UNKNOWN:
                raise
            client.templates.create(Name=template.alias, Alias=template.alias, **words)
            done[template.alias] = "created"
            continue
        same = all(known.get(name) == word for name, word in words.items())
        done[template.alias] = "unchanged" if same else "changed"
        if not same:
            client.templates.edit(template.alias, Name=template.alias, Alias=template.alias, **words)
    return done


def _read(path: Path, layout: str) -> Template:
    head, _, body = path.read_text().partition("\n\n")
    paragraphs = [paragraph.strip() for paragraph in body.split("\n\n") if paragraph.strip()]
    return Template(
        path.stem,
        _plain(head.removeprefix("Subject: ").strip()),
        layout.replace("CONTENT", "\n".join(map(_html, paragraphs))),
        "\n\n".join(map(_text, paragraphs)) + "\n",
        tuple(paragraphs),
    )


def _html(paragraph: str) -> str:
    if section := SECTION.match(paragraph):
        return section[1] + _html(section[2]) + section[3]
    if paragraph.startswith("# "):
        return f'<h1 style="font-size:22px;margin:0 0 16px">{escape(paragraph[2:])}</h1>'
    if link := LINK.fullmatch(paragraph):
        return f'<p><a href="{link[2]}" style="{BUTTON}">{escape(link[1])}</a></p>'
    # Two blanks in a password are two, to see and to copy.
    code = r'<code style="font-size:18px;white-space:pre-wrap">\1</code>'
    return f"<p>{re.sub(r'`([^`]+)`', code, escape(paragraph, quote=False))}</p>"


def _text(paragraph: str) -> str:
    """Values as they are: nothing is to be escaped in plain text, least of all a password."""
    return _plain(LINK.sub(r"\1: \2", paragraph.removeprefix("# ").replace("`", "")))


def _plain(text: str) -> str:
    return VALUE.sub(r"{{{\1}}}", text)
