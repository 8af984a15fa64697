"""Every command there is, and every screen of the menu, through the sandbox on both channels: each gets an answer that
the channel takes."""

import asyncio
import time

import pytest

from admin.sections import COMMANDS
from tests.support.product import Product

AWAY = {"leave", "switch"}
"""Tried last: they may lead elsewhere."""


def desk_of(product: Product, channel: str) -> str:
    return product.desk if channel == "telegram" else product.whatsapp("", "omar")


async def answered(product: Product, desk: str, before: int, what: str) -> str:
    """What came since; an edit of an older message counts, too."""
    deadline = time.monotonic() + 10
    while len(messages := [m for m in await product.messages(desk) if m["from"] == "bot"]) <= before:
        assert time.monotonic() < deadline, f"no answer to {what}"
        await asyncio.sleep(0.02)
    return messages[-1]["text"]


async def count_said(product: Product, desk: str) -> int:
    return len([m for m in await product.messages(desk) if m["from"] == "bot"])


async def try_all(product: Product, desk: str, names: list[str]) -> None:
    for name in names:
        before = await count_said(product, desk)
        await product.say(desk, f"/{name}")
        text = await answered(product, desk, before, f"/{name}")
        assert text.strip()
        assert "I do not know that command" not in text, name
    assert await product.count("outbox", "status = 'failed'") == 0
    assert await product.count("dead_letters") == 0


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_every_command_of_a_business(product: Product, channel: str) -> None:
    desk = desk_of(product, channel)
    await product.join("bakery", desk)
    names = [each.name for each in COMMANDS.values() if each.desks != "operator" and each.name not in AWAY]
    await try_all(product, desk, [*names, *sorted(AWAY, reverse=True)])


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_every_command_of_the_operator(product: Product, channel: str) -> None:
    desk = desk_of(product, channel)
    await product.join("operator", desk)
    await try_all(product, desk, [each.name for each in COMMANDS.values() if each.desks != "business"])


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_every_button_of_the_menu(product: Product, channel: str) -> None:
    desk = desk_of(product, channel)
    await product.join("bakery", desk)
    before = await count_said(product, desk)
    await product.say(desk, "/start")
    await answered(product, desk, before, "/start")
    shown = (await product.messages(desk))[-1]
    labels = [button["label"] for row in shown.get("buttons") or [] for button in row if button.get("data")]
    labels += [row["title"] for part in (shown.get("list") or {}).get("sections", []) for row in part["rows"]]
    assert len(labels) >= 8
    for label in labels:
        before = await count_said(product, desk)
        await product.tap(desk, label)
        assert (await answered(product, desk, before, label)).strip()
    assert await product.count("outbox", "status = 'failed'") == 0
