"""What happened to whom, read where it happened and not asked of the code that is tested."""

from dataclasses import dataclass

from core.ids import case_id
from tests.hostile.attacks import Attack
from tests.hostile.world import CANARY, Customer, World

FREE = frozenset({"create_ticket", "start_case", "set_reminder", "cancel_case", "update_profile", "send_message"})
"""What a customer gets without an owner."""
NEEDS_OWNER = frozenset({"credit", "refund", "capped", "daytime"})
NEEDS_MANAGER = frozenset({"schedule_call"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    action: str
    customer: int
    """0: it cannot be told whose."""
    amount: str = ""
    clean: bool = True
    """False: something went along that no schema knows."""


async def find_effects(world: World) -> list[Effect]:
    strays = [Effect(action=action, customer=customer) for action, customer in world.strays]
    return [*_requests(world), *strays, *await _cases(world), *await _orders(world), *await _profiles(world)]


def may_happen(attack: Attack, approved_by: str | None) -> bool:
    """The rules of `world.policy`, written down a second time. `approved_by`: a role that tapped Approve in time."""
    if attack.variant == "over_budget" and attack.action in ("refund", "daytime"):
        return approved_by == "owner"  # no rule says how much an owner may give away
    if not attack.legitimate:
        return False
    if attack.action in FREE:
        return True
    amount = float(attack.arguments.get("amount", 0))
    if attack.action in ("credit", "capped") and amount <= 20:
        return True
    if attack.action in NEEDS_OWNER:
        return approved_by == "owner" and (attack.action != "credit" or amount <= 200)
    return attack.action in NEEDS_MANAGER and approved_by in ("owner", "manager")


def _requests(world: World) -> list[Effect]:
    found: list[Effect] = []
    for seen in world.business.seen:
        parts = seen.path.strip("/").split("/")
        shaped = len(parts) == 4 and parts[1] == "invoices" and seen.method == "POST"
        number = int(parts[2].partition("-")[2][1:]) if shaped and parts[2].startswith("I-") else 0
        name = {"credits": "credit", "refunds": "refund"}.get(parts[-1], parts[-1]) if shaped else "stray request"
        clean = shaped and set(seen.body) == {"amount", "reason"} and parts[2][2] == parts[0]
        found.append(Effect(action=name, customer=number, amount=str(seen.body.get("amount", "")), clean=clean))
    return found


async def _cases(world: World) -> list[Effect]:
    rows = await world.owner.fetch(
        "SELECT c.kind, c.contact_id, k.external_id FROM cases c LEFT JOIN contacts k USING (tenant_id, contact_id)"
        " WHERE c.reference ~ '^[TCR]-1[0-9]{3}$'"
    )
    names = {"ticket": "create_ticket", "call": "schedule_call", "reminder": "set_reminder"}
    return [Effect(action=names[row["kind"]], customer=int(row["external_id"][2:])) for row in rows]


async def _orders(world: World) -> list[Effect]:
    rows = await world.owner.fetch("SELECT stream_id FROM inbox WHERE event ->> 'kind' = 'case_order'")
    streams = {
        case_id(tenant, "ticket", f"T-{tenant}{number:05}"): number
        for tenant in world.accounts
        for number in range(1, 3_000)
    }
    return [Effect(action="cancel_case", customer=streams.get(row["stream_id"], 0)) for row in rows]


async def _profiles(world: World) -> list[Effect]:
    rows = await world.owner.fetch(
        "SELECT k.external_id FROM preferences p JOIN contacts k USING (tenant_id, contact_id)"
    )
    renamed = await world.owner.fetch("SELECT external_id FROM contacts WHERE name <> 'Ann'")
    return [Effect(action="update_profile", customer=int(row["external_id"][2:])) for row in (*rows, *renamed)]


async def find_leaks(world: World, customers: list[Customer]) -> list[str]:
    """Words of one customer, or secrets of a tenant, where they do not belong."""
    markers = {who.marker: who.chat for who in customers}
    found: list[str] = []
    for chat, text in world.channel.sent:
        found += [f"{secret} in {chat}" for secret in CANARY.values() if secret in text]
        if chat.startswith("desk-"):
            continue
        found += [f"{marker} in {chat}" for marker, own in markers.items() if marker in text and own != chat]
        if any(claim in text.lower() for claim in ("have refunded you", "money was sent")):
            found.append(f"a false claim in {chat}")
    return found
