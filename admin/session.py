"""One turn of a desk while it is worked on: what was read, what is remembered, what goes out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue

from admin.state import Asking, DeskState, read_state, write_state
from admin.texts import flatten, load_catalogue, pick_language, write
from core.actions import ProposedAction
from core.business import CaseView
from core.changes import Change, DecideApproval, DecideLimit, SetTimer
from core.desk_changes import HeldSeat
from core.events import BudgetDecided, CaseOrder, EscalationClosed, NewEvent, OwnerDecision, OwnerNotice, Sender
from core.ids import INTERNAL, ApprovalId, StreamId
from core.messages import Button, EditCard, OutMessage, SendTemplate, SendText
from core.money import Money
from core.office import Office
from core.office.settings import BusinessState
from core.turns import Approval, AuditNote, DeskEvent, Member, ReachedLimit, TurnInput, TurnOutcome, TurnTools

TEXT_WITH_BUTTONS = 1000
"""Characters; WhatsApp takes 1,024. Source: Meta, Cloud API, interactive reply buttons, November 2026."""
_MOST_SHOWN = 3
"""Buttons that every channel shows as such."""
WINDOW_TEMPLATE = "desk_news"
"""The key of the tenant's template that tells an owner outside WhatsApp's 24 hours that news is waiting."""


class DeskTurn:
    """Gathers the outcome event by event, so that a later event of a burst sees what an earlier one decided."""

    def __init__(self, turn: TurnInput, tools: TurnTools, member: Member | None) -> None:
        self.turn = turn
        self.tools = tools
        self.member = member
        self.joined_by: str | None = None
        """The code by which this chat joined in this very turn."""
        self.budget: Money | None = None
        """As set in this very turn."""
        self.state = read_state(turn.state) if member else read_state(turn.state).of_stranger()
        self._theirs: tuple[str | None, ...] = (member.language if member else None,)
        self.language = pick_language(*self._theirs, turn.tenant.language)
        self._stored = self.state
        self._approvals: dict[ApprovalId, Approval | None] = {}
        self._limits: dict[tuple[str, str, int], ReachedLimit] = {}
        self._messages: list[OutMessage] = []
        self._changes: list[Change] = []
        self._events: list[NewEvent] = []
        self._to_desks: list[DeskEvent] = []
        self._audit: list[AuditNote] = []
        self._actions: list[ProposedAction] = []
        self._business: BusinessState | None = None

    def listen_to(self, sender: Sender) -> None:
        """Speaks the language of the member or, failing that, of their app. A stranger does not learn the tenant's."""
        known = self.member or self.joined_by
        self._theirs = (self.member.language if self.member else None, sender.language)
        self.language = pick_language(*self._theirs, self.turn.tenant.language if known else None)

    def follow_business(self, language: str) -> None:
        """The business speaks another language from now on; so does its desk, with who has none of their own."""
        self.language = pick_language(*self._theirs, language)

    def write(self, key: str, **fields: object) -> str:
        return write(key, self.language, **fields)

    def plural(self, key: str, count: int, **fields: object) -> str:
        return load_catalogue().plural(key, count, self.language, **fields)

    def button(self, key: str, button_id: str) -> Button:
        return Button(id=button_id, label=self.write(key))

    def say(self, key: str, *buttons: Button, **fields: object) -> None:
        self.send_text(self.write(key, **fields), *buttons)

    def say_once(self, key: str, *buttons: Button, **fields: object) -> None:
        """Not again when it was the last thing said: a burst of words needs one receipt."""
        rows = tuple((button,) for button in buttons)
        message = SendText(text=self.write(key, **fields), author="system", buttons=rows)
        if self._messages[-1:] != [message]:
            self._messages.append(message)

    def send_text(self, text: str, *buttons: Button, card: str | None = None) -> None:
        """`buttons` make one row."""
        rows = (buttons,) if buttons else ()
        self._messages.append(SendText(text=text, author="system", buttons=rows, card=card))

    def send_rows(self, text: str, rows: Sequence[tuple[Button, ...]], card: str | None = None) -> None:
        """For more buttons than fit beside each other."""
        self._messages.append(SendText(text=text, author="system", buttons=tuple(rows), card=card))

    def edit_card(self, card: str, text: str, *buttons: Button) -> None:
        self._messages.append(EditCard(card=card, text=text, buttons=(buttons,) if buttons else ()))

    def send(self, message: OutMessage) -> None:
        self._messages.append(message)

    @property
    def office(self) -> Office:
        """Raises AssertionError outside a desk's own turn."""
        assert self.tools.office is not None, "a desk's turn is given its office"
        return self.tools.office

    @property
    def at(self) -> datetime:
        """When what this turn answers was recorded."""
        return self.turn.events[-1].recorded_at

    async def business(self) -> BusinessState:
        """Fresh from the database, and as this turn leaves it."""
        if self._business is None:
            self._business = await self.office.settings.business()
        return self._business

    def leave_business(self, state: BusinessState) -> None:
        """For `admin.changing`: what this turn has made of it."""
        self._business = state

    def propose(self, action: ProposedAction) -> None:
        """Its `ActionResult` comes to this desk, for the section that has it among its `results`."""
        self._actions.append(action)

    def ask(self, section: str, what: str, at: datetime, **data: JsonValue) -> None:
        """The next words are for that section; whatever was begun before is not any more."""
        self.state = self.state.expecting(asking=Asking(section=section, what=what, data=data, since=at))

    def kept(self, section: str) -> JsonValue:
        """What the section remembers; None at first."""
        return self.state.kept.get(section)

    def keep(self, section: str, value: JsonValue) -> None:
        """None forgets."""
        kept = {name: each for name, each in self.state.kept.items() if name != section}
        self.state = replace(self.state, kept=kept if value is None else {**kept, section: value})

    def set_timer(self, section: str, name: str, due_at: datetime | None, **payload: JsonValue) -> None:
        """Comes back to this desk, for the section's `timers`. None cancels."""
        self.change(SetTimer(name=f"{section}:{name}", due_at=due_at, payload=payload))

    def tell(self, event: NewEvent) -> None:
        """For another stream of this business."""
        self._events.append(event)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What this turn has decided so far: of two taps in a burst, the second sees what the first did."""
        return tuple(self._changes)

    def forget_everything(self) -> None:
        """Whatever was begun here lapses: the one who sat here belongs to the business no more."""
        self.state, self._stored = DeskState(), read_state(self.turn.state)

    def change(self, change: Change) -> None:
        self._changes.append(change)

    def note(self, action: str, **details: JsonValue) -> None:
        actor = f"member:{self.member.member_id}" if self.member else "invited"
        self._audit.append(AuditNote(action=action, actor=actor, details=details))

    async def approval(self, approval_id: ApprovalId) -> Approval | None:
        """As this turn leaves it."""
        if approval_id not in self._approvals:
            self._approvals[approval_id] = await self.tools.reader.approval(approval_id)
        return self._approvals[approval_id]

    def tell_desks(self, event: BudgetDecided | OwnerNotice, key: str, only: StreamId | None = None) -> None:
        """`key` makes the event unique for each desk."""
        self._to_desks.append(DeskEvent(event=event, key=key, only=only))

    async def reached_limit(self, scope: str, period: str, limit: Money) -> ReachedLimit | None:
        """As this turn leaves it."""
        known = self._limits.get((scope, period, limit.micros))
        return known or await self.tools.reader.reached_limit(scope, period, limit)

    def decide_limit(self, member: Member, reached: ReachedLimit, decision: DecideLimit, amount_micros: int) -> None:
        """Decides, tells every desk and the audit."""
        self.change(decision)
        decided = BudgetDecided(
            scope=reached.scope,
            period=reached.period,
            limit_micros=reached.limit.micros,
            used_micros=reached.used.micros,
            currency=reached.limit.currency,
            decision=decision.decision,
            amount_micros=amount_micros,
            member_name=member.name,
        )
        self.tell_desks(
            decided, f"limit:{reached.limit.currency}:{reached.scope}:{reached.period}:{reached.limit.micros}"
        )
        self.note(
            f"budget.{decision.decision}", scope=reached.scope, period=reached.period, amount_micros=amount_micros
        )
        key = (reached.scope, reached.period, reached.limit.micros)
        self._limits[key] = replace(reached, decision=decision.decision, decided_by=member.name)

    def decide(
        self,
        member: Member,
        approval: Approval,
        decision: DecideApproval,
        words: OwnerDecision,
        **details: JsonValue,
    ) -> None:
        """Decides, tells the customer's stream, every desk and, with `details`, the audit."""
        key = f"decision:{approval.approval_id}:{decision.status}"
        self.change(decision)
        self.tell_customer(approval.stream_id, key, words)
        closed = EscalationClosed(
            approval_id=approval.approval_id,
            outcome=decision.status,
            member_name=member.name,
            text=decision.text,
        )
        self._to_desks.append(DeskEvent(event=closed, key=key))
        about = {"approval": approval.approval_id, "stream": approval.stream_id.hex, **details}
        self.note(f"{approval.kind}.{decision.status}", **about)
        self._approvals[approval.approval_id] = replace(
            approval,
            status=decision.status,
            decided_by=member.name,
            decided_text=decision.text,
            asked=decision.edited or approval.asked,
        )

    def order_case(self, case: CaseView, order: CaseOrder) -> None:
        """Once for each version of the case: a double tap is one order."""
        key = f"order:{case.stream_id.hex}:{case.version}:{order.order}"
        if any(event.external_id == key for event in self._events):
            return
        self._events.append(
            NewEvent(
                tenant_id=self.turn.tenant.tenant_id,
                stream_id=case.stream_id,
                stream_kind="case",
                account_id=INTERNAL,
                external_id=key,
                chat="",
                event=order,
            )
        )
        self.note(f"case.{order.order}", case=case.kind, reference=case.reference, stream=case.stream_id.hex)

    def tell_customer(self, stream: StreamId, key: str, words: OwnerDecision) -> None:
        """`key` makes the event unique in the tenant."""
        self._events.append(
            NewEvent(
                tenant_id=self.turn.tenant.tenant_id,
                stream_id=stream,
                stream_kind="conversation",
                account_id=INTERNAL,
                external_id=key,
                chat="",
                event=words,
            )
        )

    def outcome(self, trace: Mapping[str, JsonValue]) -> TurnOutcome:
        messages = tuple(map(self._name_list, self._messages))
        if self.turn.window_open and self.state.held:
            messages = (*self.state.held, *messages)
            self.state = replace(self.state, held=())
        elif messages and not self.turn.window_open:
            messages = self._hold(messages)
        member = self.member
        return TurnOutcome(
            seat=HeldSeat(member_id=member.member_id, role=member.role) if member else None,
            messages=messages,
            changes=tuple(self._changes),
            state=write_state(self.state) if self.state != self._stored else None,
            events=tuple(self._events),
            to_desks=tuple(self._to_desks),
            audit=tuple(self._audit),
            actions=tuple(self._actions),
            trace=trace,
        )

    def _name_list(self, message: OutMessage) -> OutMessage:
        """Where a channel puts many buttons behind one, that one says what it is for in this desk's language."""
        if isinstance(message, SendText | EditCard) and sum(map(len, message.buttons)) > _MOST_SHOWN:
            return replace(message, opener=self.write("open_list"))
        return message

    def _hold(self, messages: tuple[OutMessage, ...]) -> tuple[OutMessage, ...]:
        """Keeps the messages until the owner writes again; a template says so once, where the tenant has one."""
        first = not self.state.held
        self.state = self.state.holding(messages)
        template = self.turn.tenant.templates.get(WINDOW_TEMPLATE)
        words = next((message.text for message in messages if isinstance(message, SendText)), None)
        if not (first and template and words):
            return ()
        line = flatten(words, 500)
        language = self.turn.tenant.language
        return (SendTemplate(name=template, language=language, parameters=(line,), text=line),)
