"""Which stream what arrives belongs to."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from bots.intake import Arrival, Intake, read_invite
from core.channels import Account
from core.errors import Transient
from core.events import BotCreated, ButtonTapped, MessageEdited, MessageReceived, NewEvent, OwnerEcho, Sender
from core.ids import AccountId, TenantId, conversation_id, desk_id
from core.recording import DeliveryReceipt
from tenants.concealing import find_secrets, reveal
from tenants.secrets import Vault

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Recorder:
    def __init__(self, *, down: bool = False) -> None:
        self.events: list[NewEvent] = []
        self.invites: list[str | None] = []
        self.down = down

    async def record(self, events: Sequence[NewEvent]) -> None:
        if self.down:
            raise Transient("down")
        self.events += events

    async def record_receipts(self, receipts: Sequence[DeliveryReceipt]) -> None:
        raise AssertionError

    async def desk_tenant(
        self, account: AccountId, chat: str, *, invite: str | None = None, chosen: TenantId | None = None
    ) -> TenantId:
        self.invites.append(invite)
        self.chosen = chosen
        return TenantId(9)


def account(role: Literal["customer", "admin"]) -> Account:
    return Account(
        account_id=AccountId(3),
        tenant_id=TenantId(2),
        channel="telegram",
        role=role,
        external_id="7",
        path_id="p",
        delivery="webhook",
    )


def arrival(text: str = "hi", external_id: str = "u1", chat: str = "5") -> Arrival:
    event = MessageReceived(message_id="1", sender=Sender(external_id="5"), at=NOW, text=text)
    return Arrival(external_id=external_id, chat=chat, event=event)


async def test_customers_lead_to_conversations_and_owners_to_desks() -> None:
    recorder = Recorder()
    await Intake(recorder).record(account("customer"), [arrival()])
    await Intake(recorder).record(account("admin"), [arrival("/start inv_k7x9")])
    talk, desk = recorder.events
    assert (talk.tenant_id, talk.stream_kind) == (2, "conversation")
    assert talk.stream_id == conversation_id(TenantId(2), AccountId(3), "5")
    assert (desk.tenant_id, desk.stream_kind) == (9, "desk")
    assert desk.stream_id == desk_id(TenantId(9), AccountId(3), "5")
    assert recorder.invites == ["k7x9"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("/start inv_abc", "abc"),
        ("/start@desk_bot inv_abc ", "abc"),
        ("/start", None),
        ("/start abc", None),
        ("/start inv_", None),
        ("/start inv_a b", None),
        ("inv_abc", "abc"),
        ("/start inv_" + "a" * 129, None),
    ],
)
def test_invites_are_read_as_links_make_people_send_them(text: str, code: str | None) -> None:
    assert read_invite(arrival(text).event) == code


async def test_a_desks_button_names_its_tenant() -> None:
    recorder = Recorder()
    tap = ButtonTapped(message_id="1", sender=Sender(external_id="5"), at=NOW, data="9~answer:x")
    await Intake(recorder).record(account("admin"), [Arrival(external_id="u1", chat="5", event=tap)])
    assert recorder.chosen == 9
    (recorded,) = [new.event for new in recorder.events]
    assert isinstance(recorded, ButtonTapped) and recorded.data == "answer:x"


def test_only_messages_hold_invites() -> None:
    tap = ButtonTapped(message_id="1", sender=Sender(external_id="5"), at=NOW, data="/start inv_abc")
    assert read_invite(tap) is None


async def test_items_that_cannot_be_keys_are_left_out_and_the_others_kept() -> None:
    recorder = Recorder()
    items = [arrival(external_id="x" * 600), arrival(), arrival(chat=""), arrival(external_id="")]
    await Intake(recorder).record(account("customer"), items)
    assert [event.external_id for event in recorder.events] == ["u1"]


async def test_what_could_not_be_committed_is_said() -> None:
    with pytest.raises(Transient):
        await Intake(Recorder(down=True)).record(account("customer"), [arrival()])


async def test_fates_are_counted() -> None:
    from prometheus_client import REGISTRY

    def read(fate: str) -> Any:
        return REGISTRY.get_sample_value("steward_inbound_items_total", {"channel": "telegram", "fate": fate})

    before = read("recorded"), read("rejected"), read("ignored")
    intake = Intake(Recorder())
    await intake.record(account("customer"), [arrival(), arrival(external_id="")])
    intake.count(account("customer"), "ignored", 2)
    assert (read("recorded"), read("rejected"), read("ignored")) == (before[0] + 1, before[1] + 1, before[2] + 2)


TOKEN = f"123456789:{'A' * 35}"


async def test_a_token_of_an_owners_is_sealed_for_the_desks_tenant_and_a_customers_words_stay() -> None:
    recorder, vault = Recorder(), Vault(bytes(32))
    edited = MessageEdited(message_id="1", sender=Sender(external_id="5"), at=NOW, text=TOKEN)
    items = [arrival(f"it is {TOKEN}"), Arrival(external_id="u2", chat="5", event=edited)]
    await Intake(recorder, vault).record(account("admin"), items)
    await Intake(recorder, vault).record(account("customer"), [arrival(TOKEN)])
    await Intake(recorder).record(account("admin"), [arrival(TOKEN)])
    texts = [new.event.text for new in recorder.events if isinstance(new.event, MessageReceived | MessageEdited)]
    (found,) = find_secrets(texts[0])
    assert reveal("telegram", found.sealed, lambda sealed: vault.open(TenantId(9), sealed)) == TOKEN
    assert len(find_secrets(texts[1])) == 1
    assert texts[2:] == [TOKEN, "[secret]"]


async def test_bots_are_made_at_desks_and_echoes_belong_to_conversations() -> None:
    recorder = Recorder()
    made = BotCreated(sender=Sender(external_id="5"), at=NOW, bot_id="8", username="oven_bot", name="Oven")
    echo = OwnerEcho(message_id="1", at=NOW, text="I am on it")
    items = [
        Arrival(external_id="u1", chat="5", event=made),
        Arrival(external_id="u2", chat="5", event=echo),
    ]
    await Intake(recorder).record(account("admin"), items)
    await Intake(recorder).record(account("customer"), items)
    assert [(new.stream_kind, new.event.kind) for new in recorder.events] == [
        ("desk", "bot_created"),
        ("conversation", "owner_echo"),
    ]
