"""Every event version ever stored can be read for ever: one sample file an event version."""

import dataclasses
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import orjson
import pytest
from eventsourcing.persistence import Mapper, StoredEvent

from harrystix.domain.base import Fact
from harrystix.projections.audit_log.project import KINDS
from tests.domain.given import NOON
from tests.world import Servers, world

SAMPLES = Path(__file__).parents[2] / "samples" / "events"
ID = UUID("11111111-1111-4111-8111-111111111111")


def topic(kind: type[Fact]) -> str:
    return str(cast("Any", kind).TOPIC)


def sample(kind: type[Fact]) -> Path:
    return SAMPLES / f"{topic(kind)}.v{getattr(kind, 'class_version', 1)}.json"


def made_up(kind: type[Fact]) -> Fact:
    values: dict[str, Any] = {}
    for field in dataclasses.fields(cast("Any", kind)):
        name, text = field.name, str(field.type)
        values[name] = (
            ID
            if name == "originator_id"
            else 2
            if name == "originator_version"
            else topic(kind).split(".")[0]
            if name == "originator_topic"
            else NOON
            if "datetime" in text
            else {"k": 1}
            if text.startswith("dict[str, int]")
            else {}
            if text.startswith("dict")
            else []
            if text.startswith("list")
            else 7
            if "int" in text
            else "x"
        )
    return cast("Any", kind)(**values)


@pytest.fixture(scope="module")
def mapper(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Generator[Mapper[UUID]]:
    """Of a store as it is built; reading a sample leaves nothing there."""
    with world(servers, tmp_path_factory.mktemp("samples")) as here:
        yield here.system.store.mapper


@pytest.mark.parametrize("kind", KINDS, ids=topic)
def test_a_stored_sample_of_this_version_can_be_read(kind: type[Fact], mapper: Mapper[UUID]) -> None:
    path = sample(kind)
    if os.environ.get("WRITE_SAMPLES") and not path.exists():
        stored = mapper.to_stored_event(made_up(kind))
        path.write_bytes(
            orjson.dumps(
                {"topic": stored.topic, "state": orjson.loads(stored.state)}, option=orjson.OPT_INDENT_2
            )
        )
    assert path.exists(), (
        "a new event or version needs its sample: run once with WRITE_SAMPLES=1, then commit it"
    )
    content = orjson.loads(path.read_bytes())
    read = mapper.to_domain_event(StoredEvent(ID, 2, content["topic"], orjson.dumps(content["state"])))
    assert type(read) is kind
    assert set(vars(read)) == {field.name for field in dataclasses.fields(cast("Any", kind))}


def test_no_sample_is_left_of_an_event_that_the_code_forgot() -> None:
    topics = {topic(kind) for kind in KINDS}
    assert {path.name.rsplit(".v", 1)[0] for path in SAMPLES.glob("*.json")} == topics


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_ever_stored_becomes_a_whole_fact_of_today(path: Path, mapper: Mapper[UUID]) -> None:
    content = orjson.loads(path.read_bytes())
    read = mapper.to_domain_event(StoredEvent(ID, 2, content["topic"], orjson.dumps(content["state"])))
    assert set(vars(read)) == {field.name for field in dataclasses.fields(cast("Any", type(read)))}
