"""Plain words: understood as a declared command, shown, and asked about before anything changes."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import admin.plain
from admin.plain.reading import MOST_WORDS, read_plainly
from admin.plain.understanding import SECTION_NAME
from admin.sections import COMMANDS
from core.events import ActionResult
from core.media import Attachment
from core.models import ModelReply, ModelRequest, TokenUsage
from core.money import Money
from tests.admin.desk_world import NOW, Seat, World, buttons, texts

SAID = {
    "Who is waiting?": "inbox", "¿Quién espera?": "inbox", "Кто ждёт?": "inbox", "Wer wartet?": "inbox",
    "Qui attend ?": "inbox", "Quem está à espera?": "inbox",
    "How much have we spent?": "spend", "Сколько мы потратили?": "spend", "Was haben wir ausgegeben?": "spend",
    "pause the bot until Monday": "pause", "Pausa el bot hasta el lunes": "pause",
    "Поставь бота на паузу до понедельника": "pause", "Pausiere den Bot bis Montag": "pause",
    "Mets le bot en pause jusqu’à lundi": "pause", "Pausa o bot até segunda-feira": "pause",
    "Invite Ana as manager": "invite", "Invita a Ana como gestora": "invite", "Пригласи Ану менеджером": "invite",
    "Lade Ana als Managerin ein": "invite",
    "Inviter Ana comme gérante": "invite", "Convida a Ana como gestora": "invite",
    "Set the limit to 80 euros": "budget", "Help": "help",
}  # fmt: skip


@pytest.mark.parametrize(("said", "command"), SAID.items())
def test_what_owners_say_most_is_understood_without_a_model(said: str, command: str) -> None:
    understood = read_plainly(said)
    assert understood is not None
    assert understood.command == command
    assert understood.argument in ("", " ".join(said.split()))


@pytest.mark.parametrize(
    "said", ["", "🥐🥐", "Hello there", "Danke!", "The customer asked for a cake with cherries", "report " * 20]
)
def test_what_is_no_command_is_left_alone(said: str) -> None:
    assert read_plainly(said) is None


@given(st.text(max_size=300))
def test_any_words_are_read_or_left(said: str) -> None:
    understood = read_plainly(said)
    assert understood is None or len(said.split()) <= MOST_WORDS * 4


def test_phrases_lead_to_commands_that_exist() -> None:
    phrases = tomllib.loads((Path(admin.plain.__file__).parent / "phrases.toml").read_text(encoding="utf-8"))
    assert set(phrases) <= set(COMMANDS)


class Scripted:
    """A model that says what it is told to say."""

    available = True
    prices = "exact"

    def __init__(self, command: str, argument: str = "") -> None:
        self.command, self.argument = command, argument
        self.asked: list[ModelRequest] = []

    async def reply(self, request: ModelRequest) -> ModelReply:
        self.asked.append(request)
        assert request.schema is not None
        value = request.schema.model_validate({"command": self.command, "argument": self.argument})
        return ModelReply(text="", value=value, model="p/m", usage=TokenUsage(), cost=Money(micros=0, currency="EUR"))


async def owner(world: World) -> Seat:
    return await (await world.open_tenant()).join("Ada")


async def test_what_only_looks_is_done_at_once(world: World) -> None:
    ada = await owner(world)
    assert texts(await ada.write("how is the bot doing?")) == texts(await ada.write("/status"))


async def test_what_changes_something_waits_for_a_yes(world: World) -> None:
    ada = await owner(world)
    asked = await ada.write("set the limit to 80 euros")
    assert not asked.changes
    assert texts(asked)[0] == "Shall I set the monthly limit to €80.00?"
    yes, no = [button.id for button in buttons(asked)]
    assert (await ada.tap(yes)).changes
    assert not (await ada.tap(yes)).changes, "once"
    await ada.write("set the limit to 90 euros")
    assert not (await ada.tap(yes)).changes, "a button of an older question"
    again = [button.id for button in buttons(await ada.write("set the limit to 90 euros"))]
    assert not (await ada.tap(again[1])).changes
    assert not (await ada.tap(again[0])).changes, "after a no"
    assert no != again[1]


async def test_what_changes_something_without_more_words_waits_too(world: World) -> None:
    ada = await owner(world)
    await ada.tap("box:pause:open")
    asked = await ada.write("start the bot again")
    assert not asked.changes and "(/resume)" in texts(asked)[0]
    assert (await ada.tap(buttons(asked)[0].id)).changes


async def test_a_yes_counts_for_an_hour(world: World) -> None:
    ada = await owner(world)
    (yes, _) = buttons(await ada.write("set the limit to 80 euros"))
    assert not (await ada.tap(yes.id, at=NOW + timedelta(hours=2))).changes


async def test_a_model_chooses_among_what_is_declared_and_nothing_else(world: World) -> None:
    ada = await owner(world)
    ada.models = Scripted("status")
    assert texts(await ada.write("abracadabra, please")) == texts(await ada.write("/status"))
    ada.models = Scripted("drop_everything", "now")
    assert not (await ada.write("abracadabra")).changes
    ada.models = Scripted("budget", "80")
    asked = await ada.write("we should not pay more than eighty a month")
    assert not asked.changes
    assert (await ada.tap(buttons(asked)[0].id)).changes


async def test_a_model_is_shown_only_what_the_member_may_do(world: World) -> None:
    tenant = await world.open_tenant()
    await tenant.join("Ada")
    vera = await tenant.join("Vera", "viewer")
    kept = next(name for name, each in COMMANDS.items() if each.role == "owner")
    vera.models = model = Scripted(kept, "80")
    outcome = await vera.write("abracadabra, please")
    assert not outcome.changes
    assert not outcome.actions
    assert f"- {kept}:" not in model.asked[0].messages[0].content
    assert "- status:" in model.asked[0].messages[0].content


async def test_a_forged_or_unreadable_memory_is_forgotten(world: World) -> None:
    ada = await owner(world)
    await ada.write("set the limit to 80 euros")
    ada.state = {**ada.state, "kept": {SECTION_NAME: {"command": 7}}}
    assert not (await ada.tap("say:yes:2")).changes
    assert not (await ada.tap("say:yes:99999999999999999999")).changes
    assert not (await ada.tap("say:maybe:2")).changes


async def test_a_voice_note_is_heard_and_taken_like_words(world: World) -> None:
    ada = await owner(world)
    voice = Attachment(kind="voice", ref="r", mime="audio/ogg", size_bytes=9)
    (action,) = (await ada.take(ada.message("", voice))).actions
    assert action.name == "transcribe"
    result = ActionResult(action="transcribe", key="k", ok=True, result={"text": "Who is waiting?"})
    said = texts(await ada.take(result))
    assert "Who is waiting?" in said[0]
    assert said[1:] == texts(await ada.write("/inbox"))
    unclear = texts(await ada.take(ActionResult(action="transcribe", key="l", ok=True, result={"text": "mumble"})))
    assert len(unclear) == 2
    failed = texts(await ada.take(ActionResult(action="transcribe", key="m", ok=False, result={}, error="x")))
    assert "write it" in failed[0]


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("invite Ana as manager", "Shall I invite Ana to **Bakery Lindenhof** as manager?"),
        ("please invite a viewer", "Shall I make an invite to **Bakery Lindenhof** for a new viewer?"),
        ("pause the bot until Monday", "Shall I pause the bot of **Bakery Lindenhof** until"),
        ("set the day limit to 5", "Shall I set the daily limit to €5.00?"),
    ],
)
async def test_the_question_says_what_would_change(world: World, said: str, asked: str) -> None:
    ada = await owner(world)
    outcome = await ada.write(said)
    assert texts(outcome)[0].startswith(asked) and not outcome.changes
    assert (await ada.tap(buttons(outcome)[0].id)).changes


@pytest.mark.parametrize("said", ["set the limit to 80 dollars", "invite Ana", "pause the bot", "set the limit"])
async def test_where_nothing_would_change_it_is_not_asked_first(world: World, said: str) -> None:
    ada = await owner(world)
    outcome = await ada.write(said)
    assert not outcome.changes and not any(button.id.startswith("say:") for button in buttons(outcome))
