"""The sandbox's page: the mails that it took, and one of them as its reader sees it."""

from collections.abc import Mapping
from typing import Any

import pystache
from jinja2 import Environment

ENVIRONMENT = Environment(autoescape=True)
BASE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox mail</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #8884}
code{font-size:1.1em}</style>"""
LIST = ENVIRONMENT.from_string(
    BASE
    + """<h1>Sandbox mail</h1><p>{{ "{:,}".format(total) }} mails taken. Nothing leaves this machine.</p>
<form><label>To <input name="to" value="{{ to }}"></label> <button>Find</button></form>
<table><caption>Newest first</caption><tr><th scope="col">To<th scope="col">Template<th scope="col">Event
<th scope="col">Status<th scope="col">Taken at</tr>
{% for m in mails %}<tr><td><a href="/message/{{ m.MessageID }}">{{ m.Recipients[0] }}</a><td>{{ m.Template }}
<td>{{ m.Model.event_name }}<td>{{ m.Status }}<td>{{ m.ReceivedAt }}</tr>
{% else %}<tr><td colspan="5">No mails yet.</tr>{% endfor %}</table>
{% if offset + 50 < total %}<a href="?to={{ to }}&offset={{ offset + 50 }}">Older</a>{% endif %}"""
)
MAIL = ENVIRONMENT.from_string(
    BASE
    + """<p><a href="/">All mails</a></p><h1>{{ subject }}</h1>
<p>To {{ m.Recipients[0] }}, {{ m.Status }}, template {{ m.Template }}</p>
<iframe title="The mail as its reader sees it" sandbox srcdoc="{{ html }}" width="100%" height="420"></iframe>
<h2>As plain text</h2><pre>{{ text }}</pre>"""
)


def outbox_page(total: int, mails: list[dict[str, Any]], to: str, offset: int) -> str:
    return LIST.render(total=total, mails=mails, to=to, offset=offset)


def message_page(mail: dict[str, Any], template: Mapping[str, str]) -> str:
    """Rendered as Postmark would: its templates are mustaches."""
    words = {name: template.get(name, "") for name in ("Subject", "HtmlBody", "TextBody")}
    done = {name: str(pystache.render(text, mail["Model"])) for name, text in words.items()}  # pyright: ignore
    return MAIL.render(m=mail, subject=done["Subject"], html=done["HtmlBody"], text=done["TextBody"])
