"""Erasing a person while requests, mails and the power have their own ideas."""

from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from harrystix.adapters.eventstore.roles import APP, MAINTAIN_SINCE, login
from harrystix.adapters.postgres.database import Database
from harrystix.adapters.vault.erasures import Erasures
from harrystix.application.erasure_ports import MayNotSweep
from harrystix.application.handlers import approvals, ordering
from harrystix.application.handlers import money as handlers_money
from harrystix.application.processes.mailing import send_due
from harrystix.application.processes.refunding import refund_due
from harrystix.domain.errors import NotFound
from tests import money
from tests.application.processes.test_erasing import again, asked, carried_out, erased, served
from tests.world import World


def test_a_request_that_was_under_way_is_found_and_removed_as_well(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (member,) = money.members(here, 1)
    customers = here.context.customers
    approvals.grant(here.context, here.context.by("staff:owner"), asked(here, member))
    removed = Erasures.remove
    late: list[str] = []

    def meanwhile(self: Erasures, member_id: str) -> None:
        if not late:
            late.append(str(here.at_stripe("POST", "customers", name="late")["id"]))
            assert customers.keep(member_id, late[0]) == late[0]
        removed(self, member_id)

    monkeypatch.setattr(Erasures, "remove", meanwhile)
    assert carried_out(here) == 1
    assert customers.find(member) is None and late
    found = here.at_stripe("GET", f"customers/{late[0]}")
    assert found.get("deleted") or found["error"]["code"] == "resource_missing", (late, found)


def test_whose_pages_are_erased_is_nobody_even_with_an_open_session(here: World) -> None:
    (member, _), _ = served(here)
    erased(here, member)
    now = here.context.clock.now()
    _, token = here.context.people.sessions.open("member", member, "a browser", now)
    assert here.context.people.sessions.find(token, now) is None


def test_a_notice_that_is_due_is_not_sent_any_more(here: World) -> None:
    (order_id,) = money.paid(here)
    order = money.get(here, order_id)
    asked_back = here.context.by("staff:desk")
    handlers_money.request_refund(here.context, asked_back, order_id, reason="r", amount_minor=100)
    again(here)
    refund_due(here.context)
    here.follow()
    assert money.get(here, order_id).notices
    erased(here, order.member_id)
    send_due(here.context)
    assert [mail["Subject"] for mail in here.mails() if "refund" in str(mail["Subject"]).lower()] == []
    money.refunded(here)
    assert here.broken() == []


def test_a_login_that_may_not_sweep_finishes_nothing(here: World) -> None:
    (member, _), _ = served(here)
    url = here.system.settings.database_url
    with psycopg.connect(url, autocommit=True) as connection:
        name = f"sweeper_{uuid4().hex[:8]}"
        login(connection, name, "a password", APP)
        if connection.info.server_version >= MAINTAIN_SINCE:
            connection.execute("REVOKE MAINTAIN ON vault.members FROM harrystix_app")
    weak = Database(make_conninfo(url, user=name, password="a password"))
    try:
        erasures = Erasures(weak, here.context.erasures._keys, here.system.settings.ledger_path)
        with pytest.raises(MayNotSweep, match=r"vault\.members"):
            erasures.vacuum()
        object.__setattr__(here.context, "erasures", erasures)
        approvals.grant(here.context, here.context.by("staff:owner"), asked(here, member))
        assert carried_out(here) == 0
    finally:
        weak.close()


def test_a_line_that_was_being_written_when_the_power_went_breaks_nothing(here: World) -> None:
    (member, other), _ = served(here)
    erasures, path = here.context.erasures, here.system.settings.ledger_path
    erasures.enter(member)
    with path.open("ab") as file:
        file.write(b'{"at": "2026-')
    assert erasures.listed() == [member]
    erasures.enter(other)
    assert erasures.listed() == [member, other]


def test_a_customer_that_is_made_after_the_erasure_does_not_stay(here: World) -> None:
    (order_id,) = money.ordered(here, money.announced(here))
    order = money.get(here, order_id)
    erased(here, order.member_id)
    before = here.at_stripe("GET", "customers")["data"]
    with pytest.raises(NotFound):
        ordering.start_card(here.context, here.context.by("member:gone"), order, "http://a/", "http://a/")
    assert here.context.customers.find(order.member_id) is None
    assert here.at_stripe("GET", "customers")["data"] == before
