"""What a conversation's turn is going to do, gathered while it is decided."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue

from agents.acting.limits import Meter, MeteredModels
from agents.acting.votes import Vote
from agents.burst import Burst, read_burst
from agents.colleagues import Colleagues, Matter, Team
from agents.language import choose_language, detect_language
from agents.policy.verdicts import Verdict
from agents.state import ConversationState, dump_state, load_state
from agents.state import Person as KnownPerson
from core.actions import ProposedAction
from core.business import Shared, Whose
from core.changes import Change, SaveShared
from core.events import (
    ActionAsked,
    ActionEnded,
    ActionResult,
    CustomerRelayed,
    EscalationClosed,
    EscalationOpened,
    NewEvent,
    OwnerEcho,
    OwnerNotice,
)
from core.ids import AccountId, ContactId, StreamId, contact_id
from core.media import Attachment
from core.messages import Author, Button, OutMessage, SendMedia, SendText
from core.people import Person
from core.turns import AuditNote, ContactProfile, DeskEvent, KeptAnswer, TurnInput, TurnOutcome, TurnTools
from tenants.agents import read_policy

_LONGEST_MESSAGE = 12_000
"""Characters; edges split at their own limits, this only stops what nobody would read."""
_LONGEST_NAME = 80


class Draft:
    def __init__(self, turn: TurnInput, tools: TurnTools, team: Team) -> None:
        self.turn = turn
        self.meter = Meter(read_policy(turn.tenant.agents).limits, tools.clock)
        self.tools = replace(tools, models=MeteredModels(tools.models, self.meter))
        self.team = team
        self.burst: Burst = read_burst(turn.events)
        self._before = load_state(turn.state)
        self.state: ConversationState = self._before
        self.messages: list[OutMessage] = []
        self.actions: list[ProposedAction] = []
        self.changes: list[Change] = []
        self.to_desks: list[DeskEvent] = []
        self.events: list[NewEvent] = []
        self.audit: list[AuditNote] = []
        self.kept: KeptAnswer | None = None
        self.words = ""
        """What the customer is being answered to, as one text."""
        self.intent = ""
        self.amounts: tuple[str, ...] = ()
        self.risk = "low"
        """Of those words, as intake understood them."""
        self.suspicious: frozenset[str] = frozenset()
        """What in this turn tries to give orders, by kind; see `agents.quality.suspicion`."""
        self.instructions: tuple[str, ...] = ()
        """What a model was told by us in this turn: never to be shown."""
        self.refusals = 0
        """Wishes to act that the policy refused in this turn."""
        self.wanted: dict[str, str] = {}
        """Actions of this turn by name, with the mark of the first of each; see `agents.acting.marks`."""
        self._person: Person | None = None
        self._shared: dict[str, Shared] = {}
        self.trace: dict[str, JsonValue] = {}
        self.language = self._choose_language()
        self._contact = self._note_person()

    @property
    def paused_by_echo(self) -> bool:
        """The owner has written to the customer in this very turn, on their own phone."""
        return any(isinstance(each.event, OwnerEcho) for each in self.turn.events)

    @property
    def contact_name(self) -> str:
        person = self.state.person
        return " ".join(person.name.replace("\0", "").split())[:_LONGEST_NAME] if person else ""

    @property
    def contact(self) -> ContactId:
        """Whose conversation it is; of who has never written, by the chat."""
        known = self.burst.sender or self.state.person
        tenant, channel = self.turn.tenant.tenant_id, self.turn.channel or ""
        return contact_id(tenant, channel, known.external_id if known else self.turn.chat)

    async def person(self) -> Person:
        """What is known of the customer; looked up once a turn."""
        if self._person is None:
            self._person = await self.tools.reader.person(self.contact)
        return self._person

    async def contacts(self) -> frozenset[ContactId]:
        """The customer's, on all channels that a code has joined."""
        return frozenset((await self.person()).contact_ids) | {self.contact}

    async def whose(self) -> Whose:
        """The customer, as the channel vouches for them."""
        known = self.state.person
        return Whose(
            contacts=await self.contacts(), channel=self.turn.channel, phone=known.phone if known else None,
            external_id=known.external_id if known else self.turn.chat,
        )  # fmt: skip

    async def colleagues(self, asker: str) -> Colleagues:
        """An agent's line to the others."""
        matter = Matter(
            reader=self.tools.reader, whose=await self.whose(), words=self.words, amounts=self.amounts,
            suspicious=bool(self.suspicious),
            now=self.at, note=self._note_question,
        )  # fmt: skip
        return Colleagues(self.team, matter, asker=asker)

    async def read_shared(self, key: str) -> Mapping[str, JsonValue]:
        """State that several conversations share, as this turn leaves it. Raises Transient."""
        if key not in self._shared:
            self._shared[key] = await self.tools.reader.shared(key)
        return self._shared[key].value

    def share(self, key: str, value: Mapping[str, JsonValue]) -> None:
        """After `read_shared`: the finish is Stale, and the turn runs again, when somebody wrote meanwhile."""
        version = self._shared[key].version
        self._shared[key] = Shared(version=version, value=value)
        self.changes = [each for each in self.changes if not (isinstance(each, SaveShared) and each.key == key)]
        self.changes.append(SaveShared(key=key, expected=version, value=value))

    def note_step(
        self, agent: str, action: str, decision: str, verdict: Verdict | None = None, votes: Sequence[Vote] = ()
    ) -> None:
        """Into the trace: who wanted what done, and what was made of it."""
        step: dict[str, JsonValue] = {"agent": agent, "action": action, "decision": decision}
        if verdict is not None and verdict.guard:
            step |= {"guard": verdict.guard, "reason": verdict.reason}
        if votes:
            step["votes"] = {vote.agent: vote.opinion.yes for vote in votes}
        steps = self.trace.setdefault("actions", [])
        assert isinstance(steps, list)
        steps.append(step)

    def withdraw_actions(self) -> None:
        """What an agent queued in this turn is not done after all; the platform's own work goes on."""
        self.actions = [action for action in self.actions if not action.agent or action.approval_id]
        self.keep(acted=self._before.acted)

    def _note_question(self, asker: str, asked: str, question: str, answer: str) -> None:
        lines = self.trace.setdefault("asked", [])
        assert isinstance(lines, list)
        lines.append(f"{asker} asked {asked}: {question} -> {answer}")

    @property
    def at(self) -> datetime:
        """When the turn's last event was recorded."""
        return self.turn.events[-1].recorded_at

    @property
    def now(self) -> float:
        """`at`, in Unix seconds."""
        return self.at.timestamp()

    def say(self, text: str, *, buttons: tuple[tuple[Button, ...], ...] = (), author: Author = "bot") -> None:
        """The same twice in a turn is said once."""
        message = SendText(text=text[:_LONGEST_MESSAGE], buttons=buttons, author=author)
        if message not in self.messages:
            self.messages.append(message)

    def send_files(self, attachments: Sequence[Attachment], account: AccountId | None, author: Author) -> None:
        """Stickers have no way from one account to another."""
        for item in attachments:
            if item.kind != "sticker" and account is not None:
                self.messages.append(
                    SendMedia(
                        media=item.kind,
                        from_account=account,
                        ref=item.ref,
                        name=item.name,
                        mime=item.mime,
                        author=author,
                    )
                )

    def keep(self, **changes: object) -> None:
        self.state = replace(self.state, **changes)  # pyright: ignore[reportArgumentType]

    def tell_desks(
        self,
        event: EscalationOpened | EscalationClosed | CustomerRelayed | ActionAsked | ActionEnded | OwnerNotice,
        key: str,
        *,
        holder_only: bool = False,
        only: StreamId | None = None,
        everywhere: bool = False,
    ) -> None:
        """`key` makes the event unique for each desk; `everywhere` among all conversations of the tenant."""
        only = self.turn.holder if holder_only else only
        self.to_desks.append(
            DeskEvent(event=event, key=key if everywhere else f"{self.turn.stream_id.hex}:{key}", only=only)
        )

    def finish(self) -> TurnOutcome:
        self.trace.setdefault("language", self.language)
        return TurnOutcome(
            messages=tuple(self.messages),
            actions=tuple(self.actions),
            changes=tuple(self.changes),
            contact=self._contact,
            state=None if self.state == self._before else dump_state(self.state),
            events=tuple(self.events),
            to_desks=tuple(self.to_desks),
            audit=tuple(self.audit),
            keep=self.kept,
            trace=self.trace,
        )

    def _choose_language(self) -> str:
        """The customer's words decide, then what they used before, their app's language, the tenant's."""
        said = self.burst.text or " ".join(
            str(recorded.event.result.get("text", ""))[:400]
            for recorded in self.turn.events
            if isinstance(recorded.event, ActionResult) and recorded.event.action == "transcribe"
        )
        app = self.burst.sender.language if self.burst.sender else None
        language = choose_language(said, self.state.language, app, self.turn.tenant.language)
        if detect_language(said) and language != self.state.language:
            self.keep(language=language)
        return language

    def _note_person(self) -> ContactProfile | None:
        sender, channel = self.burst.sender, self.turn.channel
        if sender is None or channel is None:
            return None
        known = self.state.person
        blocked = known.blocked if known else False
        if self.burst.blocked is not None:
            blocked = self.burst.blocked
        person = KnownPerson.of(sender, self.state.language or sender.language, blocked=blocked)
        if known is not None and not sender.name:  # some events do not carry the name
            person = replace(person, name=known.name, username=known.username, phone=person.phone or known.phone)
        if person == known:
            return None
        self.keep(person=person)
        return ContactProfile(
            contact_id=contact_id(self.turn.tenant.tenant_id, channel, person.external_id),
            channel=channel,
            external_id=person.external_id,
            name=person.name,
            username=person.username,
            phone=person.phone,
            language=person.language,
            blocked=person.blocked,
        )
