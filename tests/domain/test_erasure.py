from harrystix.domain.erasure import REMAINS, Erasure
from harrystix.domain.ids import erasure_id
from tests.domain.given import Given, by, names

MEMBER = "22222222-2222-4222-8222-222222222222"


def ordered() -> Erasure:
    return Erasure.order(by(), MEMBER, origin="approval", approval_id="a")


def completed() -> Erasure:
    erasure = ordered()
    erasure.complete(
        by(), orders=1, removed={"vault.members": 1}, providers={"stripe": "deleted"}, vacuumed=["t"]
    )
    return erasure


def test_one_a_member() -> None:
    assert ordered().id == erasure_id(MEMBER)


def test_it_ends_with_a_certificate_that_says_what_remains_and_why() -> None:
    facts = Given(ordered()).when(
        lambda e: e.complete(by(), orders=2, removed={"t": 3}, providers={}, vacuumed=[])
    )
    assert names(facts) == ["Completed"]
    assert all(set(line) == {"what", "why", "until"} for line in REMAINS)
    assert completed().certificate["removed"] == {"vault.members": 1}


def test_completing_again_stays_quiet() -> None:
    again = Given(completed()).when(
        lambda e: e.complete(by(), orders=0, removed={}, providers={}, vacuumed=[])
    )
    assert again == []


def test_after_a_restore_it_is_ordered_again() -> None:
    assert names(Given(completed()).when(lambda e: e.order_again(by(), "restore"))) == ["OrderedAgain"]


def test_while_it_is_under_way_ordering_again_stays_quiet() -> None:
    assert Given(ordered()).when(lambda e: e.order_again(by(), "restore")) == []
