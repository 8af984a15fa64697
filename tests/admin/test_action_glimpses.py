"""What `trace` says of the events of actions and cases: ids and kinds, words only where they are asked for."""

from core.events import ActionAsked, ActionEnded, CaseOpened, CaseOrder, Event
from core.ids import AccountId, ApprovalId, ContactId, TenantId, contact_id, conversation_id
from steward.cli.glimpses import describe_event, name_approvals, read_words

APPROVAL = ApprovalId("abcdefghijkmn")
EVENTS: list[Event] = [
    ActionAsked(approval_id=APPROVAL, step="next"),
    ActionEnded(approval_id=APPROVAL, ok=False, text="secret"),
    CaseOpened(
        case="ticket", reference="T-1001", title="secret", fields={"details": "secret"}, contact_name="secret",
        contact_id=ContactId(contact_id(TenantId(2), "telegram", "7")), channel="telegram", language="en",
        conversation=conversation_id(TenantId(2), AccountId(7), "7"),
    ),
    CaseOrder(order="cancel", by="customer", name="secret", text="secret"),
]  # fmt: skip


def test_events_are_described_without_anybodys_words() -> None:
    said = [describe_event(event) for event in EVENTS]
    assert said == [
        f"approval {APPROVAL} of an action asked for, again",
        f"action of approval {APPROVAL} failed",
        "ticket T-1001 opened",
        "order to the case: cancel, by a customer",
    ]
    assert [name_approvals(event) for event in EVENTS] == [[APPROVAL], [APPROVAL], [], []]


def test_words_are_read_apart() -> None:
    assert [read_words(event) for event in EVENTS] == [[], ["secret"], ["secret: secret"], ["secret"]]
