"""Open cases at a desk: where each stands, and what a member wants of it."""

from datetime import UTC, datetime

import pytest

from admin.session import TEXT_WITH_BUTTONS
from admin.texts import load_catalogue
from agents.cases.kinds import KINDS
from core.changes import SaveCase
from core.events import CaseOrder
from core.ids import INTERNAL, StreamId
from core.messages import BUTTON_ID_BYTES, EditCard, SendText
from tests.admin.actions_world import ROOM_FOR_TENANT, ids
from tests.admin.desk_world import Seat, Tenant, World, buttons, texts

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
DEADLINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def ticket(
    step: str = "open", reference: str = "T-1001", title: str = "Seal is broken", *, closed: bool = False
) -> SaveCase:
    return SaveCase(kind="ticket", reference=reference, title=title, step=step, deadline=DEADLINE, closed=closed)


async def desks(world: World) -> tuple[Tenant, Seat, Seat, Seat]:
    tenant = await world.open_tenant()
    return tenant, await tenant.join("Ana"), await tenant.join("Cem", "manager"), await tenant.join("Vera", "viewer")


def button(order: str, stream: StreamId, reference: str = "T-1001") -> str:
    return f"case:{order}:{stream.hex[:8]}:{reference}"


async def test_open_cases_are_shown_with_what_can_be_wanted_of_them(world: World) -> None:
    tenant, ana, cem, vera = await desks(world)
    opened = await tenant.open_case(ticket())
    late = await tenant.open_case(SaveCase(kind="shipment", reference="TR-9", title="TR-9", step="late"))
    await tenant.open_case(ticket("done", "T-1000", closed=True))
    for seat in (ana, cem):
        outcome = await seat.write("/cases")
        first, second = texts(outcome)
        assert first.startswith("**T-1001** · Ticket · Bakery Lindenhof\nSeal is broken\nOpen, since ")
        assert first.endswith("Due: Dec 1, 2026, 10:00")
        assert second.startswith("**TR-9** · Shipment · Bakery Lindenhof\nTR-9\nLate, since ")
        assert ids(buttons(outcome)) == [button(order, opened) for order in ("start", "done", "cancel")]
    outcome = await vera.write("/cases")
    assert len(outcome.messages) == 2
    assert buttons(outcome) == []
    assert late != opened


async def test_nothing_open_and_too_much(world: World) -> None:
    tenant, ana, *_ = await desks(world)
    assert texts(await ana.write("/cases")) == ["Bakery Lindenhof · No case is open. Well done!"]
    for number in range(9):
        await tenant.open_case(ticket(reference=f"T-{number}"))
    outcome = await ana.write("/cases")
    assert len(outcome.messages) == 9
    assert "There are more." in ana.last


@pytest.mark.parametrize("order", ["start", "done", "cancel"])
async def test_an_order_goes_to_the_case_once(world: World, order: str) -> None:
    tenant, ana, cem, _ = await desks(world)
    stream = await tenant.open_case(ticket())
    await cem.write("/cases")
    tap = cem.tapping(button(order, stream))
    outcome = await cem.take(tap, tap)
    event = outcome.events[0]
    assert (event.tenant_id, event.stream_id, event.stream_kind) == (tenant.id, stream, "case")
    assert (event.account_id, event.chat) == (INTERNAL, "")
    assert event.event == CaseOrder(order=order, by="member", name="Cem")  # type: ignore[arg-type]
    again = await ana.tap(button(order, stream))
    assert {each.external_id for each in (*outcome.events, *again.events)} == {event.external_id}
    assert len(outcome.events) == 1
    assert [note.action for note in outcome.audit] == [f"case.{order}"]
    edit = outcome.messages[0]
    assert isinstance(edit, EditCard)
    assert edit.buttons == ()
    await tenant.open_case(ticket("in_progress"))
    if order != "start":
        later = await ana.tap(button(order, stream))
        assert later.events[0].external_id != event.external_id


async def test_orders_that_do_not_fit_the_step_are_told_where_it_stands(world: World) -> None:
    tenant, ana, *_ = await desks(world)
    stream = await tenant.open_case(ticket("in_progress"))
    assert ids(buttons(await ana.write("/cases"))) == [button("done", stream), button("cancel", stream)]
    outcome = await ana.tap(button("start", stream))
    assert texts(outcome) == ["That does not fit **T-1001** any more: it stands at “In progress”."]
    await tenant.open_case(ticket("done", closed=True))
    for order in ("start", "done", "cancel"):
        assert not (await ana.tap(button(order, stream))).events


async def test_one_case_by_its_reference_also_a_closed_one(world: World) -> None:
    tenant, ana, *_ = await desks(world)
    await tenant.open_case(ticket("done", closed=True))
    outcome = await ana.write("/case t-1001")
    assert "Done, since" in ana.last
    assert "Due" not in ana.last
    assert buttons(outcome) == []
    for words, says in (("/case", "Which one?"), ("/case T-9", "I know no case T-9."), ("/case \0", "Which one?"),
                        ("/case " + "x" * 99, "I know no"), ("/case T-1001\0", "T-1001")):  # fmt: skip
        assert says in texts(await ana.write(words))[0]


async def test_a_viewer_and_another_tenant_order_nothing(world: World) -> None:
    tenant, ana, _, vera = await desks(world)
    stream = await tenant.open_case(ticket())
    outcome = await vera.tap(button("done", stream))
    assert not outcome.events
    assert "deciding is for managers" in vera.last
    other = await world.open_tenant()
    theirs = await other.open_case(ticket(reference="T-2002"))
    mine_alike = await other.open_case(ticket())
    for forged in (button("done", theirs, "T-2002"), button("done", mine_alike), button("done", stream, "T-2"),
                   button("note", stream), "case:", "case:done", "case:done:zzzzzzzz:T-1001",
                   f"case:done:{stream.hex[:8]}:\x00", f"case:done:{stream.hex[:8]}:" + "x" * 60):  # fmt: skip
        outcome = await ana.tap(forged)
        assert texts(outcome) == ["This card is no longer valid."]
        assert not (outcome.events or outcome.changes)
    assert texts(await ana.write("/case T-2002")) == ["I know no case T-2002. /cases lists what is open."]


def test_every_kind_and_step_has_a_word() -> None:
    keys = load_catalogue().keys
    for kind in KINDS.values():
        assert f"kind_{kind.name}" in keys
        for step in kind.views:
            assert {f"step_{kind.name}_{step}", f"step_{kind.name}"} & keys, (kind.name, step)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_card_fits_in_every_language(world: World, language: str) -> None:
    tenant = await world.open_tenant("B*" * 100, language)
    ana = await tenant.join("Ana", language=language)
    hostile = "*very_long [text](with) `marks`* " * 100
    streams = [
        await tenant.open_case(ticket(reference=reference, title=hostile))
        for reference in ("T-1001", "*" * 64, "Ж" * 30, "R" * 22)
    ]
    await tenant.open_case(SaveCase(kind="odd_kind", reference="O-1", title="", step="odd_step", attempts=3))
    await ana.write("/cases")
    assert "odd step" in ana.last
    await ana.tap(button("done", streams[0]))
    await ana.write(f"/case {hostile}")
    for card in ana.seen:
        assert isinstance(card, SendText | EditCard)
        assert "{" not in card.text
        assert len(card.text) <= TEXT_WITH_BUTTONS
        for row in card.buttons:
            assert len(row) <= 3
            for shown in row:
                assert 0 < len(shown.label) <= 20
                assert len(shown.id.encode()) <= BUTTON_ID_BYTES - ROOM_FOR_TENANT
