"""Typed commands: what they show, what they refuse, and that nothing typed breaks the desk."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admin.commands import Command, parse_command
from core.changes import SetBudget
from core.money import Money
from tests.admin.desk_world import World, buttons, texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/status", Command(name="status")),
        (" /Budget@steward_bot  49,90 ", Command(name="budget", argument="49,90")),
        ("/budget\n50", Command(name="budget", argument="50")),
        ("/", Command(name="")),
        ("/5 euros", Command(name="")),
        ("status", None),
        ("", None),
    ],
)
def test_commands_are_recognised(text: str, expected: Command | None) -> None:
    assert parse_command(text) == expected


@given(st.text())
def test_parsing_never_raises_and_a_slash_always_makes_a_command(text: str) -> None:
    command = parse_command(text)
    assert (command is not None) == text.strip().startswith("/")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        "/{}{} {}".format,
        st.sampled_from(
            ["start", "help", "status", "budget", "inbox", "release", "cancel", "cases", "case", "inv_", ""]
        ),
        st.sampled_from(["", "@bot", "@", "x"]),
        st.text(max_size=40),
    )
)
async def test_whatever_an_owner_types_is_answered_and_goes_to_no_customer(world: World, text: str) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    outcome = await ana.write(text)
    assert len(texts(outcome)) == 1
    assert not outcome.events
    for change in outcome.changes:
        assert isinstance(change, SetBudget)
        assert 0 <= change.limit.micros <= 10**13


async def test_status_says_how_things_stand(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    first, _ = await tenant.escalate()
    await tenant.escalate("Noor")
    await ana.tap(f"esc:take_over:{first}")
    await ana.write("/status")
    for line in (
        "**Bakery Lindenhof**",
        "Conversations: 2",
        "Waiting questions: 1",
        "Taken over: 1",
        "answers come straight from your knowledge: no model key is set",
        "Budget: not set",
        "Watches: 0",
    ):
        assert line in ana.last


@pytest.mark.parametrize(
    ("typed", "micros"),
    [("50", 50_000_000), ("49,90", 49_900_000), ("€50", 50_000_000), ("50 EUR", 50_000_000), ("50eur", 50_000_000),
     ("1.250,00", 1_250_000_000), ("0", 0), ("10000000", 10_000_000_000_000)],
)  # fmt: skip
async def test_the_owner_sets_the_budget(world: World, typed: str, micros: int) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    outcome = await ana.take(ana.message(f"/budget {typed}"), ana.message("/budget"))
    assert (await tenant.reader.status()).budget == Money(micros=micros, currency="EUR")
    assert [note.action for note in outcome.audit] == ["budget.set"]
    assert "a month. The owner changes" in ana.last
    assert "€" in ana.last


@pytest.mark.parametrize("typed", ["fifty", "-5", "50 USD", "$50", "1,2,3", "50.123", "1e3", "٥٠", "50 50 €x", "²"])
async def test_what_is_no_amount_is_refused_with_an_example(world: World, typed: str) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    outcome = await ana.write(f"/budget {typed}")
    assert not outcome.changes
    assert "/budget 50" in ana.last
    assert "EUR" in ana.last


@pytest.mark.parametrize("typed", ["10000000.01", "999999999", "1000000000"])
async def test_an_absurd_amount_is_refused_with_the_most(world: World, typed: str) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    assert not (await ana.write(f"/budget {typed}")).changes
    assert "€10,000,000.00 is the most" in ana.last


async def test_a_manager_sees_the_budget_and_cannot_set_it(world: World) -> None:
    tenant = await world.open_tenant()
    bob = await tenant.join("Bob", "manager")
    assert not (await bob.write("/budget 50")).changes
    assert "Only the owner" in bob.last
    await bob.write("/budget")
    assert "not set" in bob.last


async def test_the_inbox_shows_the_longest_waiting_first_and_says_when_there_is_more(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    await ana.write("/inbox")
    assert ana.last == "Bakery Lindenhof · Nothing is waiting for you."
    approvals = [(await tenant.escalate(f"Customer {n}"))[0] for n in range(9)]
    outcome = await ana.write("/inbox")
    assert [b.id.rpartition(":")[2] for b in buttons(outcome)] == [a for a in approvals[:8] for _ in range(3)]
    assert "There is more" in ana.last


async def test_release_without_anything_to_release_says_so(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    await ana.write("/release")
    assert "not taken over any" in ana.last


async def test_the_desk_speaks_the_members_language_then_the_apps_then_the_tenants(world: World) -> None:
    tenant = await world.open_tenant(language="de")
    spanish = await tenant.join("Ana", language="es-MX")
    await spanish.write("/inbox")
    assert spanish.last == "Bakery Lindenhof · No hay nada esperando."
    nobody = await tenant.join("Bob", language=None)
    await nobody.write("/inbox")
    assert nobody.last == "Bakery Lindenhof · Es wartet nichts auf Sie."
    unknown = await tenant.join("Cho", language="ko")
    await unknown.write("/inbox")
    assert unknown.last == "Bakery Lindenhof · Es wartet nichts auf Sie."
