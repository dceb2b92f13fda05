"""Every role on every route, made from the policy table: who may not is refused, who may is not."""

import re

import pytest
import requests

from harrystix.adapters.web.policies import Policy, policies
from harrystix.adapters.web.roles import ALLOWED, Act, Role
from tests.money import announced, members, ordered
from tests.world import World

NOBODY = "00000000-0000-4000-8000-00000000dead"


def of_roles(policy: Policy) -> set[str]:
    return {word.strip() for word in policy.who.split(",")} & set(Role)


GUARDED = [policy for policy in policies() if of_roles(policy)]


def test_every_act_has_somebody_who_may_and_somebody_who_may_not() -> None:
    assert set(ALLOWED) == set(Act)
    assert all((roles and roles < set(Role)) or act is Act.SELF for act, roles in ALLOWED.items())


def test_the_table_is_not_empty() -> None:
    assert len(GUARDED) > 50


def tried(online: World, policy: Policy, key: str | None) -> requests.Response:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    path = re.sub(r"{\w+}", NOBODY, policy.path)
    return requests.request(policy.method, online.web + path, headers=headers, data=b"{}", timeout=20)


@pytest.mark.parametrize("role", [*Role, None])
def test_each_route_refuses_whom_the_table_does_not_name(online: World, role: Role | None) -> None:
    member = members(online, 1)[0]
    key = online.key(role, member if role is Role.MEMBER else None) if role else None
    wrong: list[str] = []
    for policy in GUARDED:
        status = tried(online, policy, key).status_code
        refused = status == (403 if role else 401)
        if refused != (role not in of_roles(policy)) or status >= 500:
            wrong.append(f"{policy.method} {policy.path}: {status}")
    assert wrong == []


def test_a_member_meets_nothing_of_another_member(online: World) -> None:
    """Not even that it is there: the answers are those for what does not exist."""
    one, other = members(online, 2)
    (order_id,) = ordered(online, announced(online))
    key = online.key("member", other)
    assert one != other
    wrong: list[str] = []
    for policy in GUARDED:
        if of_roles(policy) == {Role.MEMBER} and "{order_id}" in policy.path:
            path = policy.path.replace("{order_id}", order_id)
            there = online.call(policy.method, path, key)
            absent = online.call(policy.method, path.replace(order_id, NOBODY), key)
            if there.status_code != 404 or there.json()["code"] != absent.json()["code"]:
                wrong.append(f"{policy.method} {policy.path}: {there.status_code}")
    assert wrong == []
