"""The menu: everything within three taps of `/start`."""

import pytest

from admin.sections import COMMANDS, LISTED, SECTIONS
from admin.texts import load_catalogue
from core.messages import SendText
from core.texts import LANGUAGES
from steward.menus import menus_for
from tests.admin.desk_world import World, buttons, texts


async def test_start_shows_how_things_stand_and_what_can_be_done(world: World) -> None:
    tenant = await world.open_tenant("Bakery Ada")
    ada = await tenant.join("Ada")
    shown = await ada.write("/start")
    assert "Bakery Ada" in texts(shown)[0]
    assert "nothing waits" in texts(shown)[0]
    labels = [button.label for button in buttons(shown)]
    assert "📥 Inbox" in labels
    assert len(labels) <= 10, "a list on WhatsApp holds ten rows"
    await tenant.escalate("Maya")
    assert "One thing waits" in texts(await ada.write("/menu"))[0]


async def test_a_button_of_the_menu_is_its_command(world: World) -> None:
    tenant = await world.open_tenant("Bakery Ada")
    ada = await tenant.join("Ada")
    assert texts(await ada.tap("menu:status")) == texts(await ada.write("/status"))
    assert texts(await ada.tap("menu:open")) == texts(await ada.write("/start"))


@pytest.mark.parametrize("data", ["menu:", "menu:nothing", "menu:inbox:1", "menu:STATUS", "menu:open;drop"])
async def test_a_forged_button_does_nothing(world: World, data: str) -> None:
    ada = await (await world.open_tenant()).join("Ada")
    outcome = await ada.tap(data)
    assert not outcome.changes
    assert not outcome.actions


async def test_viewers_and_managers_see_and_reach_what_they_may(world: World) -> None:
    tenant = await world.open_tenant()
    await tenant.join("Ada")
    vera, max_ = await tenant.join("Vera", "viewer"), await tenant.join("Max", "manager")
    for seat, role in ((vera, "viewer"), (max_, "manager")):
        ranks = ("viewer", "manager", "owner")
        above = [each for each in COMMANDS.values() if ranks.index(each.role) > ranks.index(role)]
        shown = {button.id for button in buttons(await seat.write("/start"))}
        assert not shown & {f"menu:{each.name}" for each in above}
        listed = texts(await seat.write("/help"))[0]
        for command in above:
            assert f"/{command.name} " not in listed
            outcome = await seat.write(f"/{command.name}")
            assert not outcome.changes, command.name
            assert not outcome.actions, command.name
            assert not (await seat.tap(f"menu:{command.name}")).changes, command.name


async def test_help_names_every_listed_command(world: World) -> None:
    ada = await (await world.open_tenant()).join("Ada")
    listed = texts(await ada.write("/help"))[0]
    assert [name for name in LISTED if f"/{name} " not in listed] == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_menu_fits_in_every_language(world: World, language: str) -> None:
    ada = await (await world.open_tenant(language=language)).join("Ada", language=language)
    outcome = await ada.write("/start")
    assert all(len(button.label) <= 20 for button in buttons(outcome))
    (message,) = outcome.messages
    assert isinstance(message, SendText)
    assert len(message.text) <= 1000
    for _, about in menus_for("admin")[language]:
        assert 1 <= len(about) <= 256  # Source: core.telegram.org/bots/api#botcommand, November 2026


def test_every_command_has_its_words() -> None:
    assert [name for name in COMMANDS if f"cmd_{name}" not in load_catalogue().keys] == []
    assert all(each.about for each in COMMANDS.values())


def test_no_two_sections_claim_the_same() -> None:
    """What is looked up by name would be one section's, and nobody would hear of the other."""
    for names in (
        [section.name for section in SECTIONS],
        [command.name for section in SECTIONS for command in section.commands],
        [action for section in SECTIONS for action in section.results],
    ):
        assert len(names) == len(set(names)), names
    assert all(len(section.name) <= 8 for section in SECTIONS)
