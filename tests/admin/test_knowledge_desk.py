"""Knowledge at the desk: added, listed, replaced, removed, refreshed; gaps taught and put aside; who may do what."""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.knowledge.adding import clean_name, find_link, name_text
from admin.knowledge.alike import group_alike
from admin.knowledge.files import PAGE
from admin.knowledge.masking import MASK, mask_customer
from admin.knowledge.wording import TROUBLES
from admin.session import TEXT_WITH_BUTTONS
from admin.texts import load_catalogue
from agents.actions.desks.knowledge import LONGEST_NAME
from core.actions import ActionCall, Executor
from core.clock import SystemClock
from core.errors import Rejected
from core.events import ActionResult, TimerFired
from core.ids import AccountId, ApprovalId, TenantId
from core.media import Attachment
from core.messages import BUTTON_ID_BYTES, SendText
from core.office.knowledge import OpenQuestion
from core.turns import Passage, TurnOutcome
from db.knowledge import find_file_named, list_passages, load_folder_passages
from documents.sources import SourceText
from documents.unreadable import REASONS, Unreadable
from jobs.knowledge import MOST_PIECES, AddKnowledge, RefreshKnowledge, RemoveKnowledge
from jobs.pieces import Sources
from tests.admin.desk_world import ADMIN_BOT, NOW, Seat, Tenant, World, buttons, texts

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
LONG = "*very_long [text](with) `marks`* " * 100
_keys = itertools.count(1)


class House:
    """The executors over the desk's database. Files and pages are what the test says they are."""

    def __init__(self, tenant: Tenant) -> None:
        self.files: dict[str, bytes] = {}
        self.pages: dict[str, str | Exception] = {}
        self.changed: list[TenantId] = []
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        """Happens while a page is read."""
        database, clock, tell = tenant.world.database, SystemClock(), self.changed.append
        sources = Sources(fetch=self._fetch, reader=lambda _: self, crawl=self._crawl, profile=self._profile)
        self._tenant = tenant
        self._executors: dict[str, Executor] = {
            "add_knowledge": AddKnowledge(database, sources, clock, tell),
            "remove_knowledge": RemoveKnowledge(database, tell),
            "refresh_knowledge": RefreshKnowledge(database, sources, clock, tell),
        }

    async def perform(self, seat: Seat, outcome: TurnOutcome, times: int = 1) -> TurnOutcome:
        """Executes what the turn asked for, `times` times under the same key, and brings the results to the desk."""
        events: list[ActionResult] = []
        for action in outcome.actions:
            key = f"k{next(_keys)}"
            call = ActionCall(
                tenant_id=self._tenant.id, stream_id=seat.desk, account_id=ADMIN_BOT, seq=1, key=key, name=action.name,
                arguments=action.arguments,
            )  # fmt: skip
            result = await self._executors[action.name](call)
            for _ in range(times - 1):
                assert (await self._executors[action.name](call))["code"] == result["code"]
            events.append(ActionResult(action=action.name, key=key, ok=True, result=result))
        return await seat.take(*events)

    async def read(self, data: bytes, *, mime: str = "", name: str = "", url: str = "", encoding: str | None = None):
        del mime, name, url, encoding
        if data in {reason.encode() for reason in REASONS}:
            raise Unreadable("no", data.decode())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        return SourceText(markdown=data.decode(), kind="text")

    async def _fetch(self, account: AccountId, ref: str) -> bytes:
        assert account == ADMIN_BOT
        if ref not in self.files:
            raise Rejected("The file is gone")
        return self.files[ref]

    async def _crawl(self, link: str, read: Callable[..., object]) -> "Crawled":
        del read
        if self.meanwhile is not None:
            await self.meanwhile()
        page = self.pages[link]
        if isinstance(page, Exception):
            raise page
        return Crawled(page)

    async def _profile(self, tenant: TenantId):
        assert tenant == self._tenant.id
        return self._tenant.profile


class Crawled:
    pages, truncated = 1, False

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown


class Closed(Rejected):
    reason = "link_refused"


async def knows(tenant: Tenant) -> list[tuple[str, str]]:
    async with tenant.world.database.tenant(tenant.id) as tx:
        return [(p.source, p.text) for p in await list_passages(tx, tenant.id)]


def button(outcome: TurnOutcome, start: str) -> str:
    return next(each.id for each in buttons(outcome) if each.id.startswith(start))


async def open_house(world: World) -> tuple[House, Tenant, Seat]:
    tenant = await world.open_tenant()
    return House(tenant), tenant, await tenant.join("Ana")


async def test_a_pasted_text_is_learnt_once_whatever_the_tries(world: World) -> None:
    house, tenant, ana = await open_house(world)
    await ana.write("/learn")
    told = await house.perform(ana, await ana.write("# Opening hours\n\nMonday closed."), times=2)
    assert "Learned: **Opening hours**, 1 piece." in texts(told)[0]
    assert await knows(tenant) == [("Opening hours › Opening hours", "Monday closed.")]
    assert house.changed == [tenant.id]
    again = await house.perform(ana, await ana.write("/learn # Opening hours\n\nMonday closed."))
    assert "I know this already" in texts(again)[0]
    other = await house.perform(ana, await ana.write("/learn # Opening hours\n\nSunday closed."))
    assert "Opening hours (2)" in texts(other)[0]
    assert len(await knows(tenant)) == 2


async def test_a_file_out_of_the_blue_is_offered_and_a_yes_counts_once(world: World) -> None:
    house, tenant, ana = await open_house(world)
    house.files["ref"] = b"Rye bread 4.50"
    sheet = Attachment(kind="document", ref="ref", name="prices.txt", mime="text/plain")
    offered = await ana.take(ana.message("", sheet))
    assert "shall I learn this" in texts(offered)[0]
    yes = button(offered, "kno:yes")
    told = await house.perform(ana, await ana.tap(yes))
    assert "Learned: **prices.txt**" in texts(told)[0]
    assert "no longer have this file" in texts(await ana.tap(yes))[0]
    assert await knows(tenant) == [("prices.txt", "Rye bread 4.50")]
    house.files["new"] = b"Rye bread 4.80"
    offered = await ana.take(ana.message("", Attachment(kind="document", ref="new", name="prices.txt")))
    told = await house.perform(ana, await ana.tap(button(offered, "kno:yes")))
    assert "Replaced: **prices.txt**" in texts(told)[0]
    assert await knows(tenant) == [("prices.txt", "Rye bread 4.80")]
    offered = await ana.take(ana.message("", Attachment(kind="photo", ref="ref")))
    assert "aside" in texts(await ana.tap(button(offered, "kno:no")))[0]


async def test_whatever_is_wrong_with_a_file_has_words_of_its_own(world: World) -> None:
    house, tenant, ana = await open_house(world)
    for reason in sorted(REASONS):
        house.files[reason] = reason.encode()
        await ana.write("/learn")
        told = await house.perform(
            ana, await ana.take(ana.message("", Attachment(kind="document", ref=reason, name="a.pdf")))
        )
        assert texts(told) == [f"I did not learn **a.pdf**. {load_catalogue().text(TROUBLES[reason], 'en')}"]
    await ana.write("/learn")
    gone = await house.perform(ana, await ana.take(ana.message("", Attachment(kind="document", ref="?", name="a.pdf"))))
    assert "could not get the file" in texts(gone)[0]
    assert await knows(tenant) == []


async def test_what_is_no_knowledge_is_asked_for_again(world: World) -> None:
    _, _, ana = await open_house(world)
    await ana.write("/learn")
    voice = await ana.take(ana.message("", Attachment(kind="voice", ref="v")))
    assert "nothing in this that I can learn from" in texts(voice)[0]
    assert "send it as a text file" in texts(await ana.write("я" * 6_500))[0]
    assert len((await ana.write("We are closed on Mondays.")).actions) == 1


async def test_what_was_asked_for_long_ago_is_not_taken(world: World) -> None:
    _, _, ana = await open_house(world)
    await ana.write("/knowledge")
    await ana.tap("kno:add")
    late = await ana.write("Maya, your cake is ready.", at=NOW + timedelta(hours=2))
    assert not late.actions
    assert "more than an hour ago" in texts(late)[0]
    await ana.tap("kno:add")
    assert texts(await ana.tap("kno:cancel")) == [load_catalogue().text("asking_cancelled", "en")]
    assert not (await ana.write("Maya, your cake is ready.")).actions


async def test_the_card_replaces_and_removes_and_the_folder_stays_out_of_it(world: World) -> None:
    house, tenant, ana = await open_house(world)
    folder = [
        Passage(source="1-hours.md › Hours", text="Open daily.", score=0.0),
        Passage(source="2.md", text="b", score=0.0),
    ]
    async with world.database.tenant(tenant.id) as tx:
        assert await load_folder_passages(tx, tenant.id, folder)
        assert not await load_folder_passages(tx, tenant.id, folder)
    await house.perform(ana, await ana.write("/learn Own words about bread"))
    listed = await ana.write("/knowledge")
    hours = next(each.id for each in buttons(listed) if "1-hours.md" in each.label)
    card = await ana.tap(hours)
    assert "Open daily." in texts(card)[0]
    assert "Not used in any answer" in texts(card)[0]
    await ana.tap(button(card, "kno:replace"))
    told = await house.perform(ana, await ana.write("Open daily but Monday."))
    assert "Replaced: **1-hours.md**" in texts(told)[0]
    second = next(each.id for each in buttons(listed) if "2.md" in each.label).replace("file", "remove")
    sure = await ana.tap(second)
    await house.perform(ana, await ana.tap(button(sure, "kno:gone")))
    async with world.database.tenant(tenant.id) as tx:
        assert not await load_folder_passages(tx, tenant.id, folder)
        assert await load_folder_passages(tx, tenant.id, [*folder, Passage(source="3.md", text="c", score=0.0)])
    assert await knows(tenant) == [
        ("3.md", "c"), ("Own words about bread", "Own words about bread"), ("1-hours.md", "Open daily but Monday."),
    ]  # fmt: skip
    assert "somebody removed it" in texts(await ana.tap(second))[0]


async def test_a_link_is_read_again_and_only_news_is_told(world: World) -> None:
    house, tenant, ana = await open_house(world)
    link = "https://shop.example/menu"
    house.pages[link] = "# Menu\n\nRye 4.50"
    told = await house.perform(ana, await ana.write(f"/learn {link}"))
    assert "shop.example/menu" in texts(told)[0]
    async with world.database.tenant(tenant.id) as tx:
        file = await find_file_named(tx, tenant.id, "shop.example/menu")
    assert file is not None
    due = TimerFired(name="kno:refresh", payload={"file_id": file.file_id})
    assert texts(await house.perform(ana, await ana.take(due))) == []
    house.pages[link] = Closed("closed")
    assert "Check the address" in texts(await house.perform(ana, await ana.take(due)))[0]
    assert texts(await house.perform(ana, await ana.take(due))) == []
    card = await ana.tap(f"kno:file:{file.file_id}")
    assert "⚠️ The page is not there" in texts(card)[0]
    house.pages[link] = "# Menu\n\nRye 4.80"
    read = await house.perform(ana, await ana.tap(button(card, "kno:again")))
    assert "has changed" in texts(read)[0]
    assert await knows(tenant) == [("shop.example/menu › Menu", "Rye 4.80")]
    assert "⚠️" not in texts(await ana.tap(f"kno:file:{file.file_id}"))[0]


async def test_what_was_replaced_while_its_link_was_read_stays_replaced(world: World) -> None:
    house, tenant, ana = await open_house(world)
    link = "https://shop.example/menu"
    house.pages[link] = "# Menu\n\nRye 4.50"
    added = await house.perform(ana, await ana.write(f"/learn {link}"))
    card = await ana.tap(button(added, "kno:file"))

    async def replace_it() -> None:
        house.meanwhile = None
        await ana.tap(button(card, "kno:replace"))
        await house.perform(ana, await ana.write("# Menu\n\nAsk in the shop."))

    house.meanwhile, house.pages[link] = replace_it, "# Menu\n\nRye 4.80"
    await house.perform(ana, await ana.tap(button(card, "kno:again")))
    assert await knows(tenant) == [("shop.example/menu › Menu", "Ask in the shop.")]
    due = "SELECT refresh_at FROM knowledge_files WHERE tenant_id = $1"
    assert await world.superuser.fetchval(due, tenant.id) is None


async def test_a_full_shelf_says_so_and_keeps_what_it_has(world: World) -> None:
    house, tenant, ana = await open_house(world)
    house.files["much"] = "\n\n".join(f"# {n}\n\nPiece number {n}." for n in range(MOST_PIECES + 1)).encode()
    await ana.write("/learn")
    told = await house.perform(ana, await ana.take(ana.message("", Attachment(kind="document", ref="much", name="m"))))
    assert "2,000 pieces" in texts(told)[0]
    assert await knows(tenant) == []


async def test_alike_questions_are_one_gap_and_teaching_closes_them_all(world: World) -> None:
    house, tenant, ana = await open_house(world)
    await tenant.escalate("Maya Schmidt", "Hi, Maya Schmidt here (+49 170 1234567). Do you bake gluten-free bread?")
    await tenant.escalate("Noah", "do you have any gluten free bread")
    await tenant.escalate("Eve", "Where can I park?")
    shown = await ana.write("/gaps")
    assert "(×2, " in texts(shown)[0]
    teach = next(each for each in buttons(shown) if each.label == "1. Teach")
    asked = await ana.tap(teach.id)
    assert "Write the answer for everyone" in texts(asked)[0]
    lesson = await ana.write("Yes, on Fridays.")
    changed = await ana.tap(button(lesson, "kno:editq"))
    assert "without names and numbers" in texts(changed)[0]
    lesson = await ana.write("Do you bake gluten-free bread?")
    save = button(lesson, "kno:save")
    told = await house.perform(ana, await ana.tap(save), times=2)
    assert "Remembered" in texts(told)[0]
    assert "stored already" in texts(await ana.tap(save))[0]
    question = "Do you bake gluten-free bread?"
    assert await knows(tenant) == [(f"{question} › {question}", "Yes, on Fridays.")]
    left = await ana.write("/gaps")
    assert "gluten" not in texts(left)[0]
    await ana.tap(button(left, "kno:hide"))
    assert "No open questions" in texts(await ana.write("/gaps"))[0]


async def test_the_preview_hides_the_customer(world: World) -> None:
    _, tenant, ana = await open_house(world)
    await tenant.escalate("Maya Schmidt", "Maya Schmidt, maya@mail.example, order B-10422: is it vegan?")
    await ana.tap(button(await ana.write("/gaps"), "kno:teach"))
    shown = texts(await ana.write("Yes."))[0]
    assert not any(word in shown for word in ("Maya", "Schmidt", "mail.example", "10422"))
    assert "is it vegan?" in shown


async def test_an_answer_to_a_customer_is_offered_to_be_remembered(world: World) -> None:
    house, tenant, ana = await open_house(world)
    approval, _ = await tenant.escalate("Maya", "Do you bake without nuts?")
    await ana.tap(f"esc:answer:{approval}")
    sent = await ana.write("Yes Maya, every Tuesday.")
    lesson = await ana.tap(button(sent, "kno:keep"))
    assert f"Yes {MASK}, every Tuesday." in texts(lesson)[0]
    edited = await ana.tap(button(lesson, "kno:edita"))
    assert "Write the new answer" in texts(edited)[0]
    lesson = await ana.write("Yes, every Tuesday.")
    await house.perform(ana, await ana.tap(button(lesson, "kno:save")))
    assert [text for _, text in await knows(tenant)] == ["Yes, every Tuesday."]
    card = await ana.tap(button(await ana.write("/knowledge"), "kno:file"))
    await ana.tap(button(card, "kno:replace"))
    lesson = await ana.write("No, sadly.")
    await house.perform(ana, await ana.tap(button(lesson, "kno:save")))
    assert [text for _, text in await knows(tenant)] == ["No, sadly."]


async def test_viewers_look_and_strangers_learn_nothing(world: World) -> None:
    _, tenant, _ = await open_house(world)
    approval, _ = await tenant.escalate()
    eve = await tenant.join("Eve", "viewer")
    assert "Managers and owners can add" in texts(await eve.write("/knowledge"))[0]
    assert buttons(await eve.write("/gaps"))[0].id == "kno:list:0"
    for data in ("kno:add", "kno:remove:1", "kno:gone:1", f"kno:teach:{approval}", f"kno:hide:{approval}", "kno:yes:1"):
        outcome = await eve.tap(data)
        assert not outcome.actions
        assert not outcome.changes
        assert "managers and owners" in texts(outcome)[0]
    assert not (await eve.write("/learn We are closed")).actions
    stranger = tenant.seat("Mallory")
    assert texts(await stranger.write("/knowledge")) == texts(await stranger.write("hello"))


async def test_forged_buttons_find_nothing(world: World) -> None:
    _, _, ana = await open_house(world)
    other = await world.open_tenant()
    approval, _ = await other.escalate()
    for data in (
        f"kno:teach:{approval}",
        f"kno:hide:{approval}",
        f"kno:keep:{approval}",
        "kno:save:7",
        "kno:gone:999999",
    ):
        outcome = await ana.tap(data)
        assert not outcome.actions
        assert not outcome.changes
    for data in ("kno:file:x", "kno:nothing", "kno:file:" + "9" * 30, "kno:"):
        assert texts(await ana.tap(data)) == [load_catalogue().text("card_invalid", "en")]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_everything_fits_a_channel_that_allows_the_least(world: World, language: str) -> None:
    tenant = await world.open_tenant(name="Б" * 60, language=language)
    house, ana = House(tenant), await tenant.join("Ана" * 30, language=language)
    for n in range(PAGE + 2):
        house.files[str(n)] = LONG.encode()
        await ana.write("/learn")
        name = f"{n} " + "Ж_*" * 40
        await house.perform(ana, await ana.take(ana.message("", Attachment(kind="document", ref=str(n), name=name))))
        await tenant.escalate(LONG, f"{'abcdefgh'[n % 8] * 5} {n} {LONG}")
    listed = await ana.write("/knowledge")
    assert len(buttons(listed)) == PAGE + 3
    await ana.tap("kno:list:1")
    card = await ana.tap(button(listed, "kno:file"))
    await ana.tap(button(card, "kno:remove"))
    await ana.tap(button(card, "kno:replace"))
    gaps = await ana.write("/gaps")
    await ana.tap(button(gaps, "kno:teach"))
    await ana.write(LONG[:2_900])
    for message in ana.seen:
        if isinstance(message, SendText) and message.buttons:
            row = [each for each_row in message.buttons for each in each_row]
            assert len(message.text) <= TEXT_WITH_BUTTONS, message.text
            assert len(row) <= 10
            assert all(0 < len(each.label) <= 20 and len(each.id.encode()) <= BUTTON_ID_BYTES - 20 for each in row)


@pytest.mark.parametrize(
    ("text", "name", "masked"),
    [
        ("Call me: 0170 123 45 67", "", f"Call me: {MASK}"),
        ("I am Björn, björn likes rye", "Bjorn K", f"I am {MASK} likes rye"),
        ("Invoice INV2024-001 and order #10442", "", f"Invoice {MASK} and order {MASK}"),
        ("Open on 24.12.2026 from 8:00 to 13:00?", "", "Open on 24.12.2026 from 8:00 to 13:00?"),
        ("12 rolls for 25.50 € in 2026?", "", "12 rolls for 25.50 € in 2026?"),
        ("Card 4111 1111 1111 1111", "", f"Card {MASK}"),
        ("see https://x.example/maya or @maya_s", "", f"see {MASK} or {MASK}"),
    ],
)
def test_a_question_loses_its_customer(text: str, name: str, masked: str) -> None:
    assert mask_customer(text, name) == masked


@given(st.text(), st.text(max_size=30))
def test_masking_leaves_no_long_number_and_no_name(text: str, name: str) -> None:
    masked = mask_customer(f"{text} 491701234567 x@y.example", name)
    assert "491701234567" not in masked
    assert "x@y.example" not in masked
    assert mask_customer(masked, name) == masked


@given(st.text(max_size=400))
def test_a_name_never_holds_what_parts_a_source(text: str) -> None:
    name = clean_name(text)
    assert "›" not in name
    assert len(name) <= LONGEST_NAME
    assert name == " ".join(name.split())
    if text.strip():
        assert name_text(text.strip())


def test_only_an_address_alone_is_a_link() -> None:
    assert find_link("https://shop.example/menu") == "https://shop.example/menu"
    assert find_link("www.shop.example") == "https://www.shop.example"
    assert find_link("see https://shop.example") == ""


QUESTIONS = st.lists(
    st.sampled_from(["Do you bake without nuts?", "Without nuts, do you bake?", "Where can I park?", "Hi"])
)


@given(QUESTIONS)
def test_every_question_is_in_one_gap_and_the_most_frequent_come_first(asked: Sequence[str]) -> None:
    at = datetime(2026, 11, 27, tzinfo=UTC)
    questions = [
        OpenQuestion(approval_id=ApprovalId(str(n)), question=text, contact_name="", at=at - timedelta(minutes=n))
        for n, text in enumerate(asked)
    ]
    gaps = group_alike(questions, "en")
    assert sorted(each for gap in gaps for each in gap.ids) == sorted(each.approval_id for each in questions)
    assert [len(gap.questions) for gap in gaps] == sorted((len(gap.questions) for gap in gaps), reverse=True)
    assert len({"nuts" in each.question for gap in gaps[:1] for each in gap.questions}) <= 1
