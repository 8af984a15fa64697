"""Getting a seat: by an open invite, once; and what people without one see."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admin.joining import find_code
from admin.texts import load_catalogue, write
from core.changes import RedeemInvite
from core.events import (
    CustomerRelayed,
    EscalationOpened,
    MessageEdited,
    OwnerNotice,
    ReactionReceived,
)
from core.ids import AccountId
from tests.admin.desk_world import NOW, World, texts

COMMANDS = ["/start", "/help", "/status", "/budget", "/budget 50", "/inbox", "/release", "/cancel", "hello", ""]


@pytest.mark.parametrize("form", ["/start inv_{}", "inv_{}", " Inv_{} ", "/start@steward_bot inv_{}"])
async def test_an_open_code_gives_a_seat_and_says_what_to_do_next(world: World, form: str) -> None:
    tenant = await world.open_tenant("Bäckerei *Linde*")
    seat = tenant.seat("Ana")
    outcome = await seat.write(form.format(await tenant.invite("manager")))
    assert "Bäckerei \\*Linde\\*" in seat.last
    assert "/start" in seat.last
    (member,) = await tenant.reader.members()
    assert (member.name, member.role, member.chat, member.desk) == ("Ana", "manager", seat.chat, seat.desk)
    assert [note.action for note in outcome.audit] == ["member.joined"]
    await seat.write("/status")
    assert "Waiting questions: 0" in seat.last


async def test_a_code_works_once(world: World) -> None:
    tenant = await world.open_tenant()
    code = await tenant.invite("owner")
    first, second = tenant.seat("Ana"), tenant.seat("Bob")
    await first.write(f"/start inv_{code}")
    outcome = await second.write(f"/start inv_{code}")
    assert outcome.changes == ()
    assert second.last == write("invite_closed", "en")
    assert tenant.profile.name not in second.last
    await first.write(f"/start inv_{code}")
    assert "already belong" in first.last


async def test_two_who_redeem_the_same_code_at_once_are_not_both_let_in(world: World) -> None:
    tenant = await world.open_tenant()
    code = await tenant.invite("owner")
    seats = [tenant.seat("Ana"), tenant.seat("Bob")]
    await asyncio.gather(*(seat.write(f"inv_{code}") for seat in seats))
    assert len(await tenant.reader.members()) == 1
    assert sorted("Welcome" in seat.last for seat in seats) == [False, True]


async def test_an_owner_who_tries_a_colleagues_link_keeps_role_and_link(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana", "owner")
    code = await tenant.invite("viewer")
    outcome = await ana.write(f"/start inv_{code}")
    assert outcome.changes == ()
    assert await tenant.reader.invite_open(code)
    assert (await tenant.reader.members())[0].role == "owner"


async def test_a_viewer_becomes_manager_by_a_new_invite(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana", "viewer")
    await ana.write(f"/start inv_{await tenant.invite('manager')}")
    assert [member.role for member in await tenant.reader.members()] == ["manager"]


async def test_a_burst_of_join_and_command_joins_once_and_asks_for_the_rest_again(world: World) -> None:
    tenant = await world.open_tenant()
    seat = tenant.seat("Ana")
    start = f"/start inv_{await tenant.invite('owner')}"
    outcome = await seat.take(seat.message(start), seat.message(start), seat.message("/status"))
    assert len([change for change in outcome.changes if isinstance(change, RedeemInvite)]) == 1
    assert texts(outcome)[1:] == [write("send_again", "en")]


async def test_strangers_see_nothing_of_a_tenant(world: World) -> None:
    tenant = await world.open_tenant("Secret Bakery", language="de")
    owner = await tenant.join("Ana")
    approval, stream = await tenant.escalate("Maya", "Secret question")
    stranger = tenant.seat("Eve", language="fr")
    told = set[str]()
    for text in COMMANDS:
        told.update(texts(await stranger.write(text)))
    for data in (f"esc:take_over:{approval}", "sug:send:1", "junk"):
        told.update(texts(await stranger.tap(data)))
    assert told == {write("stranger", "fr")}
    await stranger.take(
        EscalationOpened(
            approval_id=approval, stream_id=stream, contact_name="Maya", channel="telegram", question="q", reason="r"
        ),
        CustomerRelayed(
            stream_id=stream, contact_name="Maya", channel="telegram", text="secret", from_account=AccountId(7)
        ),
        OwnerNotice(notice="dead_letter", fields={"stream": "s"}),
        MessageEdited(message_id="m", sender=stranger.sender, at=NOW, text="/status"),
        ReactionReceived(message_id="m", sender=stranger.sender, at=NOW, emoji="x"),
    )
    assert {message.text for message in stranger.seen if hasattr(message, "text")} == told  # type: ignore[union-attr]
    assert (await tenant.reader.approval(approval)).status == "pending"  # type: ignore[union-attr]
    assert owner.seen


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(), st.builds("/{} {}".format, st.text(max_size=12), st.text(max_size=40))))
async def test_whatever_a_stranger_writes_gets_one_of_two_sentences(world: World, text: str) -> None:
    tenant = await world.open_tenant("Secret Bakery")
    outcome = await tenant.seat("Eve").write(text)
    assert texts(outcome) in ([write("stranger", "en")], [write("invite_closed", "en")])
    assert not (outcome.changes or outcome.events or outcome.to_desks or outcome.audit or outcome.state)


@given(st.text())
def test_finding_a_code_never_raises_and_finds_codes_only(text: str) -> None:
    code = find_code(text)
    assert code is None or f"inv_{code}" in text.lower()


def test_strangers_are_answered_in_every_language() -> None:
    catalogue = load_catalogue()
    assert len({catalogue.text("stranger", language) for language in catalogue.languages}) == 6
