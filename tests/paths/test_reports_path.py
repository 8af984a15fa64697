"""Reports in the owner's chat: asked for, set to an hour, and coming by themselves."""

import asyncpg
import pytest

from tests.paths.test_money_desk_path import CHANNELS, desk_on
from tests.support.databases import Urls
from tests.support.product import Product


async def live_through_yesterday(urls: Urls) -> None:
    """A customer wrote yesterday; and it is time for the digest."""
    owner = await asyncpg.connect(urls.owner)
    await owner.execute(
        "INSERT INTO messages (tenant_id, stream_id, seq, n, author, text, at) "
        "SELECT tenant_id, stream_id, 900, 0, 'customer', 'Hello', "
        "       date_trunc('day', now(), 'Europe/Berlin') - interval '10 hours' "
        "  FROM streams WHERE tenant_id = 2 AND kind = 'conversation' LIMIT 1"
    )
    await owner.execute(
        "UPDATE timers "
        "   SET due_at = now(), payload = jsonb_build_object('day', (now() AT TIME ZONE 'Europe/Berlin')::date) "
        " WHERE tenant_id = 2 AND name = 'rep:next'"
    )
    await owner.close()


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_report_now_and_the_digest_at_its_hour(product: Product, urls: Urls, channel: str) -> None:
    desk, chat = desk_on(product, channel), product.telegram("bakery")
    await product.join("bakery", desk)
    await product.say(chat, "Are you open on Sunday?")
    await product.heard(chat, "8:00 to 13:00")
    await product.say(desk, "/report week")
    await product.heard(desk, "conversations: 1", "By the bot alone: 1")
    await product.heard(desk, "customer messages: 1", seconds=40)
    assert any(m.get("file") for m in await product.messages(desk))
    await product.say(desk, "/digest 0:00")
    await product.heard(desk, "The daily digest comes at 12:00")
    await product.tap(desk, "Weekly: turn off")
    await product.heard(desk, "Mondays: off")
    await live_through_yesterday(urls)
    await product.heard(desk, "yesterday, ", "Customer messages: 1")
    assert await product.count("timers", "tenant_id = 2 AND name = 'rep:next' AND due_at > now()") == 1
    await product.say(desk, "/digest off")
    await product.heard(desk, "The daily digest is off.")
