"""What the OpenAPI description allows, and what it does not, sent as everybody: no 5xx, nothing undocumented."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4
from zlib import crc32

import orjson
import pytest
import requests
import schemathesis
from requests.auth import HTTPBasicAuth
from schemathesis import checks, openapi
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.hypothesis import builder
from schemathesis.generation.meta import TestPhase

from harrystix.adapters.web.policies import Policy, policies
from harrystix.adapters.web.roles import Role
from harrystix.adapters.web.routers import ROUTERS
from harrystix.settings import Settings
from tests.furnished import furnished
from tests.money import members
from tests.signed import signed
from tests.world import HOOK_PASSWORD, Servers, World, world

EXAMPLES = 25
CONFIG = {
    "generation": {"max-examples": EXAMPLES, "deterministic": True, "no-shrink": True},
    "phases": {"examples": {"enabled": False}, "stateful": {"enabled": False}},
}
# What they are generic in says nothing here.
Case = Any
CHECKS: Any = cast("Any", checks).CHECKS
# Ids that look like one until something reads them; {} is filled in with what is really there.
ODD = (
    "-" * 36,
    "0" * 36,
    "00000000-0000-4000-8000-00000000dead",
    "a\0b",
    "%00",
    "٣" * 36,
    str(2**63),
    "-1",
    "1" * 400,
)
FILES = [
    b"Event,Variant,Email,Password\nNEON,,a@x.example,p\nNowhere,x,b@x.example,p\n",
    b"Event,Variant,Member,Email,Paid at,Payment intent\nNEON,,A,a@x.example,2026-11-17T19:00:00Z,pi_a\n",
    b"Event,Variant,Email,Password\nNE\0ON,,a@x.example,p\n\xff,,b@x.example,p",
]
ROLES = (None, *Role)
POLICIES = policies(ROUTERS)
# What is known of these is not in the key, and a password is slow to hash: once is enough.
OPEN = {"/api/sign-in/staff", "/api/sign-in/link", "/api/sign-in/use"}
# One limit is for all that comes from one address: it has its own tests.
LIMITED = (*OPEN, "/reveal", "/confirm", "/passkey", "/back")


@dataclass
class Place:
    """A world in which there is one of everything."""

    world: World
    schema: Any
    keys: dict[Role | None, str]
    there: dict[str, list[str]]
    session: requests.Session
    # Refusals that were looked at: the same again, word for word, says nothing new.
    refusals: set[tuple[str, int, bytes, str]] = field(default_factory=set[tuple[str, int, bytes, str]])


@pytest.fixture(scope="module")
def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    checks.load_all_checks()
    with world(servers, tmp_path_factory.mktemp("schema"), web=True) as here:
        member = members(here, 1)[0]
        keys: dict[Role | None, str] = {
            role: here.key(role, member if role is Role.MEMBER else None) for role in Role
        }
        schema: Any = openapi.from_url(
            f"{here.web}/api/openapi.json", config=cast("Any", schemathesis.Config).from_dict(CONFIG)
        )
        with requests.Session() as session:
            yield Place(here, schema, keys, furnished(here), session)


def choice(case: Case, salt: str, among: list[Any]) -> Any:
    """The same for the same case, so that a failure is one again."""
    return among[crc32(f"{salt}{case!r}".encode()) % len(among)]


def brought_home(place: Place, case: Case) -> None:
    """Words that nobody guesses, such as ids and time zones, in most cases that are meant well."""
    if case.method != case.operation.method.upper() or not (
        case.meta and case.meta.generation.mode.is_positive
    ):
        return
    for name in case.path_parameters:
        kind = choice(case, name, ["there", "there", "odd", "as it is"])
        if kind == "there":
            case.path_parameters[name] = choice(case, "which", place.there[name])
        elif kind == "odd":
            case.path_parameters[name] = choice(case, "odd", list(ODD))
    if choice(case, "cursor", [True, True, False]):
        case.query.pop("cursor", None)
    body: Any = case.body
    if case.media_type == "text/csv" and choice(case, "file", [True, True, False]):
        case.body = choice(case, "csv", FILES)
    if isinstance(body, dict) and choice(case, "body", [True, True, True, False]):
        known: dict[str, Any] = {
            "timeZone": "Europe/London",
            "eventId": choice(case, "event", place.there["event_id"]),
            "preOrderIds": place.there["order_id"][:2],
            "events": {"Nowhere": place.there["event_id"][0]},
            "variants": {},
        }
        body = {
            **cast("dict[str, Any]", body),
            **{name: value for name, value in known.items() if name in body},
        }
        texts = [name for name, value in body.items() if isinstance(value, str)]
        if texts and choice(case, "nul", [True, *[False] * 7]):
            body[choice(case, "text", texts)] = "a\0b"
        case.body = body


def is_json(body: Any) -> bool:
    try:
        orjson.loads(body or b"{}")
    except ValueError:
        return False
    return True


def by_stripe(request: requests.PreparedRequest) -> requests.PreparedRequest:
    content: Any = request.body or b""
    if is_json(content):
        request.headers.update(signed(content if isinstance(content, bytes) else content.encode()))
    return request


PROVIDERS = {
    "/webhooks/stripe": by_stripe,
    "/webhooks/postmark": HTTPBasicAuth(
        Settings.model_fields["postmark_webhook_user"].default, HOOK_PASSWORD
    ),
}


def may(policy: Policy, role: Role | None) -> bool:
    named = {word.strip() for word in policy.who.split(",")} & set(Role)
    return not named or role in named


def sent(place: Place, case: Case, policy: Policy, role: Role | None) -> str | None:
    """What is wrong with the answer."""
    if case.path.endswith(LIMITED):
        place.world.system.database.execute("DELETE FROM app.attempts")
    headers: dict[str, str] = {}
    meta = case.meta
    if not (meta and meta.generation.mode.is_negative and "Idempotency-Key" in case.headers):
        headers["Idempotency-Key"] = str(uuid4())
    if role:
        headers["Authorization"] = f"Bearer {place.keys[role]}"
    provider = PROVIDERS.get(policy.path) if role else None
    answer = case.call(session=place.session, headers=headers, auth=provider)
    said = f"{role or 'nobody'}: {answer.request.method} {answer.request.path_url} {answer.request.body!r}"
    said = f"{said[:400]} -> {answer.status_code} {answer.text[:200]}"
    own_method = case.method == case.operation.method.upper()
    # What is no JSON is told apart before anybody is asked who they are.
    refusals = {403 if role else 401, 400, *([] if is_json(answer.request.body) else [422])}
    if own_method and not may(policy, role) and answer.status_code not in refusals:
        return f"{said}: not refused"
    same = (
        case.operation.label,
        answer.status_code,
        answer.content,
        repr(answer.headers.get("content-type")),
    )
    if answer.status_code in {401, 403}:
        if same in place.refusals:
            return None
        place.refusals.add(same)
    left_out = [CHECKS.get_one("ignored_auth")]  # it would ask twice more; everybody is tried here anyway
    # A schema has no words for which cursors are ours, nor for years.
    if (
        case.method != "GET"
        or {"cursor", "since", "until"} & set(case.query)
        or "%00" in str(answer.request.url)
    ):
        left_out.append(CHECKS.get_one("positive_data_acceptance"))
    if policy.path.startswith("/webhooks/") or case.body in FILES:
        left_out.append(
            CHECKS.get_one("negative_data_rejection")
        )  # it takes bytes for wrong; and providers say more
    try:
        case.validate_response(answer, headers=headers, excluded_checks=left_out)
    except FailureGroup as group:
        return f"{said}: " + "; ".join(f"{type(e).__name__} {e}".split("\n\n")[0] for e in group.exceptions)
    return None


def tried(place: Place, policy: Policy, note: Callable[[str], None]) -> Callable[[], None]:
    operation: Any = place.schema[policy.path][policy.method]

    refused = [role for role in ROLES if not may(policy, role)]
    examples = 0

    def each(case: Case) -> None:
        nonlocal examples
        examples += 1
        brought_home(place, case)
        # Who may not is refused before anybody looks at the rest: every example is tried by one of them in turn.
        in_turn = refused[examples % len(refused)] if refused else None
        for role in ROLES:
            if role in refused and role is not in_turn:
                continue
            if role and (policy.path in OPEN or (role is not Role.OWNER and case.method != policy.method)):
                continue  # a wrong method is refused before anybody is asked who they are
            if role and case.meta.phase.name is TestPhase.COVERAGE and not may(policy, role):
                continue  # corner by corner only for who gets further than to be refused
            if wrong := sent(place, case, policy, role):
                note(wrong)

    config: Any = place.schema.config
    return cast("Any", builder).create_test(
        operation=operation,
        test_func=each,
        config=builder.HypothesisTestConfig(
            project=config,
            modes=[builder.HypothesisTestMode.FUZZING, builder.HypothesisTestMode.COVERAGE],
            settings=config.get_hypothesis_settings(operation=operation, phase="fuzzing"),
        ),
    )


def test_the_description_and_the_policies_name_the_same(place: Place) -> None:
    described = {(found.ok().method.upper(), found.ok().path) for found in place.schema.get_all_operations()}
    assert described == {(policy.method, policy.path) for policy in POLICIES}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: f"{policy.method} {policy.path}")
def test_every_answer_is_one_of_those_described(place: Place, policy: Policy) -> None:
    wrong: list[str] = []
    place.world.follow()
    tried(place, policy, wrong.append)()
    place.world.follow()  # whatever was let in, the read models can keep
    assert wrong[:5] == [], f"{len(wrong)} answers"
