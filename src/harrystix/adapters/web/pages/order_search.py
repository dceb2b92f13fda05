"""What people write in the one search box: an id, an address, an event's code, and operators equal to the filters."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from starlette.exceptions import HTTPException

from harrystix.adapters.postgres.saved_views import SavedViews
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.order_filters import DELIVERIES, STATUSES, day
from harrystix.adapters.web.pages.render import delivery, order_status
from harrystix.adapters.web.parts import Parts
from harrystix.domain.errors import InvalidValue
from harrystix.projections.assignments import queries
from harrystix.projections.assignments.queries import Filters
from harrystix.projections.catalogue import queries as catalogue

TOKEN = re.compile(r'(-?)([a-zA-Z]+):("[^"]*"|\S*)|("[^"]*"|\S+)')
OPERATORS = ("status", "event", "variant", "mail", "member", "since", "before", "after")
# What can also be meant the other way round, with a minus before it, and the filter that it sets.
BOTH_WAYS = {"status": "status", "event": "event_id", "variant": "variant_id", "mail": "delivery"}
# Enough of an id to be one, and not a word.
LETTERS = re.compile("[0-9a-f]{4,32}")
EACH, ALL = 3, 8
LAST_DAY = datetime(9999, 12, 30, tzinfo=UTC)
WORDS = {str(one): order_status(one)[0] for one in STATUSES}
MAILS = {one: delivery(one)[0] for one in DELIVERIES}


def has_operators(text: str, *, misspelt: bool = False) -> bool:
    """`misspelt`: also words with a colon that are none; one alone may be the code of an event, NYE:2026."""
    names = [name.lower() for _, name, _, _ in TOKEN.findall(text) if name]
    return any(misspelt or name in OPERATORS for name in names)


def read(own: Parts, who: Caller, text: str) -> Filters:
    """The filters that such a text means. Raises InvalidValue, which says what of it is not known and what there is."""
    given: dict[str, tuple[str, bool]] = {}
    words: list[str] = []
    for minus, name, value, word in TOKEN.findall(text):
        if word:
            words.append(word.strip('"'))
            continue
        key = name.lower()
        if key not in OPERATORS:
            raise _wrong(f"There is no {name}: here. There are {_listed(f'{one}:' for one in OPERATORS)}.")
        if key in given:
            raise _wrong(f"{key}: is there twice.")
        if minus and key not in BOTH_WAYS:
            raise _wrong(f"{key}: cannot be turned round with a minus.")
        given[key] = value.strip('"').strip(), bool(minus)
    if words:
        rest = " ".join(words)
        if order := order_of(own, who, rest):
            raise _wrong(f"{rest} is one pre-order: search for it alone, or see it under its id {order[:8]}.")
        given.setdefault("member" if "@" in rest else "event", (rest, False))
        if rest not in {value for value, _ in given.values()}:
            raise _wrong(f"{rest} is left over: the event or member is there already.")
    without = frozenset(BOTH_WAYS[name] for name, (_, minus) in given.items() if minus)
    found = Filters(without=without, within=who.within)
    # The event before its variants.
    for name in sorted(given, key=lambda one: one != "event"):
        found = _with(own, who, found, name, given[name][0])
    return found


def _with(own: Parts, who: Caller, found: Filters, name: str, value: str) -> Filters:
    match name:
        case "status":
            return replace(found, status=_one_of(WORDS, name, value))
        case "mail":
            return replace(found, delivery=_one_of(MAILS, name, value))
        case "event":
            event = catalogue.by_code(own.database, value)
            if event is None or not who.sees(event):
                raise _wrong(f"No event has the code {value}.")
            return replace(found, event_id=event)
        case "variant":
            if not found.event_id or "event_id" in found.without:
                raise _wrong("Say which event the variant is of: event: and its code.")
            event = catalogue.some(own.database, [found.event_id])[found.event_id]
            return replace(
                found, variant_id=_one_of({one.id: one.name for one in event.variants}, name, value)
            )
        case "member":
            member = member_of(own, who, value)
            if member is None:
                raise _wrong("Nobody here has this address. It has to be whole.")
            return replace(found, member_id=member)
        case _:
            return _placed(found, name, value)


def member_of(own: Parts, who: Caller, address: str) -> str | None:
    """The member with this whole address; for who sees some events only, one who has ordered there."""
    member = own.context.members.find(address)
    if member and who.within is not None:
        theirs = queries.page(own.database, Filters(member_id=member, within=who.within), 1)
        return member if theirs else None
    return member


def order_of(own: Parts, who: Caller, asked: str) -> str | None:
    """The pre-order that is meant by an id or a ticket's id, or by a beginning that only one has."""
    letters = asked.lower().replace("-", "")
    if not LETTERS.fullmatch(letters):
        return None
    found = {order for order, _, _ in queries.by_start(own.database, letters, 2, who.within)}
    return found.pop() if len(found) == 1 else None


def _placed(found: Filters, name: str, value: str) -> Filters:
    try:
        moment = day(value)
    except HTTPException:
        moment = None
    if moment is None:
        raise _wrong(f"{name}: needs a day like 2026-11-24.")
    if name == "before":
        return replace(found, before=moment)
    if found.since:
        raise _wrong("since: and after: mean the same filter: use one.")
    if name == "after":
        moment = min(moment, LAST_DAY) + timedelta(days=1)
    return replace(found, since=moment)


def _one_of(known: dict[str, str], name: str, value: str) -> str:
    """By its word or a beginning that only one has. Raises InvalidValue with what there is."""
    asked = _plain(value)
    exact = [key for key, words in known.items() if asked in {_plain(key), _plain(words)}]
    begins = [
        key
        for key, words in known.items()
        if _plain(key).startswith(asked) or _plain(words).startswith(asked)
    ]
    found = exact or begins
    if not asked or len(found) != 1:
        what = "may be more than one" if asked and found else "is not known"
        raise _wrong(f"{name}:{value} {what}. There are {_listed(known.values())}.")
    return found[0]


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def _listed(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def _wrong(text: str) -> InvalidValue:
    return InvalidValue(text, field="q")


def suggest(own: Parts, who: Caller, text: str) -> list[dict[str, str]]:
    """The best of what this may become: {"words", "about", and "href" to go to or "fill" to go on with}.

    Addresses are looked up when somebody asks for one, not letter by letter.
    """
    *before, last = text.split(" ")
    if ":" in last:
        found = _endings(own, who, " ".join(before), last)
    else:
        asked = text.strip()
        found = _places(own, who, asked) if len(asked) >= 2 and "@" not in asked else []
        minus = last.startswith("-")
        found += [
            {
                "words": f"{'-' * minus}{name}:",
                "about": "filter",
                "fill": f"{text}{name[len(last) - minus :]}:",
            }
            for name in (BOTH_WAYS if minus else OPERATORS)
            if last and name.startswith(last.lower().removeprefix("-"))
        ]
    return found[:ALL]


def _places(own: Parts, who: Caller, asked: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    letters = asked.lower().replace("-", "")
    if LETTERS.fullmatch(letters):
        found += [
            {"words": f"{kind} {letters}…", "about": order[:8], "href": f"/admin/orders/{order}"}
            for order, _, kind in queries.by_start(own.database, letters, EACH, who.within)
        ]
    now = own.context.clock.now()
    found += [
        {"words": name, "about": code, "href": f"/admin/orders?event={event}"}
        for event, name, code in catalogue.like(own.database, asked, EACH, now, who.within)
    ]
    views = SavedViews(own.database).of(who.actor) if who.session else []
    found += [
        {"words": view.name, "about": "your list", "href": f"/admin/orders?{view.query}"}
        for view in views
        if asked.casefold() in view.name.casefold()
    ]
    return found


def _endings(own: Parts, who: Caller, before: str, last: str) -> list[dict[str, str]]:
    """What the value of the last operator may be."""
    name, _, value = last.partition(":")
    asked = _plain(value.strip('"'))
    known: Iterable[str] = ()
    match name.lower().removeprefix("-"):
        case "status":
            known = WORDS.values()
        case "mail":
            known = MAILS.values()
        case "event" if asked:
            now = own.context.clock.now()
            known = [one[2] for one in catalogue.like(own.database, asked, ALL, now, who.within, names=False)]
        case "variant":
            event = re.search(r'(?:^| )event:("[^"]*"|\S+)', before)
            known = _variants(own, who, event[1].strip('"')) if event else ()
        case _:
            pass
    quoted = [f'"{one}"' if " " in one else one for one in known if _plain(one).startswith(asked)]
    start = f"{before} " if before else ""
    return [
        {"words": f"{name}:{one}", "about": "filter", "fill": f"{start}{name}:{one}"}
        for one in quoted
        if _plain(one.strip('"')) != asked
    ]


def _variants(own: Parts, who: Caller, code: str) -> list[str]:
    event = catalogue.by_code(own.database, code)
    if event is None or not who.sees(event):
        return []
    return [one.name for one in catalogue.some(own.database, [event])[event].variants]
