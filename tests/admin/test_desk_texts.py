"""Cards and texts fit both channels in every language; other people's words stay words."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import admin
from admin.session import TEXT_WITH_BUTTONS
from admin.state import Answering, DeskState, Relay, Suggestion, read_state, write_state
from admin.texts import flatten, load_catalogue, pick_language, quote, shorten
from core.events import Channel, EscalationClosed, EscalationOpened
from core.ids import ApprovalId, StreamId
from core.messages import BUTTON_ID_BYTES, EditCard, SendTemplate, SendText
from tests.admin.desk_world import NOW, World, buttons

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
LONG = "*very_long [text](with) `marks`* " * 100
LABEL = 20


def test_every_language_is_complete_and_no_text_is_unused() -> None:
    catalogue = load_catalogue()
    assert catalogue.problems() == ()
    constants = set[str]()
    for path in Path(admin.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants |= {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    built = (
        "closed_", "already_", "reason_", "menu_", "limit_", "raise_ask_", "action_", "agent_", "field_", "vote_",
        "step_", "kind_", "act_hint_", "case_ordered_", "button_case_", "loop_", "finding_", "cmd_",
        "mon_scope_", "mon_set_", "mon_will_", "mon_dropped_", "mon_button_", "mon_ask_", "mon_write_", "mon_by_",
        "mon_limit_", "rep_title_", "rep_button_", "rep_chart_",
        "box_count_", "box_only_", "box_later_", "box_pause_", "box_paused_", "box_is_paused_", "box_bulk_", "box_yes_",
    )  # fmt: skip
    unused = {k for k in catalogue.keys - constants if not k.startswith(built) and not k.endswith("_unreadable")}
    assert unused == set()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_card_fits_a_channel_that_allows_the_least(world: World, language: str) -> None:
    """At most three buttons of 20 characters, ids of 64 bytes, texts that WhatsApp takes with buttons."""
    tenant = await world.open_tenant(language=language)
    ana = await tenant.join("Ана" * 30, language=language)
    first, stream = await tenant.escalate(LONG, LONG)
    second, _ = await tenant.escalate(LONG, LONG)
    third, _ = await tenant.escalate(LONG, LONG)
    await ana.take(
        EscalationOpened(
            approval_id=first, stream_id=stream, contact_name=LONG, channel="whatsapp", question=LONG, reason=LONG,
            draft=LONG,
        )
    )  # fmt: skip
    await ana.write("/inbox")
    await ana.tap(f"esc:answer:{third}")
    await ana.write(LONG)
    await ana.tap(f"esc:take_over:{first}")
    await ana.tap(f"esc:take_over:{second}")
    await ana.write("/release")
    await ana.write("to whom?")
    for outcome in ("answer", "take_over", "dismiss", "release", "expired"):
        await ana.take(EscalationClosed(approval_id=third, outcome=outcome, member_name=LONG, text=LONG))
    cards = [m for m in ana.seen if isinstance(m, SendText | EditCard) and (m.buttons or m.card)]
    assert len(cards) > 10
    for card in cards:
        row = [button for row in card.buttons for button in row]
        assert len(row) <= 3
        assert len(card.text) <= TEXT_WITH_BUTTONS
        for button in row:
            assert 0 < len(button.label) <= LABEL
            assert 0 < len(button.id.encode()) <= BUTTON_ID_BYTES


@given(st.text(), st.one_of(st.none(), st.integers(min_value=1, max_value=80)))
def test_quoted_words_cannot_format_and_keep_to_their_limit(words: str, limit: int | None) -> None:
    quoted = quote(words, limit)
    bare = quoted.replace("\\\\", "")
    for place, sign in enumerate(bare):
        if sign in "*_`[]~|#>":
            assert bare[place - 1] == "\\"
    assert not (len(bare) - len(bare.rstrip("\\"))) % 2
    if limit is not None:
        assert len(quoted) <= limit
    if limit is None:
        assert flatten(quoted, 10**9) == shorten(words, 10**9)


def test_the_language_is_the_first_that_the_desk_speaks() -> None:
    assert pick_language(None, "ko", "es_MX", "de") == "es_MX"
    assert pick_language("", "xx") == "en"


APPROVALS = st.text().map(ApprovalId)
CHANNELS = st.sampled_from(["telegram", "whatsapp"])
ANSWERS = st.builds(Answering, approval_id=APPROVALS, name=st.text(), since=st.just(NOW))
STREAMS = st.uuids().map(StreamId)
RELAYS = st.builds(Relay, approval_id=APPROVALS, stream_id=STREAMS, name=st.text(), channel=CHANNELS)
SUGGESTIONS = st.builds(Suggestion, seq=st.integers(), approval_id=APPROVALS, text=st.text())
HELD = st.builds(SendText, text=st.text(), card=st.one_of(st.none(), st.text()))


@given(
    st.builds(
        DeskState,
        answering=st.one_of(st.none(), ANSWERS),
        relays=st.lists(RELAYS).map(tuple),
        suggestions=st.lists(SUGGESTIONS).map(tuple),
        held=st.lists(HELD).map(tuple),
    )
)
def test_the_state_survives_being_stored(state: DeskState) -> None:
    assert read_state(write_state(state)) == state


@given(st.dictionaries(st.sampled_from(["answering", "relays", "active", "held"]), st.one_of(st.text(), st.integers())))
def test_an_unreadable_state_is_forgotten(stored: dict[str, str | int]) -> None:
    assert isinstance(read_state(stored), DeskState)


@pytest.mark.parametrize("template", [None, "news_waiting"])
async def test_outside_the_window_news_waits_for_the_owner_and_is_announced_once(
    world: World, template: str | None
) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    ana.templates = {"desk_news": template} if template else {}
    approval, stream = await tenant.escalate("Ma_ya")
    ana.window_open = False
    channel: Channel = "whatsapp"
    opened = EscalationOpened(
        approval_id=approval, stream_id=stream, contact_name="Ma_ya", channel=channel, question="Q*", reason="r"
    )
    first = await ana.take(opened)
    if template:
        (sent,) = first.messages
        assert isinstance(sent, SendTemplate)
        assert (sent.name, sent.language) == (template, "en")
        assert sent.parameters == ("Ma_ya (WhatsApp · " + tenant.profile.name + ") asks: Q* Why you: r",)
    else:
        assert first.messages == ()
    assert (await ana.take(EscalationClosed(approval_id=approval, outcome="expired", member_name=""))).messages == ()
    ana.window_open = True
    outcome = await ana.write("/help")
    assert [type(message) for message in outcome.messages] == [SendText, EditCard, SendText]
    assert [button.id for button in buttons(outcome)][-1] == "menu:open"
    assert len(buttons(outcome)) == 4
    assert len((await ana.write("/help")).messages) == 1
