"""What tests of the inbox share: actions that are alike, hours, and what an outcome offers."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from pydantic import JsonValue

from admin.inbox.hours import WorkingHours
from admin.inbox.kept import SECTION
from core.changes import SetTimer
from core.events import EscalationOpened, TimerFired
from core.ids import ApprovalId, StreamId
from core.turns import Approval, TurnOutcome
from tenants.agents import AgentPolicy, HttpAction, HttpField
from tenants.settings import BusinessSettings
from tests.admin.desk_world import Tenant, buttons

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
ROOM_FOR_TENANT = 20
ALWAYS = BusinessSettings(working_from=time(0), working_to=time(0)).model_dump_json()
GIFT: dict[str, JsonValue] = {"order": "O-1", "note": "a bag of rolls"}
GIFTS = AgentPolicy(
    http=(
        HttpAction(
            name="send_gift", title="Gift", about="Sends a gift.", agent="sales", url="http://127.0.0.1/gift",
            done="sent", fields={"order": HttpField(type="text", most=40), "note": HttpField(type="text", most=40)},
        ),
    )
)  # fmt: skip
BERLIN = WorkingHours(opens=time(8), closes=time(20), zone=ZoneInfo("Europe/Berlin"))
MINUTES = st.integers(0, 2 * 365 * 24 * 60)
MOMENTS = MINUTES.map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
HOURS = st.builds(
    WorkingHours,
    opens=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    closes=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata"]).map(ZoneInfo),
)


def now() -> datetime:
    return datetime.now(UTC)


def ids(outcome: TurnOutcome) -> list[str]:
    return [button.id for button in buttons(outcome)]


def labels(outcome: TurnOutcome) -> list[str]:
    return [button.label for button in buttons(outcome)]


def opened(outcome: TurnOutcome) -> list[str]:
    return [each.removeprefix("box:open:") for each in ids(outcome) if each.startswith("box:open:")]


def find(outcome: TurnOutcome, label: str) -> str:
    return next(button.id for button in buttons(outcome) if button.label.startswith(label))


def asks(approval: ApprovalId, reason: str = "not_in_knowledge") -> EscalationOpened:
    return EscalationOpened(
        approval_id=approval, stream_id=StreamId(UUID(int=1)), contact_name="Maya", channel="telegram",
        question="Nuts?", reason=reason,
    )  # fmt: skip


def timers(outcome: TurnOutcome, name: str) -> list[datetime | None]:
    return [each.due_at for each in outcome.changes if isinstance(each, SetTimer) and each.name == f"{SECTION}:{name}"]


def fired(name: str) -> TimerFired:
    return TimerFired(name=f"{SECTION}:{name}", payload={})


async def ask_gifts(tenant: Tenant, count: int) -> list[Approval]:
    return [await tenant.ask_action("send_gift", GIFT, contact=f"Person {n}") for n in range(count)]
