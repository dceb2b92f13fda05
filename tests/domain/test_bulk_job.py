"""A job over many pre-orders: each is settled once, and it ends, or is stopped."""

from uuid import uuid4

import pytest

from harrystix.domain import bulk_job_events as facts
from harrystix.domain.bulk_job import MOST, BulkJob
from harrystix.domain.errors import IllegalTransition, InvalidValue
from tests.domain.given import by

IDS = [str(uuid4()) for _ in range(1200)]


def job(kind: str = "resend", *, waits: bool = False, reason: str = "a gate was closed") -> BulkJob:
    return BulkJob.order(by(), uuid4(), kind=kind, order_ids=IDS, reason=reason, waits=waits)


def kinds(made: BulkJob) -> list[type]:
    return [type(event) for event in made.collect_events()]


def test_what_is_chosen_is_written_down_in_lists_of_500_each_id_once() -> None:
    made = BulkJob.order(by(), uuid4(), kind="used", order_ids=[*IDS, *IDS])
    assert made.total == 1200 and list(made.left) == IDS
    chosen = [event for event in made.collect_events() if isinstance(event, facts.Chosen)]
    assert [len(event.order_ids) for event in chosen] == [500, 500, 200]


def test_an_item_is_settled_once_and_the_last_one_ends_the_job() -> None:
    made = job()
    made.settle(by(), IDS[:1100], {IDS[1100]: "It is used."})
    made.settle(by(), IDS[:1100], {IDS[1100]: "It is used.", str(uuid4()): "Not one of these."})
    assert (made.done, len(made.refused), len(made.left), made.state) == (1100, 1, 99, "running")
    made.settle(by(), IDS[1101:], {})
    assert made.state == "finished"
    assert kinds(made)[-3:] == [facts.ItemsSettled, facts.ItemsSettled, facts.Finished]


def test_a_job_that_waits_for_a_second_person_does_nothing_before() -> None:
    made = job(waits=True)
    made.settle(by(), IDS[:1], {})
    assert made.state == "waiting" and len(made.left) == 1200
    made.release(by())
    made.release(by())
    made.settle(by(), IDS[:1], {})
    assert made.state == "running" and len(made.left) == 1199


def test_what_is_done_when_a_job_is_stopped_stays_done_and_nothing_more_is() -> None:
    made = job()
    made.settle(by(), IDS[:10], {})
    made.stop(by(), "the wrong list")
    made.stop(by(), "the wrong list")
    made.settle(by(), IDS[10:], {})
    assert (made.done, len(made.left), made.state) == (10, 1190, "stopped")
    with pytest.raises(IllegalTransition):
        made.release(by())
    finished = job()
    finished.settle(by(), IDS, {})
    with pytest.raises(IllegalTransition):
        finished.stop(by(), "too late")


@pytest.mark.parametrize("kind", ["refund", "hold", "release"])
def test_what_somebody_will_ask_about_later_needs_a_reason(kind: str) -> None:
    with pytest.raises(InvalidValue, match="reason"):
        job(kind, reason=" ")


def test_a_job_is_of_a_known_kind_and_of_a_size_that_can_be_meant() -> None:
    with pytest.raises(InvalidValue, match="one of resend"):
        job("delete")
    for ids in ([], [str(number) for number in range(MOST + 1)]):
        with pytest.raises(InvalidValue, match="Between 1 and"):
            BulkJob.order(by(), uuid4(), kind="used", order_ids=ids)
