"""What all JSON has in common: camelCase, nothing extra, and no text or time that a database could not keep."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from harrystix.domain.values import plain


class Model(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", from_attributes=True
    )


class Body(Model):
    """What comes in."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        if not all(map(plain, _texts(value))):
            raise ValueError("Text must be one line without control characters.")
        return value


def _texts(value: Any) -> Iterator[str]:
    """Every text in it, however deep, each once: this runs before anybody is asked who they are."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            found = cast("dict[str, Any]", one)
            yield from found
            left += found.values()
        elif isinstance(one, list):
            left += cast("list[Any]", one)


def _text(value: object) -> object:
    if not isinstance(value, str | datetime | None):
        raise ValueError("A time is a text like 2026-11-17T19:00:00Z.")
    return value


def _near(value: datetime) -> datetime:
    if not 2000 <= value.year < 2200:
        raise ValueError("The time must be between the years 2000 and 2199.")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_text), AfterValidator(_near)]
