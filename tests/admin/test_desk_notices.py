"""Notices read well in every language, in the tenant's time, and survive fields that do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue
from structlog.testing import capture_logs

from admin.notices import describe_notice
from core.events import OwnerNotice
from tests.admin.desk_world import World, texts

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
PRICE: dict[str, JsonValue] = {
    "supplier": "Mill & Sons", "item": "Flour *T55*", "old": "0.82", "new": 0.95, "agreed": "0.80", "currency": "EUR",
    "change_percent": 18.75,
}  # fmt: skip
SHIPMENT: dict[str, JsonValue] = {
    "reference": "TR-1", "status": "held at customs", "promised": "2026-11-24T12:00:00+00:00",
    "eta": "2026-11-26T23:30:00Z", "customer_told": True,
}  # fmt: skip
NOTICES = st.sampled_from(
    [
        "price_alert",
        "shipment_late",
        "delivery_failed",
        "watch_failed",
        "dead_letter",
        "bot_trouble",
        "model_key_trouble",
    ]
)


def test_a_price_alert_names_old_new_and_agreed_price() -> None:
    text = describe_notice(OwnerNotice(notice="price_alert", fields=PRICE), "en", "Europe/Berlin")
    assert text == ("**Price alert: Flour \\*T55\\*** (Mill & Sons)\nNow €0.95, agreed €0.80 (+18.8 %), before €0.82.")


def test_a_first_price_has_no_old_one_and_the_change_is_worked_out() -> None:
    fields = {key: value for key, value in PRICE.items() if key not in ("old", "change_percent")}
    text = describe_notice(OwnerNotice(notice="price_alert", fields=fields), "de", "Europe/Berlin")
    assert "+18,8 %" in text
    assert "vorher" not in text
    assert "0,95\xa0€" in text


def test_a_late_shipment_is_told_in_the_tenants_time_zone() -> None:
    text = describe_notice(OwnerNotice(notice="shipment_late", fields=SHIPMENT), "en", "Europe/Berlin")
    assert "Promised Nov 24, 2026, 13:00, now expected Nov 27, 2026, 00:30." in text
    assert "held at customs" in text
    assert "The customer has been told." in text


def test_the_engines_own_notices_are_understood() -> None:
    doubt = OwnerNotice(notice="delivery_failed", fields={"reason": "in_doubt"})
    assert "may have arrived after all" in describe_notice(doubt, "en", "UTC")
    trouble = OwnerNotice(notice="bot_trouble", fields={"account": "telegram", "text": "Unauthorized"})
    assert describe_notice(trouble, "en", "UTC").startswith("**The Telegram bot is not working**")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_has_words_in_every_language(language: str) -> None:
    samples: dict[str, dict[str, JsonValue]] = {
        "price_alert": PRICE, "shipment_late": SHIPMENT, "delivery_failed": {"reason": "131026"},
        "watch_failed": {"name": "Flour", "error": "404"}, "dead_letter": {"stream": "ab", "error": "KeyError"},
        "bot_trouble": {"account": "whatsapp", "text": "401"},
        "model_key_trouble": {"provider": "groq", "text": "401"},
    }  # fmt: skip
    for notice, fields in samples.items():
        text = describe_notice(OwnerNotice(notice=notice, fields=fields), language, "UTC")  # type: ignore[arg-type]
        assert "{" not in text
        assert "…" not in text
        assert text != describe_notice(OwnerNotice(notice=notice, fields={}), language, "UTC")  # type: ignore[arg-type]


def test_unreadable_fields_still_make_a_notice_and_their_values_stay_out_of_the_log() -> None:
    with capture_logs() as logs:
        text = describe_notice(OwnerNotice(notice="price_alert", fields={**PRICE, "new": "secret"}), "en", "UTC")
    assert text.startswith("A supplier’s price changed")
    assert logs[0]["fields"] == ["new"]
    assert "secret" not in str(logs)


@given(NOTICES, st.dictionaries(st.sampled_from([*PRICE, *SHIPMENT, "name", "stream", "account", "text", "reason"]),
                                st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans(),
                                          st.datetimes().map(lambda at: at.isoformat() + "Z"))))  # fmt: skip
def test_no_fields_break_a_notice(notice: str, fields: dict[str, JsonValue]) -> None:
    with capture_logs():
        assert describe_notice(OwnerNotice(notice=notice, fields=fields), "ru", "Europe/Berlin")  # type: ignore[arg-type]


async def test_a_desk_shows_a_notice_to_its_member(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    outcome = await ana.take(OwnerNotice(notice="price_alert", fields=PRICE))
    assert "Mill & Sons" in texts(outcome)[0]
