from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from harrystix.domain.approval import Approval, SamePerson
from harrystix.domain.errors import IllegalTransition, InvalidValue
from harrystix.domain.values import By
from tests.domain.given import NOON, Given, by, names

ID = UUID("11111111-1111-4111-8111-111111111111")


def requested(**changed: Any) -> Approval:
    words: dict[str, Any] = {
        "kind": "erasure",
        "subject": "m",
        "details": {},
        "reason": "asked for",
        **changed,
    }
    return Approval.request(by(), ID, **words)


def other(days: float = 0) -> By:
    return By("staff:2", "c2", NOON + timedelta(days=days))


def test_somebody_else_grants() -> None:
    assert names(Given(requested()).when(lambda a: a.grant(other()))) == ["Granted"]


def test_who_asked_cannot_grant() -> None:
    with pytest.raises(SamePerson):
        requested().grant(by("c3"))


def test_who_asked_may_take_it_back() -> None:
    assert names(Given(requested()).when(lambda a: a.deny(by("c3"), "a mistake"))) == ["Denied"]


def test_granting_again_stays_quiet() -> None:
    approval = requested()
    approval.grant(other())
    assert Given(approval).when(lambda a: a.grant(other())) == []


def test_what_is_denied_cannot_be_granted() -> None:
    approval = requested()
    approval.deny(other(), "no")
    with pytest.raises(IllegalTransition):
        approval.grant(other())
    assert Given(approval).when(lambda a: a.deny(other(), "no")) == []


def test_after_three_days_nobody_can_grant() -> None:
    requested().grant(other(days=3))
    with pytest.raises(IllegalTransition) as refused:
        requested().grant(other(days=3.01))
    assert "expired" in refused.value.message


def test_it_ends_once() -> None:
    approval = requested()
    approval.grant(other())
    assert names(Given(approval).when(lambda a: a.finish(other(), "done", 1, 0))) == ["CarriedOut"]
    assert Given(approval).when(lambda a: a.finish(other(), "done", 1, 0)) == []
    assert approval.state == "done"


def test_what_nobody_granted_does_not_end() -> None:
    assert Given(requested()).when(lambda a: a.finish(other(), "done", 1, 0)) == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "because anna@uni.example said so"])
def test_a_reason_is_short_and_names_nobody(reason: str) -> None:
    with pytest.raises(InvalidValue):
        requested(reason=reason)


def test_only_known_kinds_can_be_asked_for() -> None:
    with pytest.raises(InvalidValue):
        requested(kind="a coup")
