"""The sandbox's page: the mails that it took, and one of them as its reader sees it."""

from typing import Any

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
    + """<p><a href="/">All mails</a></p><h1>Your ticket for {{ m.Model.event_name }}</h1>
<p>To {{ m.Recipients[0] }}, {{ m.Status }}</p>
{% if m.Model.variant %}<p>{{ m.Model.variant }}</p>{% endif %}
{% if m.Model.ticket_qr %}<p>Your code: <code>{{ m.Model.ticket_qr }}</code></p>
{% else %}<p>Email: <code>{{ m.Model.ticket_email }}</code><br>Password: <code>{{ m.Model.ticket_password }}</code></p>
{% endif %}"""
)


def outbox_page(total: int, mails: list[dict[str, Any]], to: str, offset: int) -> str:
    return LIST.render(total=total, mails=mails, to=to, offset=offset)


def message_page(mail: dict[str, Any]) -> str:
    return MAIL.render(m=mail)
