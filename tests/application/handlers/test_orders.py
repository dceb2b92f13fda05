"""Imports: one payment pays one pre-order, and each row's outcome is told."""

import pytest

from harrystix.application.handlers import approvals, imports, ordering
from harrystix.domain.approval import SamePerson
from harrystix.domain.errors import InvalidValue
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from tests.application.processes.test_bulk_refunds import later
from tests.money import announced, get, ordered
from tests.world import World

HEAD = "Event,Variant,Member,Email,Paid at,Payment intent"
AT = "2026-11-17T19:00:00Z"


def content(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows]).encode()


def imported(here: World, *rows: str) -> imports.ImportReport:
    return imports.import_orders(here.context, here.context.by("staff:test"), content(*rows))


def codes(report: imports.ImportReport) -> list[tuple[int, str]]:
    return [(problem.row, problem.code) for problem in report.problems]


def test_one_payment_pays_one_pre_order_in_a_file_and_over_files(here: World) -> None:
    here.event()
    first = imported(
        here,
        f"NEON,,M 1,m1@uni.example,{AT},pi_one",
        f"NEON,,M 2,m2@uni.example,{AT},pi_one",
        f"NEON,,M 3,m3@uni.example,{AT},pi_three",
    )
    assert (first.imported, codes(first)) == (2, [(3, "payment_used")])
    second = imported(here, f"NEON,,M 4,m4@uni.example,{AT},pi_three")
    assert (second.imported, codes(second)) == (0, [(2, "payment_used")])
    here.settle()
    assert here.broken() == []


@pytest.mark.parametrize("intent", ["\u4e00" * 1000, "pi one", "x" * 101])
def test_a_payment_intent_that_no_table_can_hold_never_enters_the_log(here: World, intent: str) -> None:
    here.event()
    report = imported(here, f"NEON,,M 1,m1@uni.example,{AT},{intent}")
    assert (report.imported, codes(report)[0][1]) == (0, "bad_payment_intent")


def test_each_row_over_an_existing_pre_order_says_what_came_of_it(here: World) -> None:
    event_id = announced(here, variants=[])
    ids = ordered(here, event_id, 3)
    ordering.cancel(here.context, here.context.by("member"), ids[1])
    charging = get(here, ids[2])
    charging.request_capture(here.context.by("system:capture"), "run")
    here.system.store.commit(charging)
    here.follow()
    report = imported(here, *(f"NEON,,M {n},m{n}@uni.example,{AT},pi_{n}" for n in range(3)))
    assert (report.imported, report.confirmed) == (0, 1)
    assert codes(report) == [(3, "not_possible"), (4, "not_possible")]
    assert [order.status for order in here.system.store.get_many(PreOrder, ids).values()] == [
        Status.CONFIRMED,
        Status.CANCELLED,
        Status.PROCESSING,
    ]


def test_a_file_that_contradicts_what_the_member_ordered_changes_nothing(here: World) -> None:
    event = here.event(variants=("Early", "Late"))
    early = event.variants[0]["id"]
    (order_id,) = ordered(here, str(event.id), 1, variant=early)
    report = imported(here, f"NEON,Late,M 0,m0@uni.example,{AT},pi_0")
    assert codes(report) == [(2, "contradicts")]
    assert get(here, order_id).status is Status.PLACED


def test_with_a_live_account_a_payment_that_the_provider_does_not_know_pays_nothing(here: World) -> None:
    here.event()
    here.context.payments.live = True
    real = here.charged("")
    report = imported(
        here, f"NEON,,M 1,m1@uni.example,{AT},pi_made_up", f"NEON,,M 2,m2@uni.example,{AT},{real}"
    )
    assert (report.imported, codes(report)) == (1, [(2, "payment_unknown")])


def agreed(here: World, data: bytes) -> str:
    asked = imports.ask_second(
        here.context, here.context.by("staff:kim"), data, "utf-8", "paid in cash at the bar"
    )
    approvals.grant(here.context, here.context.by("staff:lee"), asked)
    return asked


def test_what_was_paid_elsewhere_waits_until_somebody_else_has_agreed_to_that_very_file(here: World) -> None:
    here.event()
    here.context.payments.live = True
    data = content(f"NEON,,M 1,m1@uni.example,{AT},cash-1")
    asked = imports.ask_second(
        here.context, here.context.by("staff:kim"), data, "utf-8", "paid in cash at the bar"
    )
    with pytest.raises(imports.NotAgreed):
        imports.require_agreed(here.context, asked, data)
    with pytest.raises(SamePerson):
        approvals.grant(here.context, here.context.by("staff:kim"), asked)
    approvals.grant(here.context, here.context.by("staff:lee"), asked)
    imports.require_agreed(here.context, asked, data)
    with pytest.raises(imports.NotAgreed):
        imports.require_agreed(here.context, asked, data + b"\n")
    report = imports.import_orders(here.context, here.context.by("staff:kim"), data, elsewhere=True)
    assert (report.imported, report.problems) == (1, [])


def test_what_was_agreed_to_lapses(here: World) -> None:
    here.event()
    data = content(f"NEON,,M 1,m1@uni.example,{AT},cash-1")
    asked = agreed(here, data)
    later(here, 3.1)
    with pytest.raises(imports.NotAgreed):
        imports.require_agreed(here.context, asked, data)


def test_nobody_is_asked_to_agree_to_a_file_of_which_no_row_can_be_read(here: World) -> None:
    with pytest.raises(InvalidValue):
        imports.ask_second(here.context, here.context.by("staff:kim"), content("x"), "utf-8", "why")
