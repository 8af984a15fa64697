"""What became of it, said in the owner's words: learnt, forgotten, read again, or why not."""

from pydantic import BaseModel, ConfigDict, ValidationError

from admin.knowledge.wording import TROUBLES, name_of, tell_pieces, tell_trouble
from admin.onboarding.hooks import after_knowledge
from admin.session import DeskTurn
from core.events import ActionResult
from core.turns import Member


class Told(BaseModel):
    """Of `jobs/knowledge.py`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    code: str
    name: str = ""
    file_id: int | None = None
    origin: str = ""
    pieces: int = 0
    replaced: bool = False
    cut: bool = False
    quiet: bool = False
    fresh_trouble: bool = True


async def tell_added(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    del member
    told = _read(desk, result)
    if told is None:
        return
    if told.code not in ("added", "same"):
        wizard = await after_knowledge(desk)
        button = wizard[1] if wizard else desk.button("kno_button_again", "kno:add")
        desk.say("kno_not_learned", button, name=name_of(told.name), why=tell_trouble(desk, told.code))
        return
    if told.quiet:
        return
    show = desk.button("kno_button_show", f"kno:file:{told.file_id}")
    more = desk.button("kno_button_add", "kno:add")
    if told.origin == "taught":
        desk.say("kno_taught", show, desk.button("kno_button_gaps", "kno:gaps:0"), name=name_of(told.name))
    else:
        key = "kno_known" if told.code == "same" else "kno_replaced" if told.replaced else "kno_learned"
        text = desk.write(key, name=name_of(told.name), pieces=tell_pieces(desk, told.pieces))
        text = f"{text}\n{desk.write('kno_cut')}" if told.cut else text
        if (wizard := await after_knowledge(desk)) is not None:
            desk.send_text(f"{text}\n{wizard[0]}", wizard[1])
        else:
            desk.send_text(text, show, more)


async def tell_removed(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    del member
    if (told := _read(desk, result)) is not None:
        desk.say("kno_removed", desk.button("kno_button_list", "kno:list:0"), name=name_of(told.name))


async def tell_refreshed(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    """Of what nobody asked for only new trouble is told."""
    del member
    told = _read(desk, result)
    if told is None or told.code == "gone":
        return
    name = name_of(told.name)
    show = desk.button("kno_button_show", f"kno:file:{told.file_id}")
    if told.code in TROUBLES:
        if told.fresh_trouble or not told.quiet:
            desk.say("kno_not_refreshed", show, name=name, why=tell_trouble(desk, told.code))
    elif not told.quiet:
        key = "kno_refreshed" if told.code == "changed" else "kno_unchanged"
        desk.say(key, show, name=name, pieces=tell_pieces(desk, told.pieces))


def _read(desk: DeskTurn, result: ActionResult) -> Told | None:
    if result.ok:
        try:
            return Told.model_validate(result.result)
        except ValidationError:
            pass
    desk.say("kno_failed", desk.button("kno_button_list", "kno:list:0"))
    return None
