"""What forms of pages send, and what is said where it is not fit."""

from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from harrystix.adapters.web.ids import is_id
from harrystix.domain.errors import DomainError, InvalidValue
from harrystix.domain.values import plain

FIELDS, MANY = 50, 200


async def fields(request: Request) -> dict[str, str]:
    """Of a form without files. Raises 422 for text that nothing here may hold."""
    async with request.form(max_files=0, max_fields=FIELDS) as form:
        found = {name: value for name, value in form.items() if isinstance(value, str)}
    if not all(plain(value) for value in found.values()):
        raise HTTPException(422, "Text must be one line without control characters.")
    return found


async def many(request: Request, name: str, most: int) -> tuple[dict[str, str], list[str]]:
    """The fields of a form, and those called `name`, which are ids, each once. Raises 422 for more, or for others."""
    async with request.form(max_files=0, max_fields=FIELDS + most) as form:
        found = {key: value for key, value in form.items() if isinstance(value, str) and key != name}
        ids = list(dict.fromkeys(value for value in form.getlist(name) if isinstance(value, str)))
    if len(ids) > most or not all(map(is_id, ids)) or not all(plain(value) for value in found.values()):
        raise HTTPException(422, f"Up to {most} pre-orders can be chosen at once.")
    return found, ids


async def lists(request: Request, names: tuple[str, ...]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The fields of a form, and those of which several may be chosen, by name. Raises 422 for text that is no text."""
    async with request.form(max_files=0, max_fields=FIELDS + MANY) as form:
        found = {key: value for key, value in form.items() if isinstance(value, str) and key not in names}
        several = {name: [v for v in form.getlist(name) if isinstance(v, str)] for name in names}
    texts = [*found.values(), *(value for values in several.values() for value in values)]
    if not all(plain(value) for value in texts):
        raise HTTPException(422, "Text must be one line without control characters.")
    return found, several


def key_of(found: dict[str, str]) -> str:
    """The form's own key with what is in it: sent twice, it is one command; sent with other words, another.

    Raises 400 without one.
    """
    words = repr(sorted((name, value) for name, value in found.items() if name != "key"))
    try:
        return f"{UUID(found.get('key', ''))}/{sha256(words.encode()).hexdigest()[:16]}"
    except ValueError:
        raise HTTPException(400, "This form is not whole. Load the page again.") from None


def said(error: DomainError, field: str = "") -> list[dict[str, str]]:
    known: Any = error.facts.get("field", field)
    return [{"text": error.message, "field": str(known)}]


def go(path: str) -> RedirectResponse:
    """After a form: a reload repeats nothing, and the way back is safe."""
    return RedirectResponse(path, 303)


def minor(text: str, currency: str, field: str = "amount") -> int:
    """Minor units of an amount as people write it, 12.50; 0 for none. Raises InvalidValue."""
    if not text.strip():
        return 0
    digits = get_currency_precision(currency)
    try:
        found = Decimal(text.strip()).scaleb(digits)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found != found.to_integral_value() or not 0 < found < 10**9:
        raise InvalidValue("Give an amount like 12.50.", field=field)
    return int(found)


def typed_out(found: dict[str, str], word: str, field: str = "word") -> None:
    """Before what can't be called back: nobody types a word by a slip of the hand. Raises InvalidValue."""
    if found.get("word", "").strip().casefold() != word.casefold():
        raise InvalidValue(f"Type {word} to go on.", field=field)
