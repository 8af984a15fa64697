"""Who runs a business: invites, roles, handing over, leaving."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.people.paging import turn_page
from admin.people.roles import ROLES, find_role, read_invited
from admin.people.telling import describe_people_news
from admin.session import TEXT_WITH_BUTTONS
from admin.texts import load_catalogue, write
from core.changes import SetMode
from core.desk_changes import OpenInvite, RemoveMember
from core.events import DeskClosed, OwnerNotice
from core.messages import BUTTON_ID_BYTES, Button, SendText
from tests.admin.desk_world import World, decisions, texts
from tests.admin.people_world import LANGUAGES, add_bots, card, labels, press, roles, speaks_for, trio

# Looking


async def test_everybody_sees_who_is_here_and_only_owners_get_their_cards(world: World) -> None:
    tenant, omar, mia, vera = await trio(world)
    for seat in (omar, mia, vera):
        outcome = await seat.write("/people")
        assert tenant.profile.name in seat.last
        assert all(name in seat.last for name in ("Omar", "Mia", "Vera"))
        assert "(you)" in seat.last
        assert ("Mia" in labels(outcome)) == (seat is omar)
        assert "Leave" in labels(outcome)


@pytest.mark.parametrize("name", ["Mia", "Vera"])
async def test_who_is_no_owner_is_refused_every_owners_button(world: World, name: str) -> None:
    tenant, _, *others = await trio(world)
    seat = next(each for each in others if each.sender.name == name)
    target = (await tenant.reader.members())[0]
    code_before = await tenant.reader.members()
    for data in (
        "ppl:invite", "ppl:new:owner", "ppl:open:0", "ppl:revoke:1", f"ppl:show:{target.member_id}",
        f"ppl:remove:{target.member_id}:owner", f"ppl:yes:remove:{target.member_id}:owner",
        f"ppl:yes:hand:{target.member_id}:owner", f"ppl:viewer:{target.member_id}:owner",
    ):  # fmt: skip
        outcome = await seat.tap(data)
        assert texts(outcome) == [write("owner_only", "en")], data
        assert not (outcome.changes or outcome.events or outcome.audit)
    assert texts(await seat.write("/invite owner")) == [write("owner_only", "en")]
    assert await tenant.reader.members() == code_before


@pytest.mark.parametrize(
    "data", ["ppl:", "ppl:x", "ppl:yes", "ppl:yes:remove:1", "ppl:go:x", "ppl:new:king", "ppl:list:"]
)
async def test_forged_buttons_do_nothing(world: World, data: str) -> None:
    tenant = await world.open_tenant()
    omar = await tenant.join("Omar")
    outcome = await omar.tap(data)
    assert texts(outcome) == [write("card_invalid", "en")]
    assert not outcome.changes


async def test_a_member_of_another_business_is_not_found(world: World) -> None:
    stranger = await (await world.open_tenant("Elsewhere")).join("Eve")
    eve = (await stranger.tenant.reader.members())[0]
    omar = await (await world.open_tenant()).join("Omar")
    for data in (f"ppl:show:{eve.member_id}", f"ppl:yes:remove:{eve.member_id}:owner"):
        outcome = await omar.tap(data)
        assert "no longer belongs" in omar.last
        assert not outcome.changes


# Inviting


@pytest.mark.parametrize(
    ("argument", "role", "name"),
    [("manager", "manager", ""), ("Ana as manager", "manager", "Ana"),
     ("Ana María como responsable", "manager", "Ana María"),
     ("Анну как менеджера", "manager", "Анну"), ("Jo als Beobachterin", "viewer", "Jo"), ("OWNER", "owner", ""),
     ("Léa en tant que propriétaire", "owner", "Léa"), ("Rui como gerente", "manager", "Rui"), ("", None, ""),
     ("Donna", None, "Donna"), ("as", None, "as")],
)  # fmt: skip
def test_invites_are_understood_in_all_languages(argument: str, role: str | None, name: str) -> None:
    invited = read_invited(argument)
    assert (invited.role, invited.name) == (role, name)


@given(st.text())
def test_reading_an_invite_never_raises_and_a_name_is_short(argument: str) -> None:
    invited = read_invited(argument)
    assert invited.role in (None, *ROLES) and len(invited.name) <= 60 and "\0" not in invited.name
    assert find_role(argument) in (None, argument)


async def test_an_invite_is_a_link_for_each_admin_bot_and_works_once(world: World) -> None:
    await add_bots(world, [("telegram", "steward_bot"), ("whatsapp", "4930123")])
    tenant = await world.open_tenant()
    omar = await tenant.join("Omar")
    outcome = await omar.write("/invite Ana as manager")
    intro, words = texts(outcome)
    assert "Ana" in intro and "manager" in intro
    (invite,) = [change for change in outcome.changes if isinstance(change, OpenInvite)]
    assert f"https://t.me/steward\\_bot?start=inv\\_{invite.code}" in words
    assert f"https://wa.me/4930123?text=inv\\_{invite.code}" in words
    assert timedelta(days=6, hours=23) < invite.expires_at - datetime.now(UTC) <= timedelta(days=7)
    assert [note.action for note in outcome.audit] == ["invite.opened"]
    assert invite.code not in repr(outcome.audit)
    ana = tenant.seat("Ana")
    await ana.write(f"/start inv_{invite.code}")
    assert (await roles(tenant))["Ana"] == "manager"
    assert "Ana has joined" in omar.last
    eve = tenant.seat("Eve")
    await eve.write(f"inv_{invite.code}")
    assert eve.last == write("invite_closed", "en")


async def test_without_a_handle_the_code_is_said(world: World) -> None:
    await add_bots(world, [("telegram", ""), ("whatsapp", "")])
    omar = await (await world.open_tenant()).join("Omar")
    outcome = await press(omar, await omar.write("/invite Ana"), "Manager")
    (invite,) = [change for change in outcome.changes if isinstance(change, OpenInvite)]
    assert invite.invitee == "Ana"
    assert f"send `inv_{invite.code}` to Steward" in omar.last


async def test_a_double_tap_makes_one_invite(world: World) -> None:
    omar = await (await world.open_tenant()).join("Omar")
    outcome = await omar.take(omar.tapping("ppl:new:viewer"), omar.tapping("ppl:new:viewer"))
    assert len([change for change in outcome.changes if isinstance(change, OpenInvite)]) == 1


async def test_open_invites_are_listed_and_revoked(world: World) -> None:
    tenant = await world.open_tenant()
    omar = await tenant.join("Omar")
    ana, bob = await omar.write("/invite Ana as viewer"), await omar.write("/invite owner")
    code = next(change.code for change in ana.changes if isinstance(change, OpenInvite))
    listed = await omar.tap("ppl:open:0")
    assert "1. viewer, Ana, made by Omar" in omar.last and "2. owner, made by Omar" in omar.last
    assert code not in omar.last
    outcome = await press(omar, listed, "Revoke 1")
    assert [note.action for note in outcome.audit] == ["invite.revoked"]
    seat = tenant.seat("Ana")
    await seat.write(f"/start inv_{code}")
    assert seat.last == write("invite_closed", "en")
    await press(omar, listed, "Revoke 1")
    assert omar.last == write("people_invite_gone", "en")
    assert next(change.code for change in bob.changes if isinstance(change, OpenInvite)) not in omar.last


async def test_an_invite_that_expired_is_neither_listed_nor_let_in(world: World) -> None:
    tenant = await world.open_tenant()
    omar = await tenant.join("Omar")
    code = await tenant.invite("manager", lives=timedelta(seconds=-1))
    await omar.tap("ppl:open:0")
    assert "no open invites" in omar.last
    eve = tenant.seat("Eve")
    await eve.write(f"inv_{code}")
    assert eve.last == write("invite_closed", "en")


async def test_an_invite_that_would_take_rights_away_is_kept(world: World) -> None:
    tenant, _, mia, _ = await trio(world)
    for role in ("viewer", "manager"):
        code = await tenant.invite(role)
        outcome = await mia.write(f"/start inv_{code}")
        assert not outcome.changes and "left this invite open" in mia.last
        assert await tenant.reader.invite_open(code)


@pytest.mark.parametrize("role", ROLES)
async def test_the_welcome_says_what_that_role_can_do(world: World, role: str) -> None:
    tenant = await world.open_tenant()
    seat = await tenant.join("Ana", role)  # type: ignore[arg-type]
    assert seat.last == write(f"people_welcome_{role}", "en", tenant=tenant.profile.name)
    assert seat.last.count("\n") <= 2 and "/start" in seat.last


# Roles


async def test_an_owner_gives_another_role_and_the_person_is_told(world: World) -> None:
    tenant, omar, mia, vera = await trio(world)
    outcome = await press(omar, await card(omar, "Vera"), "Make manager")
    assert (await roles(tenant))["Vera"] == "manager"
    assert "Omar has given you a new role: manager" in vera.last
    assert "Vera has a new role: manager" in mia.last
    assert [note.action for note in outcome.audit] == ["member.role"]


async def test_making_an_owner_asks_first(world: World) -> None:
    tenant, omar, _, _ = await trio(world)
    asked = await press(omar, await card(omar, "Mia"), "Make owner")
    assert (await roles(tenant))["Mia"] == "manager"
    await press(omar, asked, "No")
    assert (await roles(tenant))["Mia"] == "manager"
    await press(omar, asked, "Yes")
    assert (await roles(tenant))["Mia"] == "owner"


async def test_handing_over_makes_one_owner_of_the_other(world: World) -> None:
    tenant, omar, _, _ = await trio(world)
    asked = await press(omar, await card(omar, "Mia"), "Hand over")
    outcome = await press(omar, asked, "Yes")
    assert await roles(tenant) == {"Omar": "manager", "Mia": "owner", "Vera": "viewer"}
    assert [note.action for note in outcome.audit] == ["member.role", "business.handed_over"]
    await press(omar, asked, "Yes")  # tapped again
    assert omar.last == write("owner_only", "en")
    assert await roles(tenant) == {"Omar": "manager", "Mia": "owner", "Vera": "viewer"}


async def test_a_card_of_before_changes_nobody(world: World) -> None:
    _, omar, _, _ = await trio(world)
    old = await card(omar, "Vera")
    await press(omar, old, "Make manager")
    outcome = await press(omar, old, "Make manager")
    assert not outcome.changes
    assert write("people_changed", "en") in texts(outcome)


async def test_two_owners_who_demote_each_other_at_once_leave_one(world: World) -> None:
    """Both turns are decided before either is finished."""
    tenant = await world.open_tenant()
    omar, olga = await tenant.join("Omar"), await tenant.join("Olga")
    ids = {member.name: member.member_id for member in await tenant.reader.members()}
    first = await omar.decide(omar.turn(omar.tapping(f"ppl:manager:{ids['Olga']}:owner")))
    second = await olga.decide(olga.turn(olga.tapping(f"ppl:manager:{ids['Omar']}:owner")))
    assert first.changes and second.changes
    assert [await omar.finish(first), await olga.finish(second)] == [True, False]
    assert await roles(tenant) == {"Omar": "owner", "Olga": "manager"}
    again = await olga.tap(f"ppl:manager:{ids['Omar']}:owner")
    assert texts(again) == [write("owner_only", "en")]


async def test_two_owners_in_two_transactions_at_once_leave_one(world: World) -> None:
    for _ in range(5):
        tenant = await world.open_tenant()
        omar, olga = await tenant.join("Omar"), await tenant.join("Olga")
        ids = {member.name: member.member_id for member in await tenant.reader.members()}
        taps = [(omar, f"ppl:yes:remove:{ids['Olga']}:owner"), (olga, f"ppl:yes:remove:{ids['Omar']}:owner")]
        decided = [(seat, await seat.decide(seat.turn(seat.tapping(data)))) for seat, data in taps]
        done = await asyncio.gather(*(seat.finish(outcome) for seat, outcome in decided))
        assert sorted(done) == [False, True]
        assert list((await roles(tenant)).values()) == ["owner"]


async def test_two_owners_who_do_the_same_at_once_do_it_once(world: World) -> None:
    tenant = await world.open_tenant()
    omar, olga, mia = await tenant.join("Omar"), await tenant.join("Olga"), await tenant.join("Mia", "manager")
    (mine,) = [member.member_id for member in await tenant.reader.members() if member.name == mia.sender.name]
    outcomes = [await each.decide(each.turn(each.tapping(f"ppl:yes:remove:{mine}:manager"))) for each in (omar, olga)]
    assert await omar.finish(outcomes[0]) and not await olga.finish(outcomes[1])
    await olga.tap(f"ppl:yes:remove:{mine}:manager")
    assert "no longer belongs" in olga.last


@pytest.mark.parametrize("step", ["remove", "viewer"])
async def test_what_was_begun_with_a_role_is_not_written_without_it(world: World, step: str) -> None:
    """A turn may wait for a model while its member is removed."""
    tenant, omar, mia, _ = await trio(world)
    approval, stream = await tenant.escalate()
    late = await mia.decide(mia.turn(mia.tapping(f"esc:take_over:{approval}")))
    (mine,) = [member for member in await tenant.reader.members() if member.name == "Mia"]
    await omar.tap(f"ppl:{'yes:remove' if step == 'remove' else step}:{mine.member_id}:manager")
    assert late.changes and not await mia.finish(late)
    assert await tenant.mode(stream) == ("bot", None)


async def test_a_double_tap_is_one_change(world: World) -> None:
    tenant, omar, _, _ = await trio(world)
    vera = next(member for member in await tenant.reader.members() if member.name == "Vera")
    tap = omar.tapping(f"ppl:yes:remove:{vera.member_id}:viewer")
    outcome = await omar.take(tap, tap)
    assert len([change for change in outcome.changes if isinstance(change, RemoveMember)]) == 1


# Leaving


async def test_the_last_owner_can_neither_leave_nor_be_demoted(world: World) -> None:
    tenant, omar, _, _ = await trio(world)
    me = (await tenant.reader.members())[0].member_id
    for outcome in (
        await omar.write("/leave"),
        await omar.tap("ppl:yes:leave"),
        await omar.tap(f"ppl:viewer:{me}:owner"),
        await omar.tap(f"ppl:yes:remove:{me}:owner"),
    ):
        assert not outcome.changes
        assert "only owner" in omar.last
    assert (await roles(tenant))["Omar"] == "owner"


async def test_whoever_leaves_is_forgotten_and_the_others_are_told(world: World) -> None:
    tenant, omar, mia, _ = await trio(world)
    approval, stream = await tenant.escalate()
    await mia.tap(f"esc:take_over:{approval}")
    outcome = await press(mia, await mia.write("/leave"), "Yes")
    assert "Mia" not in await roles(tenant)
    assert await tenant.mode(stream) == ("bot", None)
    assert [decision.decision for decision in decisions(outcome)] == ["release"]
    (goodbye,) = texts(outcome)
    assert "You have left" in goodbye and "Conversations that went back to the bot: 1" in goodbye
    assert any("Mia has left" in message.text for message in omar.seen if isinstance(message, SendText))
    assert await speaks_for(world, mia) is None
    await mia.write("/inbox")
    assert mia.last == write("stranger", "en")


async def test_whoever_is_removed_hears_so_kindly_and_what_they_had_in_hand_goes_back(world: World) -> None:
    tenant, omar, mia, vera = await trio(world)
    held, stream = await tenant.escalate()
    begun, _ = await tenant.escalate("Tom")
    await mia.tap(f"esc:take_over:{held}")
    await mia.tap(f"esc:answer:{begun}")
    assert mia.state["relays"] and mia.state["answering"]
    outcome = await press(omar, await press(omar, await card(omar, "Mia"), "Remove"), "Yes")
    assert await tenant.mode(stream) == ("bot", None)
    assert (await tenant.find(held)).status == "release"
    assert "went back to the bot: 1" in texts(outcome)[-1]
    told = [message.text for message in vera.seen if isinstance(message, SendText)]
    assert any("Mia no longer belongs here (Omar decided)" in text for text in told)
    assert "member.removed" in [note.action for note in outcome.audit]
    (closed,) = [event for event in outcome.events if isinstance(event.event, DeskClosed)]
    assert closed.stream_id == mia.desk
    await mia.take(closed.event)
    assert "You no longer belong to" in mia.last and "Omar" in mia.last
    assert not mia.state["relays"] and not mia.state["answering"]
    await mia.write("a word that was meant for Tom")
    assert mia.last == write("stranger", "en")
    assert (await tenant.find(begun)).status == "pending"


async def test_what_was_taken_over_in_the_last_moment_goes_back_when_the_desk_closes(world: World) -> None:
    tenant, omar, mia, _ = await trio(world)
    approval, stream = await tenant.escalate()
    late = await mia.decide(mia.turn(mia.tapping(f"esc:take_over:{approval}")))
    (mine,) = [member for member in await tenant.reader.members() if member.name == "Mia"]
    removal = await omar.tap(f"ppl:yes:remove:{mine.member_id}:manager")
    assert await mia.finish(replace(late, seat=None))  # as if the seat had been looked at just before it went
    assert (await tenant.mode(stream))[0] == "human"
    (closed,) = [event.event for event in removal.events if isinstance(event.event, DeskClosed)]
    await mia.take(closed)
    assert await tenant.mode(stream) == ("bot", None)


# How it looks


@given(st.integers(0, 60), st.integers(-3, 99), st.integers(1, 9))
def test_every_item_is_on_one_page(count: int, page: int, size: int) -> None:
    items = list(range(count))
    shown = turn_page(items, page, size, "x")
    assert shown.items == tuple(items[shown.first - 1 : shown.first - 1 + size])
    assert bool(shown.items) == bool(items)
    every = [each for n in range(count) for each in turn_page(items, n, size, "x").items if n * size < count]
    assert every == items


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_screen_fits_the_channel_that_allows_least(world: World, language: str) -> None:
    tenant = await world.open_tenant("Ж" * 60, language=language)
    omar = await tenant.join("Омар" * 20, language=language)
    for number in range(12):
        await tenant.join(f"Person *{number}* " * 9, "viewer" if number % 2 else "manager", language=language)
    for _ in range(9):
        await omar.write("/invite " + "Ана " * 30 + "viewer")
    people = await tenant.reader.members()
    me, other = people[0].member_id, people[1].member_id
    for data in (
        "ppl:list:0", "ppl:list:1", "ppl:list:2", "ppl:invite", "ppl:open:0", "ppl:open:1", "ppl:leave",
        f"ppl:show:{me}", f"ppl:show:{other}", f"ppl:owner:{other}:manager", f"ppl:hand:{other}:manager",
        f"ppl:remove:{other}:manager", "ppl:show:1", "ppl:go:1", "ppl:no",
    ):  # fmt: skip
        await omar.tap(data)
    shown = [message for message in omar.seen if isinstance(message, SendText) and message.buttons]
    assert len(shown) > 12
    for message in shown:
        row: list[Button] = [button for row in message.buttons for button in row]
        assert len(message.text) <= TEXT_WITH_BUTTONS, message.text
        assert len(row) <= 10
        assert len({button.label for button in row}) == len(row) or "list" in row[0].id or "show" in row[0].id
        assert all(0 < len(button.label) <= 20 and len(button.id.encode()) <= BUTTON_ID_BYTES - 20 for button in row)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", ["joined", "left", "removed", "role", "yours"])
def test_the_news_are_told_in_every_language(language: str, what: str) -> None:
    told = describe_people_news({"what": what, "name": "A*a", "role": "owner", "by": "B_b", "freed": 2}, language)
    assert "…" not in told and "2" in told and ("A\\*a" in told or "B\\_b" in told)
    assert f"cmd_{'people'}" in load_catalogue().keys


async def test_news_that_cannot_be_read_still_say_something(world: World) -> None:
    omar = await (await world.open_tenant()).join("Omar")
    await omar.take(OwnerNotice(notice="people_news", fields={"what": "?"}))
    assert write("people_news_unreadable", "en") in omar.last


async def test_taken_over_conversations_are_freed_by_a_change_of_mode(world: World) -> None:
    tenant, omar, mia, _ = await trio(world)
    approval, stream = await tenant.escalate()
    await mia.tap(f"esc:take_over:{approval}")
    (mine,) = [member for member in await tenant.reader.members() if member.name == "Mia"]
    outcome = await omar.tap(f"ppl:yes:remove:{mine.member_id}:manager")
    assert SetMode(stream_id=stream, mode="bot", holder=None) in outcome.changes
