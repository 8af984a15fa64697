"""Money from the owner's chat: limits by words and taps, what was spent with a picture, and one tap that raises."""

import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from core.ids import TenantId
from tests.admin.spending import spend
from tests.support.product import OWNER, Product

CHANNELS = ["telegram", "whatsapp"]
BAKERY = TenantId(2)


def desk_on(product: Product, channel: str) -> str:
    return product.desk if channel == "telegram" else product.whatsapp("", OWNER)


async def spend_days(product: Product, amounts: list[float]) -> None:
    """Today's first, then back through the month and the one before."""
    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    for ago, amount in enumerate(amounts):
        day = today - timedelta(days=ago)
        await spend(product.data.database, BAKERY, amount, day, agent="sales", model="llama")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_limits_by_words_and_taps(product: Product, channel: str) -> None:
    desk = desk_on(product, channel)
    await product.join("bakery", desk)
    await product.say(desk, "/budget")
    await product.heard(desk, "limits on spending")
    await product.tap(desk, "Daily limit")
    await product.heard(desk, "for each day?")
    await product.tap(desk, "€5")
    await product.heard(desk, "The limit is now €5.00 a day.")
    await product.say(desk, "/budget set the limit to 80 euros")
    await product.heard(desk, "The limit is now €80.00 a month.")
    await product.say(desk, "/budget")
    await product.heard(desk, "of €80.00", "of €5.00")
    await product.tap(desk, "No limit")
    await product.heard(desk, "Which one should go?")
    await product.tap(desk, "No daily limit")
    await product.heard(desk, "no limit a day any more")
    await product.tap(desk, "Spending")
    await product.heard(desk, "Nothing was spent", "Limit for the month: €80.00")
    assert await product.count("budgets", "tenant_id = 2") == 1


@pytest.mark.parametrize("channel", CHANNELS)
async def test_what_was_spent_comes_with_a_picture(product: Product, channel: str) -> None:
    desk = desk_on(product, channel)
    await product.join("bakery", desk)
    await spend_days(product, [2, 1, 3])
    await product.say(desk, "/spend week")
    await product.heard(desk, "Spent: *€6.00*" if channel == "whatsapp" else "Spent: €6.00", "Sales", "llama")
    await product.heard(desk, "€6.00 spent", seconds=40)
    picture = next(m["file"] for m in reversed(await product.messages(desk)) if m.get("file"))
    assert picture["kind"] == "photo"
    async with product.http.get(f"{product.url}/api/files/{picture['id']}") as answer:
        with Image.open(io.BytesIO(await answer.read())) as drawn:
            assert drawn.size == (900, 600)
    await product.tap(desk, "By model")
    await product.heard(desk, "By model")
    assert await product.count("pictures", "tenant_id = 2") == 1


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_limit_that_is_near_is_raised_by_one_tap(product: Product, channel: str) -> None:
    desk = desk_on(product, channel)
    await product.join("bakery", desk)
    await product.say(desk, "/budget 20")
    await product.heard(desk, "€20.00 a month")
    await spend_days(product, [12])
    await product.heard(desk, "50 % is used")
    await product.tap(desk, "Raise by 50 %")
    await product.heard(desk, "The limit is now €30.00 a month.", "Omar raised the limit to €30.00.")
