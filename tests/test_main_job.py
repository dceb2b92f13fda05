"""The main job from file to mailbox, on real parts, step by step."""

import threading

import pytest

from harrystix.application.handlers import erasing, events, orders, uploads
from harrystix.application.processes.allocation import allocate
from harrystix.domain.errors import Conflict, IllegalTransition, InvalidValue
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.upload import Upload
from harrystix.domain.values import FallbackRule
from harrystix.projections.assignments import queries as assignments
from harrystix.projections.overview import queries as overview
from tests.world import World


def test_a_file_of_tickets_becomes_assigned_and_mailed_tickets_first_come_first_served(here: World) -> None:
    event = here.event(variants=("Early", "Late"))
    here.paid(event, 30, "Early", "e")
    here.paid(event, 10, "Late", "l")
    here.committed(here.file(event, 20, "Early"))
    here.settle()
    numbers = overview.totals(here.system.database)
    assert (numbers.orders, numbers.assigned, numbers.waiting, numbers.mailed) == (40, 20, 20, 20)
    served = {mail["Recipients"][0] for mail in here.mails()}
    assert served == {f"e{n}@uni.example" for n in range(20)}
    assert here.broken() == []


def test_a_payment_after_the_upload_is_served_at_once(here: World) -> None:
    event = here.event()
    here.committed(here.file(event, 3))
    here.settle()
    assert overview.totals(here.system.database).unmatched == 3
    here.paid(event, 1)
    here.settle()
    assert len(here.mails()) == 1
    assert here.broken() == []


def test_committing_twice_adds_nothing(here: World) -> None:
    event = here.event()
    upload = here.committed(here.file(event, 5))
    again = uploads.commit(here.context, here.context.by("staff:other"), str(upload.id))
    assert again.version == upload.version
    assert here.broken() == []


def test_twenty_commits_at_once_add_the_tickets_once(here: World) -> None:
    event = here.event()
    upload = here.received(here.file(event, 50))
    failures: list[Exception] = []

    def commit() -> None:
        try:
            uploads.commit(here.context, here.context.by("staff:test"), str(upload.id))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=commit) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    here.settle()
    assert failures == []
    assert overview.totals(here.system.database).tickets == 50
    assert here.broken() == []


def test_two_admins_committing_overlapping_files_at_once_add_each_ticket_once(here: World) -> None:
    event = here.event()
    both = [here.received(here.file(event, 60)), here.received(here.file(event, 60, start=30))]
    threads = [
        threading.Thread(
            target=uploads.commit, args=(here.context, here.context.by(f"staff:{n}"), str(upload.id))
        )
        for n, upload in enumerate(both)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    here.settle()
    assert overview.totals(here.system.database).tickets == 90
    assert here.broken() == []


def test_one_login_in_two_spellings_is_one_ticket_and_is_mailed_as_it_was_uploaded(here: World) -> None:
    event = here.event()
    here.paid(event, 3)
    one = "Event,Variant,Email,Password\nNeon Night,,Box7@t.example,caf\u00e9\nNeon Night,,box7@t.example,cafe\u0301"
    upload = here.received(one.encode())
    assert [p.code for p in uploads.assess(here.context, upload).duplicates] == ["duplicate_in_file"]
    uploads.commit(here.context, here.context.by("staff:test"), str(upload.id))
    again = here.received(
        "Event,Variant,Email,Password\nNeon Night,,BOX7@T.example,caf\u00e9".encode(), "b.csv"
    )
    assert [p.code for p in uploads.assess(here.context, again).duplicates] == ["duplicate_in_stock"]
    here.settle()
    assert len(here.mails()) == 1
    rows = here.system.database.all("SELECT ticket_id::text FROM vault.tickets WHERE state = 'stock'")
    assert here.context.tickets.reveal([rows[0][0]])[rows[0][0]] == ("Box7@t.example", "caf\u00e9")


def test_what_an_erased_member_has_seen_is_no_new_ticket(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    file = here.file(event, 1)
    here.committed(file)
    here.settle()
    (holder,) = here.system.database.all("SELECT pre_order_id::text FROM reporting.ticket_assignments")
    erasing.erase_order(here.context, here.context.by("staff:test"), holder[0])
    again = here.received(file, "again.csv")
    assert [p.code for p in uploads.assess(here.context, again).duplicates] == ["duplicate_in_stock"]


def test_the_same_ticket_in_an_earlier_upload_is_a_duplicate(here: World) -> None:
    event = here.event()
    here.committed(here.file(event, 10))
    found = uploads.assess(here.context, here.received(here.file(event, 12)))
    assert (len(found.accepted), len(found.duplicates)) == (2, 10)
    assert {problem.code for problem in found.duplicates} == {"duplicate_in_stock"}


def test_a_withdrawn_upload_recalls_what_was_not_mailed_and_leaves_the_rest(here: World) -> None:
    event = here.event()
    here.paid(event, 8)
    upload = here.committed(here.file(event, 5))
    here.settle()
    more = here.committed(here.file(event, 3, start=100))
    here.follow()
    allocate(here.context, str(event.id))
    back = uploads.withdraw(here.context, here.context.by("staff:test"), str(more.id), "wrong file")
    left = uploads.withdraw(here.context, here.context.by("staff:test"), str(upload.id), "wrong too")
    assert (back.state, left.state) == ("withdrawn", "withdrawn")
    here.settle()
    assert len(here.mails()) == 5
    numbers = overview.totals(here.system.database)
    assert (numbers.tickets, numbers.assigned, numbers.waiting) == (5, 5, 3)
    assert here.broken() == []


def test_a_withdrawn_ticket_may_come_again_and_goes_to_the_original_place(here: World) -> None:
    event = here.event()
    here.paid(event, 2, prefix="first")
    upload = here.committed(here.file(event, 1))
    here.follow()
    allocate(here.context, str(event.id))
    uploads.withdraw(here.context, here.context.by("staff:test"), str(upload.id), "typo")
    here.paid(event, 1, prefix="later")
    here.committed(here.file(event, 1))
    here.settle()
    assert [mail["Recipients"][0] for mail in here.mails()] == ["first0@uni.example"]
    assert here.broken() == []


def test_withdrawing_needs_a_reason(here: World) -> None:
    upload = here.committed(here.file(here.event(), 1))
    with pytest.raises(InvalidValue):
        uploads.withdraw(here.context, here.context.by("staff:test"), str(upload.id), " ")


def test_a_recall_that_comes_too_late_is_refused(here: World) -> None:
    event = here.event()
    here.paid(event, 1)
    here.committed(here.file(event, 1))
    here.settle()
    order = assignments.page(here.system.database, assignments.Filters(), 10)[0]
    live = here.system.store.get(PreOrder, order.pre_order_id)
    with pytest.raises(Conflict):
        here.system.store.commit(together=[here.context.ledger.recall([live.current_intent])])


def test_a_discarded_upload_cannot_be_committed(here: World) -> None:
    upload = here.received(here.file(here.event(), 2))
    uploads.discard(here.context, here.context.by("staff:test"), str(upload.id))
    assert here.context.tickets.staged(str(upload.id)) == []
    with pytest.raises(IllegalTransition):
        uploads.commit(here.context, here.context.by("staff:test"), str(upload.id))


def test_a_confirmed_correction_is_remembered_with_its_event(here: World) -> None:
    event = here.event(variants=("Entry 9-9:30pm",))
    upload = here.received(here.file(event, 3, "Entry nine"))
    found = uploads.assess(here.context, upload)
    assert (len(found.accepted), found.malformed_rows) == (0, 3)
    wanted = event.variants[0]["id"]
    uploads.correct(
        here.context,
        here.context.by("staff:test"),
        str(upload.id),
        events={},
        variants={str(event.id): {"Entry nine": wanted}},
    )
    again = here.system.store.get(Upload, upload.id)
    assert len(uploads.assess(here.context, again).accepted) == 3
    other = here.received(here.file(event, 2, "Entry nine", start=50))
    assert len(uploads.assess(here.context, other).accepted) == 2


def test_a_changed_fallback_rule_is_adopted_and_tried(here: World) -> None:
    event = here.event(variants=("Early", "Late"))
    here.paid(event, 4, "Early")
    here.committed(here.file(event, 4, "Late"))
    here.settle()
    assert here.mails() == []
    events.change(
        here.context, here.context.by("staff:test"), str(event.id), fallback=FallbackRule.ANY_VARIANT
    )
    here.settle()
    assert len(here.mails()) == 4
    assert here.broken() == []


def test_an_import_repeated_changes_nothing(here: World) -> None:
    event = here.event()
    first, second = here.paid(event, 5), here.paid(event, 5)
    assert (first.imported, second.imported, second.known) == (5, 0, 5)


def test_a_resend_is_a_new_mail_and_a_double_click_is_not(here: World) -> None:
    event = here.event()
    here.paid(event, 1)
    here.committed(here.file(event, 1))
    here.settle()
    order = assignments.page(here.system.database, assignments.Filters(), 10)[0].pre_order_id
    for _ in range(3):
        orders.resend(here.context, here.context.by("staff:test"), [order])
    here.settle()
    assert len(here.mails()) == 2
    assert here.broken() == []


def test_a_used_ticket_is_used_in_pool_and_pre_order(here: World) -> None:
    event = here.event()
    here.paid(event, 1)
    here.committed(here.file(event, 1))
    here.settle()
    order = assignments.page(here.system.database, assignments.Filters(), 10)[0].pre_order_id
    assert orders.mark_used(here.context, here.context.by("staff:test"), [order]).done == [order]
    here.follow()
    assert assignments.page(here.system.database, assignments.Filters(), 10)[0].status == "used"
    assert here.broken() == []


def test_eight_allocators_without_any_lock_give_a_fair_result(here: World) -> None:
    event = here.event(variants=("Early", "Late"))
    here.paid(event, 600, "Early", "e")
    here.paid(event, 600, "", "n")
    here.committed(here.file(event, 1100, "Early"))
    here.follow()
    object.__setattr__(here.context, "lock", _Everybody())
    threads = [threading.Thread(target=allocate, args=(here.context, str(event.id))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    here.settle()
    assert overview.totals(here.system.database).assigned == 1100
    assert here.broken() == []


class _Everybody:
    def acquire(self, name: str, wait_seconds: float = 0) -> str:
        return "yes"

    def release(self, name: str, token: str) -> bool:
        return False
