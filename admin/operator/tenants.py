"""All businesses in figures, and a card for each. Never a word of anybody's messages."""

from admin.cards import name_channel
from admin.operator.health import describe_waiting
from admin.people.paging import turn_page
from admin.session import DeskTurn
from admin.texts import quote, shorten
from core.ids import TenantId
from core.messages import Button
from core.office.operator import OperatorReader, TenantCard, TenantLine
from core.office.settings import AccountView
from core.texts import write_moment, write_money
from core.turns import Member

_PAGE = 8
_LABEL, _NAME, _TROUBLE = 20, 40, 80
_BOTS_SHOWN, _OWNERS_SHOWN = 6, 4


async def show_tenants(desk: DeskTurn, office: OperatorReader, page: int = 0) -> None:
    found = await office.tenants(page * _PAGE, _PAGE)
    if not found.lines and page:
        page = 0
        found = await office.tenants(0, _PAGE)
    if not found.lines:
        desk.say("op_no_tenants")
        return
    lines = [desk.write("op_tenants_title", count=found.total), *(_describe_line(desk, each) for each in found.lines)]
    rows = [(name_button(each),) for each in found.lines]
    arrows = turn_page(range(found.total), page, _PAGE, "op:list").arrows
    desk.send_rows("\n".join(lines), [*rows, arrows] if arrows else rows)


async def show_tenant(desk: DeskTurn, member: Member, office: OperatorReader, tenant: TenantId) -> None:
    card = await office.tenant(tenant)
    if card is None:
        desk.say("op_gone", desk.button("op_button_list", "op:list:0"))
        return
    rows = [(button,) for button in _card_buttons(desk, member, card.line)]
    desk.send_rows(describe_card(desk, card), rows)


def describe_card(desk: DeskTurn, card: TenantCard) -> str:
    line = card.line
    owners = ", ".join(quote(name, _NAME) for name in card.owners[:_OWNERS_SHOWN]) or desk.write("op_no_owners")
    parts = [
        desk.write("op_card", name=quote(line.name, _NAME), slug=line.slug, state=_name_state(desk, line)),
        desk.write("op_card_people", owners=owners),
        desk.write("op_card_figures", messages=line.messages_today, waiting=line.waiting),
        desk.write("op_card_money", spent=_describe_spend(desk, line)),
        *(_describe_bot(desk, account) for account in card.accounts[:_BOTS_SHOWN]),
        desk.write("op_card_queue", queued=describe_waiting(desk, card.queued, card.queued_since)),
    ]
    if card.dead_letters and card.last_error_at is not None:
        at = write_moment(card.last_error_at, desk.language, desk.turn.tenant.time_zone)
        error = quote(card.last_error, _TROUBLE)
        parts.append(desk.write("op_card_dead", count=card.dead_letters, error=error, at=at))
    return "\n".join(parts)


def name_button(line: TenantLine) -> Button:
    return Button(id=f"op:show:{line.tenant_id}", label=shorten(line.name, _LABEL) or line.slug[:_LABEL])


def _describe_line(desk: DeskTurn, line: TenantLine) -> str:
    text = desk.write(
        "op_line",
        name=quote(line.name, _NAME),
        messages=line.messages_today,
        waiting=line.waiting,
        spent=write_money(line.spent, desk.language),
    )
    marks = [_name_state(desk, line)] if line.suspended else []
    if line.troubled:
        marks.append(desk.write("op_troubled", count=line.troubled))
    return f"{text} · {' · '.join(marks)}" if marks else text


def _name_state(desk: DeskTurn, line: TenantLine) -> str:
    return desk.write("op_deleting" if line.deleting else "op_suspended" if line.suspended else "op_running")


def _describe_spend(desk: DeskTurn, line: TenantLine) -> str:
    spent = write_money(line.spent, desk.language)
    if line.limit is None:
        return desk.write("op_spent", spent=spent)
    return desk.write("op_spent_of", spent=spent, limit=write_money(line.limit, desk.language))


def _describe_bot(desk: DeskTurn, account: AccountView) -> str:
    name = quote(account.name, _NAME) or account.external_id
    if account.status == "active":
        return desk.write("op_bot", channel=name_channel(account.channel), name=name)
    trouble = quote(account.trouble, _TROUBLE) or "–"
    return desk.write("op_bot_paused", channel=name_channel(account.channel), name=name, trouble=trouble)


def _card_buttons(desk: DeskTurn, member: Member, line: TenantLine) -> list[Button]:
    buttons: list[Button] = []
    if member.role == "owner" and not line.deleting:
        if line.suspended:
            buttons.append(desk.button("op_button_resume", f"op:resume:{line.tenant_id}"))
        else:
            buttons.append(desk.button("op_button_suspend", f"op:suspend:{line.tenant_id}"))
        buttons.append(desk.button("op_button_read", f"op:read:{line.tenant_id}"))
    if member.role == "owner" and line.suspended:
        buttons.append(desk.button("op_button_delete", f"op:delete:{line.tenant_id}"))
    return [*buttons, desk.button("op_button_list", "op:list:0")]
