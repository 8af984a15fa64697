"""`/bots` over the real database: what is listed, who may, what is asked for, and what is said of each outcome."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.bots.naming import suggest_name, suggest_username
from admin.bots.offering import offer_bots
from admin.session import TEXT_WITH_BUTTONS, DeskTurn
from core.clock import SystemClock
from core.events import ActionResult, BotCreated, OwnerNotice
from core.ids import OPERATOR, AccountId
from core.messages import BUTTON_ID_BYTES, DeleteMessage, EditCard, SendText
from core.turns import TurnOutcome, TurnTools
from db.office import open_office
from tenants.concealing import conceal
from tenants.secrets import Vault
from tests.admin.desk_world import ADMIN_BOT, NOW, KeylessModels, Seat, Tenant, World, buttons, texts

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
VAULT = Vault(bytes(32))
TOKEN, META, APP = f"123456789:{'A' * 35}", f"EAA{'b' * 60}", "0f" * 16
LIST_ROWS, LABEL = 10, 20


def sealed(tenant: Tenant, text: str) -> str:
    """As the intake leaves it."""
    return conceal(text, partial(VAULT.seal, tenant.id))


async def connect(tenant: Tenant, number: int, **changes: Any) -> AccountId:
    row = {
        "tenant_id": tenant.id, "channel": "telegram", "role": "customer", "external_id": f"{tenant.id}{number}",
        "name": f"Oven {number}", "path_id": f"path-{tenant.id}-{number}", "delivery": "polling", "secrets": b"x",
        "handle": f"oven_{number}_bot", **changes,
    }  # fmt: skip
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    query = f"INSERT INTO channel_accounts ({', '.join(row)}) VALUES ({places}) RETURNING account_id"
    return await tenant.world.superuser.fetchval(query, *row.values())


async def ends(seat: Seat, action: str, *, ok: bool = True, **result: Any) -> TurnOutcome:
    return await seat.take(ActionResult(action=action, key="k", ok=ok, result=result))


def proposed(outcome: TurnOutcome) -> list[tuple[str, dict[str, Any]]]:
    return [(action.name, action.arguments) for action in outcome.actions]


async def test_the_list_shows_each_bot_with_its_state_link_and_button(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    assert "no bot yet" in texts(await ana.write("/bots"))[0]
    running = await connect(tenant, 1)
    paused = await connect(tenant, 2, status="paused")
    stopped = await connect(tenant, 3, status="paused", trouble="x", trouble_code="token")
    number = await connect(tenant, 4, channel="whatsapp", handle="4930123", name="Oven line")
    outcome = await ana.write("/bots")
    (text,) = texts(outcome)
    for words in (
        "https://t.me/oven\\_1\\_bot", "answers customers", "paused", "token no longer works",
        "https://wa.me/4930123", "**Oven line**",
    ):  # fmt: skip
        assert words in text
    ids = [button.id for button in buttons(outcome)]
    assert ids == [
        f"bot:pause:{running}", f"bot:resume:{paused}", f"bot:mend:{stopped}", f"bot:pause:{number}", "bot:token",
        "bot:whatsapp",
    ]  # fmt: skip
    assert proposed(await ana.tap(f"bot:pause:{running}")) == [
        ("pause_bot", {"account_id": running, "paused": True})
    ]  # fmt: skip
    (message,) = (await ends(ana, "pause_bot", code="paused", account_id=running)).messages
    assert isinstance(message, EditCard) and message.card == "bots"


async def test_forged_and_foreign_buttons_do_nothing(world: World) -> None:
    mine, other = await world.open_tenant(), await world.open_tenant()
    ana = await mine.join("Ana")
    theirs = await connect(other, 1, managed_by=5)
    for what in ("pause", "resume", "token", "renew", "mend"):
        outcome = await ana.tap(f"bot:{what}:{theirs}")
        assert not outcome.actions and "no such bot" in texts(outcome)[0]
    for data in ("bot:pause:", "bot:pause:x", "bot:delete:1", f"bot:pause:{'9' * 19}", "bot:token:١"):
        outcome = await ana.tap(data)
        assert not outcome.actions and not outcome.changes


@pytest.mark.parametrize("role", ["manager", "viewer"])
async def test_only_an_owner_connects_and_a_token_goes_away_all_the_same(world: World, role: Any) -> None:
    tenant = await world.open_tenant()
    await tenant.join("Ana")
    bob = await tenant.join("Bob", role)
    account = await connect(tenant, 1, managed_by=ADMIN_BOT)
    for data in ("bot:new", "bot:token", "bot:whatsapp", "bot:yes", f"bot:pause:{account}", f"bot:renew:{account}"):
        outcome = await bob.tap(data)
        assert not outcome.actions and "owner" in texts(outcome)[0]
    outcome = await bob.write(sealed(tenant, f"take {TOKEN}"))
    assert isinstance(outcome.messages[0], DeleteMessage) and not outcome.actions
    assert "owner" in texts(outcome)[0]
    made = BotCreated(sender=bob.sender, at=NOW, bot_id="77", username="oven_bot", name="Oven")
    assert not (await bob.take(made)).actions
    notice = OwnerNotice(notice="bot_trouble", fields={"account": "telegram", "account_id": account, "code": "token"})
    told = await bob.take(notice)
    assert "has stopped" in texts(told)[0] and buttons(told) == []


async def test_the_access_to_a_number_is_asked_for_step_by_step_and_only_what_is_wrong_again(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    assert "phone number ID" in texts(await ana.tap("bot:whatsapp"))[0]
    assert "access token" in texts(await ana.write("It is 106540352242922"))[0]
    assert "app secret" in texts(await ana.write(sealed(tenant, META)))[0]
    outcome = await ana.write(sealed(tenant, APP))
    ((name, arguments),) = proposed(outcome)
    assert name == "connect_whatsapp" and arguments["phone_number_id"] == "106540352242922"
    assert "does not accept this access token" in texts(await ends(ana, name, code="token_refused"))[0]
    ((_, again),) = proposed(await ana.write(sealed(tenant, META + "c")))
    assert again["app_secret"] == arguments["app_secret"] and again["token"] != arguments["token"]
    assert "does not know this phone number ID" in texts(await ends(ana, name, code="number_refused"))[0]
    assert not (await ana.write("hm?")).actions
    ((_, third),) = proposed(await ana.write("206540352242922"))
    assert (third["token"], third["phone_number_id"]) == (again["token"], "206540352242922")


async def test_all_of_it_in_one_message_is_enough_and_a_bots_token_meanwhile_is_taken_as_one(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    await ana.tap("bot:whatsapp")
    outcome = await ana.write(sealed(tenant, f"106540352242922\n{META}\n{APP}"))
    assert [name for name, _ in proposed(outcome)] == ["connect_whatsapp"]
    await ana.tap("bot:whatsapp")
    assert [name for name, _ in proposed(await ana.write(sealed(tenant, TOKEN)))] == ["connect_telegram"]


async def test_a_secret_reaches_nobody_else_who_asked_for_words(world: World) -> None:
    """Neither a customer, nor another section: here an answer was begun."""
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, _ = await tenant.escalate()
    await ana.tap(f"esc:answer:{approval}")
    outcome = await ana.write(sealed(tenant, f"use {META}"))
    assert not outcome.changes and not outcome.events
    assert "WhatsApp number" in texts(outcome)[0]
    outcome = await ana.tap("bot:yes")
    assert "phone number ID" in texts(outcome)[0]


async def test_a_made_bot_is_connected_and_what_telegram_says_later_of_it_is_no_news(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    made = BotCreated(sender=ana.sender, at=NOW, bot_id=f"{tenant.id}7", username="oven_7_bot", name="Oven")
    outcome = await ana.take(made)
    assert proposed(outcome) == [("connect_managed_bot", {"bot_id": f"{tenant.id}7"})]
    (said,) = outcome.messages
    assert isinstance(said, SendText) and said.close_keyboard
    account = await connect(tenant, 7, managed_by=ADMIN_BOT)
    told = await ends(ana, "connect_managed_bot", code="connected", account_id=account)
    assert "https://t.me/oven\\_7\\_bot" in texts(told)[0]
    again = await ana.take(made)
    assert len(again.actions) == 1 and again.messages == ()
    assert (await ends(ana, "connect_managed_bot", code="unchanged", account_id=account)).messages == ()


async def test_a_bot_that_was_connected_by_a_try_that_was_cut_off_leads_the_wizard_on(world: World) -> None:
    tenant = await world.open_tenant()
    await world.superuser.execute(
        """UPDATE tenants SET settings = '{"set_up": false}' WHERE tenant_id = $1""", tenant.id
    )
    ana = await tenant.join("Ana")
    ana.state["kept"] = {"new": {"step": "bot", "since": NOW.isoformat()}}
    account = await connect(tenant, 7, managed_by=ADMIN_BOT)
    told = await ends(ana, "connect_managed_bot", code="unchanged", account_id=account)
    assert "Step 8 of 8" in texts(told)[0]
    assert (await ends(ana, "connect_managed_bot", code="unchanged", account_id=account)).messages == ()


async def test_the_choice_has_the_key_only_where_the_admin_bot_makes_bots(world: World) -> None:
    tenant = await world.open_tenant("Bäckerei Öhm & Söhne")
    ana = await tenant.join("Ana")

    async def offer(seat: Seat) -> TurnOutcome:
        turn = seat.turn(seat.message("x"))
        office = open_office(world.database, world.link, tenant.id)
        tools = TurnTools(models=KeylessModels(), reader=tenant.reader, clock=SystemClock(), office=office)
        member = await tenant.reader.member_at(turn.account_id, turn.chat)
        assert member is not None
        desk = DeskTurn(turn, tools, member)
        await offer_bots(desk, member, NOW)
        outcome = desk.outcome({})
        if outcome.state is not None:
            seat.state = dict(outcome.state)
        return outcome

    plain = await offer(ana)
    assert [message.request_bot for message in plain.messages if isinstance(message, SendText)] == [None]
    assert "/newbot" in texts(plain)[0]
    await world.superuser.execute(
        "INSERT INTO channel_accounts (tenant_id, account_id, channel, role, external_id, path_id, delivery, secrets, "
        "manages_bots) OVERRIDING SYSTEM VALUE "
        "VALUES ($1, $2, 'telegram', 'admin', '900', 'p900', 'polling', 'x', true)",
        OPERATOR, ADMIN_BOT,
    )  # fmt: skip
    try:
        first, second = (await offer(ana)).messages
    finally:
        await world.superuser.execute("DELETE FROM channel_accounts WHERE account_id = $1", ADMIN_BOT)
    assert isinstance(first, SendText) and first.request_bot is not None and not first.buttons
    assert first.request_bot.suggested_username.startswith("baeckerei_oehm_soehne")
    assert isinstance(second, SendText) and len(second.buttons) == 1
    # A token that is sent now is what was asked for.
    assert [name for name, _ in proposed(await ana.write(sealed(tenant, TOKEN)))] == ["connect_telegram"]


CODES = [
    ("connect_telegram", "token_refused"), ("connect_telegram", "already_here"), ("connect_telegram", "admin_bot"),
    ("connect_telegram", "other_bot"), ("connect_telegram", "unchanged"), ("connect_telegram", "mended"),
    ("connect_managed_bot", "not_managed"), ("connect_managed_bot", "connected"), ("connect_whatsapp", "connected"),
    ("connect_whatsapp", "token_refused"), ("connect_whatsapp", "number_refused"), ("connect_whatsapp", "no_address"),
    ("connect_whatsapp", "app_secret_missing"), ("pause_bot", "gone"), ("pause_bot", "paused"),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
async def test_whatever_comes_of_it_is_said_in_each_language_and_fits_both_channels(
    world: World, language: str
) -> None:
    tenant = await world.open_tenant(language=language)
    ana = await tenant.join("Ana", language=language)
    accounts = [await connect(tenant, n, managed_by=ADMIN_BOT if n % 2 else None) for n in range(1, 14)]
    for n, code in enumerate(("token", "conflict", "vendor"), 3):
        line = await connect(tenant, 20 + n, channel="whatsapp", handle=f"49{n}", trouble="why", trouble_code=code)
        accounts.append(line)
    started = len(ana.seen)
    for action, code in CODES:
        account = accounts[-1] if action == "connect_whatsapp" else accounts[0]
        known = {"account_id": account, "handle": "x" * 32, "webhook_url": "https://x.y/z", "verify_token": "w" * 32}
        outcome = await ends(ana, action, code=code, **known)
        assert outcome.messages, (action, code)
    await ends(ana, "connect_telegram", ok=False, error_kind="Rejected")
    await ana.write("/bots")
    for data in ("token", "whatsapp", "new", "no", "yes"):
        await ana.tap(f"bot:{data}")
    for account in accounts:
        for what in ("token", "mend"):
            await ana.tap(f"bot:{what}:{account}")
        for code in ("token", "conflict", "vendor"):
            fields = {"account": "telegram", "account_id": account, "code": code, "text": "long reason " * 30}
            await ana.take(OwnerNotice(notice="bot_trouble", fields=fields))
    cards = [message for message in ana.seen[started:] if isinstance(message, SendText | EditCard)]
    for card in cards:
        keys = [key for row in card.buttons for key in row]
        assert len(card.text) <= (TEXT_WITH_BUTTONS if 0 < len(keys) <= 3 else 4_000)
        assert len(keys) <= LIST_ROWS
        for key in keys:
            assert 0 < len(key.label) <= LABEL
            assert len(key.id.encode()) <= min(40, BUTTON_ID_BYTES)


async def test_a_trouble_of_an_unknown_bot_is_told_as_before(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    fields = {"account": "telegram", "text": "Unauthorized"}
    outcome = await ana.take(OwnerNotice(notice="bot_trouble", fields=fields))
    assert "not working" in texts(outcome)[0] and "Unauthorized" in texts(outcome)[0]


@given(st.text(max_size=120), st.text(max_size=10))
def test_a_suggested_name_is_one_that_telegram_takes(business: str, seed: str) -> None:
    name = suggest_username(business, seed)
    assert 5 <= len(name) <= 32 and name.endswith("bot") and "__" not in name
    assert name[0].isalpha() and name.isascii() and name.replace("_", "a").isalnum() and name == name.lower()
    assert len(suggest_name(business)) <= 64


def test_a_suggested_name_is_read_from_the_businesss() -> None:
    assert suggest_username("Пекарня «Липа»", "1").startswith("pekarnya_lipa_")
    assert suggest_username("Café d’Été", "1").startswith("cafe_dete_")
    assert suggest_username("24/7 Brot", "1").startswith("shop_24_7_brot_")
    assert suggest_username("面包店", "1") != suggest_username("面包店", "2")
