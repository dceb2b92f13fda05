"""Who has a mailbox: by one form, also where an earlier release has filed somebody by another."""

import orjson
import pytest

from harrystix.adapters.vault.key_file import LiveKeys
from harrystix.adapters.vault.members import place_of
from harrystix.application.handlers import staff
from harrystix.application.ports import Member
from tests.world import World

SHARP, PLAIN = "x1@stra\u00dfe.example", "x1@strasse.example"


def filed_by_an_earlier_release(here: World, member_id: str, email: str, form: str) -> str:
    keys = LiveKeys(here.system.settings.keys_path)
    wrapped, sealed = keys.seal(orjson.dumps([email, "Old"]), place_of(member_id))
    here.system.database.execute(
        "INSERT INTO vault.members (member_id, email_index, wrapped_key, sealed) VALUES (%s, %b, %b, %b)",
        (member_id, keys.index("member-email", form), wrapped, sealed),
    )
    return member_id


def an_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def troubles(here: World) -> list[tuple[str, str]]:
    rows = here.system.database.all(
        "SELECT member_id::text, trouble FROM vault.members WHERE trouble IS NOT NULL ORDER BY 1"
    )
    return [(str(member), str(trouble)) for member, trouble in rows]


def test_two_hosts_that_look_alike_are_two_members(here: World) -> None:
    first, second = here.context.members.find_or_add([Member(SHARP, "One"), Member(PLAIN, "Two")])
    assert first != second
    stored = here.context.members.reveal([first])
    assert stored[first].email == "x1@xn--strae-oqa.example"
    assert here.context.members.find("X1@XN--STRAE-OQA.example.") == first


@pytest.mark.parametrize("asked", [SHARP, PLAIN])
def test_who_was_filed_by_an_older_form_is_found_by_the_present_one_only(here: World, asked: str) -> None:
    old = filed_by_an_earlier_release(here, an_id(1), SHARP, PLAIN)
    assert here.context.members.find(asked) == (old if asked == SHARP else None)
    (other,) = here.context.members.find_or_add([Member(PLAIN, "Two")])
    assert other != old
    assert here.context.members.find(SHARP) == old
    assert here.context.members.reveal([old])[old].email == "x1@xn--strae-oqa.example"
    assert troubles(here) == []


def test_a_dot_at_the_end_is_no_other_mailbox(here: World) -> None:
    old = filed_by_an_earlier_release(here, an_id(1), "Ada@uni.example.", "ada@uni.example.")
    assert here.context.members.find("ada@uni.example") == old
    assert here.context.members.find_or_add([Member("ADA@uni.example", "Ada")]) == [old]


@pytest.mark.parametrize("asked", [True, False])
def test_two_that_become_one_are_a_finding_and_never_merged(here: World, asked: bool) -> None:
    one = filed_by_an_earlier_release(here, an_id(1), "ada@uni.example", "ada@uni.example")
    two = filed_by_an_earlier_release(here, an_id(2), "ada@uni.example.", "ada@uni.example.")
    if asked:
        assert here.context.members.find("ada@uni.example.") == one
    else:
        assert here.context.members.make_canonical() == 2
        assert here.context.members.make_canonical() == 0
    assert troubles(here) == [(two, "doubled")]
    assert sorted(here.context.members.reveal([one, two])) == [one, two]
    assert [line for line in here.broken() if "address" in line] == [
        f"I6: 1 people whose address is another one's too, or none: doubled {two}"
    ]


def test_who_stands_where_another_belongs_makes_room_first(here: World) -> None:
    dotted = filed_by_an_earlier_release(here, an_id(1), f"{PLAIN}.", f"{PLAIN}.")
    sharp = filed_by_an_earlier_release(here, an_id(2), SHARP, PLAIN)
    here.context.members.make_canonical()
    assert (here.context.members.find(PLAIN), here.context.members.find(SHARP)) == (dotted, sharp)
    assert troubles(here) == []


def test_an_address_that_is_none_any_more_is_a_finding(here: World) -> None:
    old = filed_by_an_earlier_release(here, an_id(1), "mailto:w7@uni.example", "mailto:w7@uni.example")
    here.context.members.make_canonical()
    assert troubles(here) == [(old, "invalid")]
    here.system.database.execute("DELETE FROM vault.members")


def test_staff_are_found_in_the_same_way(here: World) -> None:
    by = here.context.by("system:test")
    made, _ = staff.create(
        here.context, by, email="Kim@staff.example.", name="Kim", role="admin", password="a long night out"
    )
    assert here.context.people.staff.find("KIM@staff.example") == made
    assert here.context.people.staff.make_canonical() == 0
