"""One chat, several businesses: which it speaks for, and changing that."""

from admin.cards import name_business
from admin.people.paging import turn_page
from admin.people.roles import name_role
from admin.session import DeskTurn
from admin.texts import quote, shorten
from core.desk_changes import SwitchDesk
from core.events import DeskOpened, NewEvent
from core.ids import INTERNAL, TenantId, desk_id
from core.messages import Button
from core.office.people import SeatView

_PAGE = 8
_LABEL, _NAME = 20, 60


async def show_seats(desk: DeskTurn, page: int = 0) -> None:
    seats = await _read_seats(desk)
    if len(seats) < 2:
        desk.say("people_only_here", tenant=name_business(desk))
        return
    shown = turn_page(seats, page, _PAGE, "ppl:seats")
    here = desk.turn.tenant.tenant_id
    lines = [desk.write("people_seats_title")]
    rows: list[tuple[Button, ...]] = []
    for seat in shown.items:
        key = "people_seat_here" if seat.tenant_id == here else "people_seat"
        lines.append(desk.write(key, name=quote(seat.name, _NAME), role=name_role(desk, seat.role)))
        if seat.tenant_id != here:
            label = shorten(seat.name, _LABEL) or str(seat.tenant_id)
            rows.append((Button(id=f"ppl:go:{seat.tenant_id}", label=label),))
    if shown.arrows:
        rows.append(shown.arrows)
    desk.send_rows("\n".join(lines), rows)


async def switch_to(desk: DeskTurn, tenant: int, seq: int) -> None:
    """The other business's desk greets; here nothing that was begun waits any more. `seq` is the tap's place."""
    seat = next((each for each in await _read_seats(desk) if each.tenant_id == tenant), None)
    if seat is None:
        desk.say("people_no_seat", desk.button("people_button_seats", "ppl:seats:0"))
        return
    if seat.tenant_id == desk.turn.tenant.tenant_id:
        desk.say("people_already_here", tenant=name_business(desk))
        return
    desk.state = desk.state.expecting()
    desk.change(SwitchDesk(tenant_id=seat.tenant_id))
    desk.tell(
        NewEvent(
            tenant_id=seat.tenant_id,
            stream_id=desk_id(TenantId(seat.tenant_id), desk.turn.account_id, desk.turn.chat),
            stream_kind="desk",
            account_id=INTERNAL,
            external_id=f"switched:{desk.turn.stream_id.hex}:{seq}",
            chat=desk.turn.chat,
            event=DeskOpened(why="switched"),
        )
    )


async def _read_seats(desk: DeskTurn) -> tuple[SeatView, ...]:
    return await desk.office.people.seats(desk.turn.account_id, desk.turn.chat)
