"""Erasing a person: what is removed, what waits, what stays, and that it can be killed and repeated."""

from typing import Any

import psycopg
import pytest
import requests

from harrystix.adapters.vault.erasures import Erasures
from harrystix.application.handlers import approvals, erasing, ordering, orders
from harrystix.application.ports import Member
from harrystix.application.processes import approved
from harrystix.application.processes.capture import capture_due
from harrystix.application.processes.erasing import erase_due
from harrystix.domain.approval import SamePerson
from harrystix.domain.erasure import Erasure
from harrystix.domain.errors import IllegalTransition, NotFound
from harrystix.domain.ids import erasure_id, pre_order_id
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from tests import money
from tests.world import World


def asked(here: World, member: str, actor: str = "staff:desk") -> str:
    return approvals.ask(
        here.context, here.context.by(actor), kind="erasure", subject=member, reason="asked for"
    )


def again(here: World) -> None:
    """Whatever was put off is due now."""
    here.follow()
    here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")


def carried_out(here: World) -> int:
    here.follow()
    approved.carry_out(here.context)
    done = 0
    for _ in range(4):
        again(here)
        done += erase_due(here.context)
    here.settle()
    return done


def erased(here: World, member: str) -> dict[str, Any]:
    approvals.grant(here.context, here.context.by("staff:owner"), asked(here, member))
    assert carried_out(here) == 1
    return here.system.store.get(Erasure, erasure_id(member)).certificate


def served(here: World, count: int = 2) -> tuple[list[str], list[str]]:
    """(members, pre-orders): paid and mailed, with Stripe customers."""
    event = here.event()
    here.paid(event, count)
    here.committed(here.file(event, count))
    here.settle()
    members = here.context.members.find_or_add([Member(f"m{n}@uni.example", "") for n in range(count)])
    for number, member in enumerate(members):
        here.context.customers.keep(
            member, str(here.at_stripe("POST", "customers", name=f"M {number}")["id"])
        )
    return members, [str(pre_order_id(str(event.id), member)) for member in members]


def test_everything_that_tells_who_it_was_is_gone_and_the_others_are_untouched(here: World) -> None:
    (gone, stays), (order_id, other_order) = served(here)
    customer = here.context.customers.find(gone)
    here.context.people.sessions.open("member", gone, "a phone", here.context.clock.now())
    ticket = here.system.store.get(PreOrder, order_id).ticket_id
    certificate = erased(here, gone)

    rows = here.system.database.all
    assert here.context.members.reveal([gone]) == {}
    assert here.context.members.find("m0@uni.example") is None
    assert here.context.tickets.reveal([ticket]) == {}
    assert rows("SELECT 1 FROM reporting.tickets WHERE id = %s", (ticket,)) == []
    assert rows("SELECT 1 FROM reporting.ticket_assignments WHERE pre_order_id = %s", (order_id,)) == []
    assert rows("SELECT 1 FROM reporting.member_orders WHERE id = %s", (order_id,)) == []
    assert rows("SELECT status, member_id::text FROM reporting.pre_orders WHERE id = %s", (order_id,)) == [
        ("erased", "00000000-0000-0000-0000-000000000000")
    ]
    assert rows("SELECT 1 FROM app.sessions") == []
    assert here.at_stripe("GET", f"customers/{customer}")["deleted"]
    mails = [mail["Recipients"] for mail in here.mails()]
    assert ["m0@uni.example"] not in mails and ["m1@uni.example"] in mails
    assert certificate["orders"] == 1
    assert certificate["removed"]["vault.members"] == 1 and certificate["removed"]["vault.tickets"] == 1
    assert set(certificate["providers"]) == {"stripe", "postmark"}
    assert "vault.members" in certificate["vacuumed"] and len(certificate["remains"]) >= 3

    assert here.context.members.reveal([stays])[stays].email == "m1@uni.example"
    assert here.system.store.get(PreOrder, other_order).status is Status.FULFILLED
    assert here.broken() == []


def test_two_people_have_to_want_it(here: World) -> None:
    (member, _), _ = served(here)
    approval = asked(here, member, "staff:owner")
    with pytest.raises(SamePerson):
        approvals.grant(here.context, here.context.by("staff:owner"), approval)
    assert carried_out(here) == 0
    assert member in here.context.members.reveal([member])


def test_what_was_denied_stays_denied(here: World) -> None:
    (member, _), _ = served(here)
    approval = asked(here, member)
    approvals.deny(here.context, here.context.by("staff:owner"), approval, "a fraud case is open")
    with pytest.raises(IllegalTransition):
        approvals.grant(here.context, here.context.by("staff:owner"), approval)
    assert carried_out(here) == 0


def test_a_person_who_is_not_there_cannot_be_erased(here: World) -> None:
    for nobody in ("00000000-0000-4000-8000-000000000000", "no id"):
        with pytest.raises(NotFound):
            erasing.member_known(here.context, nobody)


def test_who_has_paid_and_waits_gets_the_money_back(here: World) -> None:
    (order_id,) = money.paid(here)
    member = money.get(here, order_id).member_id
    erased(here, member)
    money.refunded(here)
    order = money.get(here, order_id)
    assert order.status is Status.ERASED
    assert [refund[2] for refund in order.refunds.values()] == ["succeeded"]
    # The mail about it would have had nobody to go to.
    assert here.mails() == []
    assert here.broken() == []


def test_it_waits_while_money_is_on_its_way_or_in_dispute(here: World) -> None:
    (order_id,) = money.ordered(here, money.announced(here))
    order = money.get(here, order_id)
    order.request_capture(here.context.by("system:capture"), "run-1")
    here.system.store.commit(order)
    approvals.grant(here.context, here.context.by("staff:owner"), asked(here, order.member_id))
    assert carried_out(here) == 0
    assert money.get(here, order_id).status is Status.PROCESSING
    again(here)
    capture_due(here.context, here.context.payments)
    assert carried_out(here) == 1
    money.refunded(here)
    assert money.get(here, order_id).status is Status.ERASED
    assert here.broken() == []


def test_a_mail_that_is_due_is_not_sent_any_more(here: World) -> None:
    event = here.event()
    here.paid(event, 1)
    here.committed(here.file(event, 1))
    here.settle_until_mail()
    member = str(here.context.members.find("m0@uni.example"))
    erased(here, member)
    assert here.mails() == []
    assert here.broken() == []


def test_a_pre_order_that_waits_leaves_the_queue_and_the_next_one_is_served(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.settle()
    erased(here, str(here.context.members.find("m0@uni.example")))
    here.committed(here.file(event, 1))
    here.settle()
    assert [mail["Recipients"] for mail in here.mails()] == [["m1@uni.example"]]
    assert here.broken() == []


def test_a_killed_erasure_goes_on_and_its_certificate_counts_everything(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (member, _), _ = served(here)
    approvals.grant(here.context, here.context.by("staff:owner"), asked(here, member))
    here.follow()
    approved.carry_out(here.context)

    class Killed(BaseException):
        pass

    def killed(*_: Any) -> Any:
        raise Killed

    for step in ("enter", "shut_out", "orders", "remove", "vacuum", "counted"):
        again(here)
        with monkeypatch.context() as patch:
            patch.setattr(Erasures, step, killed)
            with pytest.raises(Killed):
                for _ in range(3):
                    erase_due(here.context)
                    again(here)
    assert carried_out(here) == 1
    certificate = here.system.store.get(Erasure, erasure_id(member)).certificate
    assert certificate["removed"]["vault.members"] == 1 and certificate["orders"] == 1
    assert here.broken() == []


def test_somebody_who_still_looks_holds_the_sweep_up(here: World) -> None:
    (member, _), _ = served(here)
    approvals.grant(here.context, here.context.by("staff:owner"), asked(here, member))
    with psycopg.connect(here.system.settings.database_url) as looking:
        looking.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        looking.execute("SELECT count(*) FROM vault.members")
        assert carried_out(here) == 0
    assert carried_out(here) == 1


def test_who_comes_again_afterwards_is_somebody_else(here: World) -> None:
    (member, _), (order_id, _) = served(here)
    erased(here, member)
    (new,) = here.context.members.find_or_add([Member("m0@uni.example", "")])
    assert new != member
    event_id = money.get(here, order_id).event_id
    with pytest.raises(NotFound):
        ordering.own(here.context, new, order_id)
    assert pre_order_id(event_id, new) != pre_order_id(event_id, member)


def test_nothing_can_be_done_with_an_erased_pre_order(here: World) -> None:
    (member, _), (order_id, _) = served(here)
    erased(here, member)
    by = here.context.by("staff:desk")
    assert orders.resend(here.context, by, [order_id]).done == []
    with pytest.raises(IllegalTransition):
        orders.disclose(here.context, by, order_id, role="support", purpose="a try")


def test_the_ledger_outside_the_database_names_the_random_number_only(here: World) -> None:
    (member, _), _ = served(here)
    erased(here, member)
    text = here.system.settings.ledger_path.read_text()
    assert member in text and "uni.example" not in text
    assert here.context.erasures.listed() == [member]


def test_a_certificate_says_when_the_mail_provider_could_not_be_asked(here: World) -> None:
    from harrystix.adapters.postmark.removals import PostmarkRemovals

    object.__setattr__(here.context, "removals", PostmarkRemovals("", here.sandbox, "a@b.example", 5))
    (member, _), _ = served(here)
    assert erased(here, member)["providers"]["postmark"].startswith("not asked")


def test_a_provider_that_is_away_is_asked_again(here: World) -> None:
    (member, _), _ = served(here)
    approvals.grant(here.context, here.context.by("staff:owner"), asked(here, member))
    here.stripe_fault(requests={"error_before": 100})
    assert carried_out(here) == 0
    here.stripe_fault(requests={"error_before": 0})
    assert carried_out(here) == 1
    assert requests.get(f"{here.sandbox}sandbox/count", timeout=5).json() == {"accepted": 1}
