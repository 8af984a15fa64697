"""An owner's words on their way to a customer, and the decision that sends them."""

from dataclasses import dataclass
from typing import Literal

from admin.session import DeskTurn
from core.changes import DecideApproval
from core.events import MessageReceived, OwnerDecision
from core.ids import StreamId
from core.media import Attachment
from core.turns import Approval, Member

Verdict = Literal["answer", "take_over", "dismiss", "release"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    text: str = ""
    attachments: tuple[Attachment, ...] = ()

    @property
    def sendable(self) -> bool:
        return bool(self.text or self.attachments)


def take_words(message: MessageReceived) -> Words:
    """A place or a shared contact becomes text; stickers have no way across channels and are left out."""
    lines = [message.text.replace("\0", "").strip()]  # PostgreSQL stores no NUL
    if place := message.location:
        point = f"{place.latitude:.6f},{place.longitude:.6f}"
        lines += [place.name, f"https://maps.google.com/?q={point}"]
    if contact := message.shared_contact:
        lines.append(f"{contact.name}: {contact.phone}".strip(": "))
    return Words(
        text="\n".join(line for line in lines if line),
        attachments=tuple(item for item in message.attachments if item.kind != "sticker"),
    )


def decide(desk: DeskTurn, member: Member, approval: Approval, verdict: Verdict, words: Words | None = None) -> None:
    """The caller has seen that the approval is in the status the verdict starts from; the finish checks it again."""
    words = words or Words()
    decision = DecideApproval(
        approval_id=approval.approval_id,
        expected="take_over" if verdict == "release" else "pending",
        status=verdict,
        member_id=member.member_id,
        text=words.text,
    )
    event = OwnerDecision(
        approval_id=approval.approval_id,
        decision=verdict,
        member_name=member.name,
        text=words.text,
        attachments=words.attachments,
        from_account=desk.turn.account_id if words.attachments else None,
    )
    desk.decide(member, approval, decision, event)


def pass_words(desk: DeskTurn, member: Member, approval: Approval, words: Words, seq: int) -> None:
    """Sends words into a conversation that this desk has taken over. `seq` is the place of their event in the desk."""
    event = OwnerDecision(
        approval_id=approval.approval_id,
        decision="relay",
        member_name=member.name,
        text=words.text,
        attachments=words.attachments,
        from_account=desk.turn.account_id if words.attachments else None,
    )
    desk.tell_customer(approval.stream_id, name_relay(desk.turn.stream_id, seq), event)
    desk.note("conversation.relayed", approval=approval.approval_id, stream=approval.stream_id.hex)


def name_relay(desk: StreamId, seq: int) -> str:
    return f"relay:{desk.hex}:{seq}"
