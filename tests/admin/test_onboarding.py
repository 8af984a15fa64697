"""`/new`, step by step, and `/settings`: over the real database, in all languages, with what people really type."""

from datetime import timedelta
from typing import Any

import pytest

from admin.changing import change_business
from admin.onboarding.hooks import after_knowledge, bot_connected
from admin.session import TEXT_WITH_BUTTONS, DeskTurn
from core.changes import SetBudget
from core.clock import SystemClock
from core.desk_changes import ChangeBusiness
from core.events import ActionResult, DeskOpened
from core.ids import TenantId
from core.media import Attachment
from core.messages import BUTTON_ID_BYTES, SendText, address_button
from core.money import MICROS, Money
from core.office.settings import BusinessState
from core.texts import LANGUAGES
from core.turns import TurnInput, TurnTools
from db.office import open_office
from tenants.settings import read_settings
from tests.admin.desk_world import ADMIN_BOT, NOW, Seat, World, texts
from tests.admin.newcomers import ids, names, stranger

LONG = "*very_long [text](with) `marks`* " * 100


async def open_unfinished(world: World, language: str = "en", *, name: str = "Café Nora") -> Seat:
    """A business whose wizard is at its second step."""
    tenant = await world.open_tenant(name, language)
    await world.superuser.execute("UPDATE tenants SET settings = '{\"set_up\": false}' WHERE tenant_id = $1", tenant.id)
    nora = await tenant.join("Nora", language=language)
    await nora.take(DeskOpened(why="new"))
    return nora


async def business(seat: Seat) -> BusinessState:
    turn = seat.turn(DeskOpened(why="switched"))
    return await (await desk_of(seat, turn)).business()


async def desk_of(seat: Seat, turn: TurnInput) -> DeskTurn:
    office = open_office(seat.tenant.world.database, seat.tenant.world.link, seat.tenant.id)
    member = await seat.tenant.reader.member_at(ADMIN_BOT, seat.chat)
    tools = TurnTools(models=seat.models, reader=seat.tenant.reader, clock=SystemClock(), office=office)
    return DeskTurn(turn, tools, member)


async def told(seat: Seat) -> dict[str, Any]:
    found = await business(seat)
    return {**read_settings(found.settings).model_dump(), "name": found.name}


async def test_every_step_says_which_it_is_and_writes_a_setting(world: World) -> None:
    nora = await open_unfinished(world)
    assert "Step 2 of 8" in nora.last
    assert "Step 3 of 8" in texts(await nora.tap("new:ok:place"))[0]
    assert "Step 4 of 8" in texts(await nora.write("We sell coffee by the river"))[0]
    pasted = await nora.write("We deliver within the city for 4 euros.")
    assert names(pasted) == ["add_knowledge"]
    assert "Step 5 of 8" in texts(await nora.tap("new:ok:knowledge"))[0]
    hours = await nora.write("Mon-Fri 8-18")
    assert "Step 6 of 8" in texts(hours)[-1] and names(hours) == ["add_knowledge"]
    assert hours.actions[0].arguments["name"] == "Opening hours"
    assert "Step 7 of 8" in texts(await nora.tap("new:tone:warm"))[0]
    assert "Step 8 of 8" in texts(await nora.tap("new:skip:bot"))[-1]
    question = await nora.write("Are you open on Sunday?")
    assert names(question) == ["rehearse"] and question.actions[0].arguments["text"] == "Are you open on Sunday?"
    assert "Café Nora" in texts(await nora.tap("new:ok:try"))[-1]
    kept = await told(nora)
    assert kept["set_up"] and kept["tone"] == "warm" and kept["hours"] == "Mon-Fri 8-18"
    assert kept["about"] == "We sell coffee by the river"
    assert not any(isinstance(change, ChangeBusiness) for change in (await nora.tap("new:ok:try")).changes)


async def test_what_is_skipped_stays_unsaid_and_the_persona_is_no_echo_of_the_tone(world: World) -> None:
    nora = await open_unfinished(world)
    for button in ("ok:place", "skip:about", "ok:knowledge", "skip:hours", "tone:brief", "skip:bot", "ok:try"):
        await nora.tap(f"new:{button}")
    kept = await told(nora)
    assert kept["set_up"] and kept["about"] == "" and kept["hours"] == "" and kept["tone"] == "brief"
    assert (await business(nora)).persona.count("Write briefly") == 1


async def test_the_guess_is_changed_by_taps_or_by_words(world: World) -> None:
    nora = await open_unfinished(world)
    await nora.tap("new:pick:language")
    await nora.tap("new:lang:de")
    await nora.write("Bogotá")
    found = await business(nora)
    assert (found.language, found.time_zone, found.currency) == ("de", "America/Bogota", "COP")
    await nora.tap("new:pick:currency")
    await nora.write("$")
    await nora.tap("new:pick:zone")
    several = await nora.write("United States")
    assert ids(several)[:2] == ["new:z:America/New_York", "new:z:America/Chicago"] and len(ids(several)) <= 8
    await nora.tap("new:z:America/Chicago")
    found = await business(nora)
    assert (found.time_zone, found.currency) == ("America/Chicago", "USD")
    assert "Step 2 of 8" in nora.last
    assert "don’t know “Atlantis”" in texts(await nora.take(nora.message("Atlantis")))[0] or "understand" in nora.last


async def test_a_chosen_currency_stays_and_the_limit_follows_it(world: World) -> None:
    nora = await open_unfinished(world)
    await world.superuser.execute(
        "INSERT INTO budgets (tenant_id, scope, name, limit_micros, currency, set_by) "
        "VALUES ($1, 'month', '', $2, 'EUR', 1)",
        nora.tenant.id, 10 * MICROS,
    )  # fmt: skip
    outcome = await nora.tap("new:cur:JPY")
    (budget,) = [change for change in outcome.changes if isinstance(change, SetBudget)]
    assert budget.limit == Money(micros=1_500 * MICROS, currency="JPY")
    await nora.write("Madrid")
    assert (await business(nora)).currency == "JPY"


@pytest.mark.parametrize(
    ("done", "step"),
    [
        ((), 2), (("ok:place",), 3), (("ok:place", "skip:about"), 4), (("ok:place", "skip:about", "ok:knowledge"), 5),
        (("ok:place", "skip:about", "ok:knowledge", "skip:hours"), 6),
        (("ok:place", "skip:about", "ok:knowledge", "skip:hours", "skip:tone"), 7),
    ],
)  # fmt: skip
async def test_a_wizard_that_was_left_goes_on_where_it_was(world: World, done: tuple[str, ...], step: int) -> None:
    nora = await open_unfinished(world)
    for button in done:
        await nora.tap(f"new:{button}")
    await nora.write("/cancel")
    half = await nora.write("/new")
    assert f"step {step} of 8" in texts(half)[0] and ids(half) == ["new:go", "new:begin"]
    assert f"Step {step} of 8" in texts(await nora.tap("new:go"))[0]


async def test_without_a_memory_the_settings_tell_how_far_it_was(world: World) -> None:
    nora = await open_unfinished(world)
    for settings, step in (
        ('{"set_up": false}', 2), ('{"set_up": false, "about": "Coffee"}', 4),
        ('{"set_up": false, "hours": "8-18"}', 6),
        ('{"set_up": false, "tone": "warm"}', 7),
    ):  # fmt: skip
        nora.state = {}
        await world.superuser.execute("UPDATE tenants SET settings = $2 WHERE tenant_id = $1", nora.tenant.id, settings)
        assert f"Step {step} of 8" in texts(await nora.tap("new:go"))[0]
    nora.state = {"kept": {"new": {"step": "nonsense"}}}
    assert "Step 7 of 8" in texts(await nora.tap("new:go"))[0]


async def test_double_taps_do_one_thing_and_old_cards_lead_on(world: World) -> None:
    nora = await open_unfinished(world)
    both = await nora.take(nora.tapping("new:ok:place"), nora.tapping("new:ok:place"))
    assert len(texts(both)) == 1 and "Step 3 of 8" in texts(both)[0]
    assert texts(await nora.tap("new:ok:place")) == []
    later = await nora.tap("new:ok:place", at=NOW + timedelta(minutes=5))
    assert "Step 3 of 8" in texts(later)[0]
    for data in ("new:ok:nothing", "new:z:Mars/Olympus", "new:lang:xx", "new:tone:rude", "new:pick:agents", "new:ok"):
        outcome = await nora.tap(data)
        assert outcome.changes == () and len(texts(outcome)) == 1


@pytest.mark.parametrize("step", ["about", "hours", "tone", "try"])
async def test_words_that_are_none_or_too_many_are_asked_for_again(world: World, step: str) -> None:
    nora = await open_unfinished(world)
    before = {"about": 1, "hours": 3, "tone": 4, "try": 6}[step]
    for button in ("ok:place", "skip:about", "ok:knowledge", "skip:hours", "skip:tone", "skip:bot")[:before]:
        await nora.tap(f"new:{button}")
    picture = Attachment(kind="photo", ref="1")
    for message in (nora.message("🙂👍"), nora.message("", picture), nora.message("x" * 2_001)):
        outcome = await nora.take(message)
        assert outcome.changes == () and outcome.actions == () and len(texts(outcome)) == 1
    outcome = await nora.write("A nice one")
    assert outcome.actions or outcome.changes


async def test_only_owners_set_up_and_managers_try(world: World) -> None:
    nora = await open_unfinished(world)
    ana = await nora.tenant.join("Ana", "manager")
    for data in ("new:ok:place", "new:lang:de", "new:pick:hours", "new:go"):
        assert (await ana.tap(data)).changes == ()
    assert (await ana.write("/settings")).changes == () and "owner" in ana.last.lower()
    assert names(await ana.write("/try When do you open?")) == ["rehearse"]
    assert names(await ana.write("And on Sundays?")) == ["rehearse"]
    vera = await nora.tenant.join("Vera", "viewer")
    assert names(await vera.write("/try When do you open?")) == []
    assert names(await vera.tap("new:again")) == []


async def test_a_member_who_owns_nothing_here_makes_nothing(world: World) -> None:
    nora = await open_unfinished(world)
    ana = await nora.tenant.join("Ana", "manager")
    assert "owners" in texts(await ana.write("/new"))[0]
    assert names(await ana.write("Ana's Bar")) == []


async def test_an_owner_makes_a_second_business_from_the_first(world: World) -> None:
    tenant = await world.open_tenant()
    omar = await tenant.join("Omar")
    assert "Step 1 of 8" in texts(await omar.write("/new"))[0]
    assert names(await omar.write("Bar Omar")) == ["open_business"]
    assert "One moment" in texts(await omar.write("Bar Omar"))[0]
    done = ActionResult(action="open_business", key="k", ok=True, result={"tenant": 99})
    assert texts(await omar.take(done)) == []
    assert names(await omar.write("Bar Omar")) == []


async def test_hooks_lead_on_where_a_wizard_is_under_way_and_only_there(world: World) -> None:
    nora = await open_unfinished(world)
    await nora.tap("new:ok:place")
    await nora.tap("new:skip:about")
    desk = await desk_of(nora, nora.turn(DeskOpened(why="switched")))
    assert desk.member is not None
    wizard = await after_knowledge(desk)
    assert wizard is not None and wizard[1].id == "new:ok:knowledge"
    omar = await (await world.open_tenant()).join("Omar")
    quiet = await desk_of(omar, omar.turn(DeskOpened(why="switched")))
    assert quiet.member is not None
    assert await after_knowledge(quiet) is None
    await bot_connected(quiet, quiet.member, None)  # type: ignore[arg-type]
    assert quiet.outcome({}).messages == ()


@pytest.mark.parametrize(
    ("result", "said", "hidden"),
    [
        ({"text": "We open at 8.", "escalated": False, "actions": [], "sources": ["Opening *hours*"]}, "from", "asked"),
        ({"text": "I asked a colleague.", "escalated": True, "actions": [], "sources": []}, "asked here", "from:"),
        ({"text": "Done", "escalated": False, "actions": ["create_ticket"], "sources": []}, "want to do", "asked here"),
        ({"text": "", "escalated": False, "actions": [], "sources": []}, "nothing", "asked here"),
        ({"text": "A" * 2_900, "escalated": True, "actions": [], "sources": []}, "asked here", "from:"),
    ],
)  # fmt: skip
async def test_a_rehearsal_shows_what_customers_would_see(
    world: World, result: dict[str, Any], said: str, hidden: str
) -> None:
    nora = await open_unfinished(world)
    outcome = await nora.take(ActionResult(action="rehearse", key="k", ok=True, result=result))
    shown = "\n".join(texts(outcome))
    assert said in shown and hidden not in shown and ids(outcome) == ["new:again"]
    failed = await nora.take(ActionResult(action="rehearse", key="k2", ok=False, result={}))
    assert "again" in texts(failed)[0]


async def test_settings_change_one_thing_at_a_time_by_the_same_steps(world: World) -> None:
    omar = await (await world.open_tenant()).join("Omar")
    for what, typed in (
        ("name", "Bar Omar"), ("about", "A bar"), ("hours", "18-2"), ("tone", "like a pirate"), ("zone", "Lisbon"),
        ("language", "Español"), ("currency", "CHF"),
    ):  # fmt: skip
        await omar.tap(f"new:pick:{what}")
        assert "What shall I change?" in texts(await omar.write(typed))[-1]
    found, kept = await business(omar), await told(omar)
    assert (found.name, found.language, found.time_zone, found.currency) == ("Bar Omar", "es", "Europe/Lisbon", "CHF")
    assert (kept["about"], kept["hours"], kept["tone_words"]) == ("A bar", "18-2", "like a pirate")
    assert "new:back" in ids(await omar.tap("new:pick:name"))
    assert (await omar.tap("new:back")).changes == ()
    assert len(await changes_after(omar, "New name")) == 0


async def changes_after(seat: Seat, words: str) -> tuple[object, ...]:
    return (await seat.write(words)).changes


async def test_hours_keep_the_name_they_have_when_the_language_changes(world: World) -> None:
    omar = await (await world.open_tenant()).join("Omar")
    await world.superuser.execute(
        "INSERT INTO knowledge_files (tenant_id, name, origin) VALUES ($1, 'Opening hours', 'text')", omar.tenant.id
    )
    await omar.tap("new:lang:de")
    await omar.tap("new:pick:hours")
    outcome = await omar.write("8-18 Uhr")
    (action,) = outcome.actions
    assert action.arguments["name"] == "Opening hours" and action.arguments["exact"]
    assert "Samstag" in str(action.arguments["text"])
    assert "Wir haben geöffnet: 8-18 Uhr" in str(action.arguments["text"])


async def test_two_owners_who_change_at_once_are_one_after_the_other(world: World) -> None:
    tenant = await world.open_tenant()
    omar, ana = await tenant.join("Omar"), await tenant.join("Ana")
    first, second = omar.turn(omar.tapping("new:tone:warm")), ana.turn(ana.tapping("new:tone:brief"))
    one, two = await omar.decide(first), await ana.decide(second)
    assert await omar.finish(one) and not await ana.finish(two)
    await ana.tap("new:tone:brief")
    assert (await told(omar))["tone"] == "brief"


async def test_a_persona_from_the_folder_becomes_what_the_business_does(world: World) -> None:
    tenant = await world.open_tenant()
    await world.superuser.execute("UPDATE tenants SET persona = 'A bakery.' WHERE tenant_id = $1", tenant.id)
    omar = await tenant.join("Omar")
    desk = await desk_of(omar, omar.turn(DeskOpened(why="switched")))
    after = await change_business(desk, "tone.set", tone="brief")
    assert after.persona.startswith("A bakery.\nWrite briefly") and read_settings(after.settings).about == "A bakery."
    again = await change_business(desk, "hours.set", hours="8-18")
    assert again.persona == after.persona


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_card_fits_a_channel_that_allows_the_least(world: World, language: str) -> None:
    newcomer = stranger(world, language=language)
    nora = await open_unfinished(world, language, name="*x_" * 20)
    await newcomer.write("hello")
    await newcomer.write("/new")
    await newcomer.write(LONG)
    await nora.tap("new:pick:zone")
    await nora.write("Argentina")
    await nora.write("United States")
    for data in (
        "pick:language", "pick:currency", "ok:place", "skip:about", "ok:knowledge", "skip:hours", "skip:tone",
        "skip:bot", "ok:try", "again", "go",
    ):  # fmt: skip
        await nora.tap(f"new:{data}")
    for what, typed in (("about", "x*" * 900), ("hours", "x_" * 400), ("tone", "y`" * 200)):
        await nora.tap(f"new:pick:{what}")
        await nora.write(typed)
    await nora.write("/settings")
    await nora.write("/new")
    for message in (*newcomer.seen, *nora.seen):
        if not isinstance(message, SendText) or not message.buttons:
            continue
        shown = [button for row in message.buttons for button in row]
        assert len(message.text) <= TEXT_WITH_BUTTONS and len(shown) <= 10
        for button in shown:
            assert 0 < len(button.label) <= 20
            assert len(address_button(TenantId(10**17), button.id).encode()) <= BUTTON_ID_BYTES


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        (("That’s right",), "Step 3 of 8"), (("yes",), "Step 3 of 8"), (("stimmt so!",), "Step 3 of 8"),
        (("ok", "Skip"), "Step 4 of 8"), (("ok", "пропустить", "Go on"), "Step 5 of 8"),
    ],
)  # fmt: skip
async def test_the_label_of_the_steps_button_may_be_typed(world: World, typed: tuple[str, ...], question: str) -> None:
    nora = await open_unfinished(world)
    for words in typed:
        outcome = await nora.write(words)
    assert question in texts(outcome)[0]
    settings = read_settings((await business(nora)).settings)
    assert not settings.about and not names(outcome)


async def test_outside_the_wizard_such_words_are_an_answer(world: World) -> None:
    omar = await (await world.open_tenant()).join("Omar")
    await omar.tap("new:pick:about")
    await omar.write("Skip")
    assert read_settings((await business(omar)).settings).about == "Skip"


async def test_what_was_not_understood_brings_its_buttons_again(world: World) -> None:
    nora = await open_unfinished(world)
    assert ids(await nora.write("qwertz")) == ["new:ok:place", "new:pick:language"]
    await nora.tap("new:pick:language")
    assert "new:lang:de" in ids(await nora.write("Klingon"))


async def test_the_desk_speaks_the_new_language_at_once(world: World) -> None:
    """With whom no app says theirs, as on WhatsApp; an app's own language stays."""
    tenant = await world.open_tenant("Café Nora")
    await world.superuser.execute("UPDATE tenants SET settings = '{\"set_up\": false}' WHERE tenant_id = $1", tenant.id)
    nora, petra = await tenant.join("Nora", language=None), await tenant.join("Petra", language="pt")
    assert "Schritt 2 von 8" in texts(await nora.tap("new:lang:de"))[0]
    assert "Passo 2 de 8" in texts(await petra.tap("new:lang:fr"))[0]


async def test_many_buttons_are_told_what_opens_their_list(world: World) -> None:
    nora = await open_unfinished(world)
    card, unknown = await nora.write("Berlin"), await nora.write("qwertz")
    assert [message.opener for message in card.messages if isinstance(message, SendText)] == ["Choose"]
    assert [message.opener for message in unknown.messages if isinstance(message, SendText)] == [None]
