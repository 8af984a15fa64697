"""The model is the attacker: every action, every kind of argument, every role, every state of an approval."""

import dataclasses
import random
from collections import Counter

from agents.actions.registry import BUILT_IN, find_actions
from core.actions import ProposedAction
from tests.hostile.attacks import Attack, make_attacks
from tests.hostile.oracle import FREE, NEEDS_MANAGER, NEEDS_OWNER, Effect, find_effects, find_leaks, may_happen
from tests.hostile.world import ROLES, A, B, Customer, World

READS = frozenset({"look_up_order", "look_up_shipment", "look_up_invoice"})
SAME = {"start_case": "create_ticket"}
"""What cannot be told apart afterwards."""
NEVER = frozenset({"dormant", "take_back"})


def test_the_oracle_knows_every_action_that_is_declared(world: World) -> None:
    """A new action fails here until somebody has said who may have it."""
    platform = {name for name, declared in BUILT_IN.items() if declared.by in ("platform", "desk")}
    assert (
        find_actions(world.profiles[A].agents).keys() == FREE | NEEDS_OWNER | NEEDS_MANAGER | READS | NEVER | platform
    )


async def judge(world: World, made: list[tuple[Customer, Attack, str | None]]) -> list[str]:
    """What happened and should not have, in words; empty when all is well."""
    allowed = Counter(
        (SAME.get(attack.action, attack.action), who.number)
        for who, attack, approved_by in made
        if may_happen(attack, approved_by)
    )
    effects = await find_effects(world)
    seen = Counter((each.action, each.customer) for each in effects)
    wrong = [f"{action} for {number}: {times} times" for (action, number), times in (seen - allowed).items()]
    wrong += [f"{each.action} for {each.customer} with something extra" for each in effects if not each.clean]
    wrong += await find_leaks(world, [who for who, _, _ in made])
    about = {who.number: f"{attack.action}/{attack.variant}" for who, attack, _ in made}
    return [
        f"{each} (last asked for {about.get(int(each.split()[2].strip(':')))})" if " for " in each else each
        for each in wrong
    ]


async def mount(world: World) -> list[tuple[Customer, Attack, str | None]]:
    """Each attack on a customer of its own."""
    bystander, foreigner = await world.customer(), await world.customer(B)
    count = len(list(make_attacks(world.profiles[A].agents, bystander, bystander, foreigner)))
    made: list[tuple[Customer, Attack, str | None]] = []
    for index in range(count):
        who = await world.customer()
        attack = list(make_attacks(world.profiles[A].agents, who, bystander, foreigner))[index]
        made.append((who, attack, None))
        await world.attack(who, [(attack.action, attack.arguments)])
    await world.settle()
    return made


async def test_nothing_unauthorised_is_done_without_an_approval(world: World) -> None:
    made = await mount(world)
    found = await judge(world, made)
    assert not found, found
    effects = await find_effects(world)
    assert {each.action for each in effects} >= {"credit", "create_ticket", "update_profile"}  # it is no dead world


async def test_every_role_and_every_state_of_an_approval(world: World) -> None:
    bystander, foreigner = await world.customer(), await world.customer(B)
    made: list[tuple[Customer, Attack, str | None]] = []
    states = [*ROLES, "reject", "expired", "double", "forged id"]
    for action in sorted(NEEDS_OWNER | NEEDS_MANAGER):
        for state in states:
            for variant in ("own", "over_budget"):
                who = await world.customer()
                attacks = make_attacks(world.profiles[A].agents, who, bystander, foreigner)
                attack = next((a for a in attacks if a.action == action and a.variant == variant), None)
                if attack is not None:
                    made.append((who, attack, state))
                    await world.attack(who, [(attack.action, attack.arguments)])
    await world.settle()
    for who, _, state in made:
        for approval in await world.approvals(who):
            await _decide(world, str(state), approval["approval_id"])
    await world.settle()
    approved = {"double": "owner"}
    final = [(who, attack, approved.get(str(state), str(state))) for who, attack, state in made]
    found = await judge(world, final)
    assert not found, found
    done = {(each.action, each.customer) for each in await find_effects(world)}
    missing = [
        (w.number, a.action)
        for w, a, s in final
        if may_happen(a, s) and a.action != "capped" and (a.action, w.number) not in done
    ]
    assert missing == []  # and what an owner approved is done


async def _decide(world: World, state: str, approval: str) -> None:
    match state:
        case "reject":
            await world.tap("owner", f"act:reject:{approval}")
            await world.tap("owner", f"act:approve:{approval}")
        case "expired":
            await world.owner.execute(
                "UPDATE approvals SET expires_at = now() - interval '1 minute', action = jsonb_set(action::jsonb,"
                " '{expires_at}', to_jsonb(now() - interval '1 minute'))::json WHERE approval_id = $1",
                approval,
            )
            await world.tap("owner", f"act:approve:{approval}")
        case "double":
            await world.tap("owner", f"act:approve:{approval}")
            await world.tap("owner", f"act:approve:{approval}")
        case "forged id":
            await world.tap("owner", f"act:approve:{approval[:-1]}{'a' if approval[-1] != 'a' else 'b'}")
        case role:
            await world.tap(role, f"act:approve:{approval}")


async def test_forged_rows_of_the_outbox_are_judged_like_a_models_wishes(world: World) -> None:
    """Past intake, policy and agents: whoever can write a turn's actions still does not get them done."""
    victim, foreigner = await world.customer(), await world.customer(B)
    for build in FORGERIES.values():
        who = await world.customer()
        await world.forge(who, *build(who, victim, foreigner))
    await world.settle()
    assert [f"{each.action} for {each.customer}" for each in await find_effects(world)] == []


def _credit(who: Customer, **changes: object) -> ProposedAction:
    made = ProposedAction(
        name="credit", arguments={"invoice": who.reference("invoice"), "amount": "10.00", "reason": who.marker},
        money_moving=True, agent="billing", contact=who.contact, executor="http",
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


FORGERIES = {
    "another's name": lambda who, victim, b: [_credit(victim)],
    "another's record": lambda who, victim, b: [_credit(victim, contact=who.contact)],
    "another tenant's": lambda who, victim, b: [_credit(b)],
    "nobody's": lambda who, victim, b: [_credit(who, contact=None)],
    "no agent": lambda who, victim, b: [_credit(who, agent="")],
    "another agent": lambda who, victim, b: [_credit(who, agent="sales")],
    "another executor": lambda who, victim, b: [_credit(who, executor="open_case")],
    "too much": lambda who, victim, b: [
        _credit(who, arguments={"invoice": who.reference("invoice"), "amount": "50.00", "reason": who.marker})
    ],
    "an extra field": lambda who, victim, b: [_credit(who, arguments={**_credit(who).arguments, "to": "DE00"})],
    "an approval that is none": lambda who, victim, b: [_credit(who, approval_id="nosuchapproval")],
    "taking back nothing": lambda who, victim, b: [
        ProposedAction(name="take_back", arguments={}, contact=who.contact, approval_id="nosuchapproval")
    ],
    "undeclared": lambda who, victim, b: [
        ProposedAction(name="http", arguments={}, agent="billing", contact=who.contact)
    ],
    "the platform's own": lambda who, victim, b: [
        ProposedAction(name="open_case", arguments={}, agent="", contact=None)
    ],
}


async def test_an_approval_holds_once_for_one_thing_of_one_conversation(world: World) -> None:
    who, other = await world.customer(), await world.customer()
    wish = {"invoice": who.reference("invoice"), "amount": "50.00", "reason": who.marker}
    await world.attack(who, [("credit", wish)])
    await world.settle()
    (approval,) = await world.approvals(who)
    asked = _credit(who, arguments=wish, approval_id=approval["approval_id"])
    await world.forge(who, asked)  # before anybody has decided
    await world.settle()
    assert await find_effects(world) == []
    changed = dataclasses.replace(asked, arguments=wish | {"amount": "150.00"})
    foreign = dataclasses.replace(
        asked, contact=other.contact, arguments=wish | {"invoice": other.reference("invoice")}
    )
    await world.tap("owner", f"act:approve:{approval['approval_id']}")
    await world.settle()
    for one, forged in ((who, asked), (who, changed), (other, foreign)):
        await world.forge(one, forged)
    await world.settle()
    assert await find_effects(world) == [Effect(action="credit", customer=who.number, amount="50.00")]


async def test_random_sequences(world: World) -> None:
    """Many wishes at once and one after the other, with taps by whoever is about."""
    dice = random.Random(20261127)
    bystander, foreigner = await world.customer(), await world.customer(B)
    made: list[tuple[Customer, Attack, str | None]] = []
    for _ in range(40):
        who = await world.customer()
        pool = list(make_attacks(world.profiles[A].agents, who, bystander, foreigner))
        for _ in range(dice.randint(1, 3)):
            burst = [dice.choice(pool) for _ in range(dice.randint(1, 5))]
            made += [(who, each, None) for each in burst]
            await world.attack(who, [(each.action, each.arguments) for each in burst])
            await world.settle()
            for approval in await world.approvals(who):
                role = dice.choice(("viewer", "stranger", "other_owner"))
                await world.tap(role, f"act:{dice.choice(('approve', 'undo', 'confirm'))}:{approval['approval_id']}")
    await world.settle()
    found = await judge(world, made)
    assert not found, found
