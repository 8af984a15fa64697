"""Typed commands: what they show, what they refuse, and that nothing typed breaks the desk."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admin.commands import Typed, parse_command
from core.changes import SetBudget
from tests.admin.desk_world import World, buttons, texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/status", Typed(name="status")),
        (" /Budget@steward_bot  49,90 ", Typed(name="budget", argument="49,90")),
        ("/budget\n50", Typed(name="budget", argument="50")),
        ("/", Typed(name="")),
        ("/5 euros", Typed(name="")),
        ("status", None),
        ("", None),
    ],
)
def test_commands_are_recognised(text: str, expected: Typed | None) -> None:
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


async def test_the_inbox_shows_the_longest_waiting_first_and_says_when_there_is_more(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    await ana.write("/inbox")
    assert ana.last == "Bakery Lindenhof · Nothing is waiting for you."
    approvals = [(await tenant.escalate(f"Customer {n}"))[0] for n in range(6)]
    outcome = await ana.write("/inbox")
    shown = [button for button in buttons(outcome) if button.id.startswith("box:open:")]
    assert [(b.label, b.id) for b in shown] == [(str(n), f"box:open:{a}") for n, a in enumerate(approvals[:5], 1)]
    assert "More" in [button.label for button in buttons(outcome)]


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
