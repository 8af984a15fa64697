"""The bytes of files: on disk beside the state, or in memory when nothing is kept."""

import asyncio
import hashlib
import io
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from sandbox.records import File
from sandbox.voice import transcode_voice
from sandbox.world import World

PHOTO_SIDES = (90, 320, 800)
"""Longest sides of the smaller sizes, in pixels."""
LARGEST_SIDE = 1280
MAX_PIXELS = 50_000_000


class BadFile(Exception):
    """The bytes are not what they were said to be; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    body: bytes
    width: int
    height: int


class Files:
    def __init__(self, world: World, folder: Path | None) -> None:
        self._world = world
        self._folder = folder
        self._memory: dict[str, bytes] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    async def add(
        self,
        body: bytes,
        *,
        name: str,
        mime: str,
        kind: str,
        owner: str = "",
        duration: int = 0,
        pictures: list[Picture] | None = None,
    ) -> File:
        """Keeps the bytes and makes their record; the last picture is the file itself, those before it its sizes."""
        number = str(self._world.count("file") + 1_000_000_000_000_000)
        largest = pictures[-1] if pictures else None
        file = File(
            id=number,
            name=name,
            mime=mime,
            size=len(body),
            kind=kind,
            sha256=hashlib.sha256(body).hexdigest(),
            duration=duration,
            owner=owner,
            width=largest.width if largest else 0,
            height=largest.height if largest else 0,
        )
        await self._keep(number, body)
        for index, picture in enumerate((pictures or [])[:-1]):
            variant = File(
                id=f"{number}-{index}",
                name=name,
                mime=mime,
                size=len(picture.body),
                kind="photo",
                width=picture.width,
                height=picture.height,
            )
            await self._keep(variant.id, picture.body)
            file.variants.append(variant)
        self._world.files[number] = file
        self._world.journal.put("file", number, file)
        return file

    async def add_photo(self, body: bytes, *, name: str) -> File:
        """A photo as Telegram keeps it: JPEG, in several sizes. Raises: BadFile."""
        pictures = await asyncio.to_thread(_picture_sizes, body)
        return await self.add(
            pictures[-1].body, name=Path(name).stem + ".jpg", mime="image/jpeg", kind="photo", pictures=pictures
        )

    async def add_voice(self, body: bytes) -> File:
        """A voice note as both vendors deliver it: Ogg/Opus, mono. Raises: BadFile."""
        try:
            opus, seconds = await asyncio.to_thread(transcode_voice, body)
        except ValueError as error:
            raise BadFile(str(error)) from error
        return await self.add(opus, name="voice.oga", mime="audio/ogg", kind="voice", duration=seconds)

    async def read(self, file_id: str) -> bytes | None:
        if self._folder is None:
            return self._memory.get(file_id)
        path = self._folder / file_id
        return await asyncio.to_thread(path.read_bytes) if path.is_file() else None

    async def remove(self, file_id: str) -> None:
        file = self._world.files.pop(file_id, None)
        if file is None:
            return
        self._world.journal.drop("file", file_id)
        for name in (file_id, *(variant.id for variant in file.variants)):
            self._memory.pop(name, None)
            if self._folder is not None:
                await asyncio.to_thread((self._folder / name).unlink, missing_ok=True)

    async def _keep(self, file_id: str, body: bytes) -> None:
        if self._folder is None:
            self._memory[file_id] = body
        else:
            await asyncio.to_thread((self._folder / file_id).write_bytes, body)


def kind_of(mime: str) -> str:
    """What a person's phone would send a file of this type as."""
    main = mime.partition("/")[0]
    if mime in ("image/jpeg", "image/png", "image/webp"):
        return "photo"
    return main if main in ("audio", "video") else "document"


def mime_of(name: str, given: str) -> str:
    """The given type without its parameters, or the one that the name suggests."""
    given = given.partition(";")[0].strip().lower()
    if given and given != "application/octet-stream":
        return given
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _picture_sizes(body: bytes) -> list[Picture]:
    try:
        with Image.open(io.BytesIO(body)) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise BadFile("The picture has too many pixels; send it as a document.")
            whole = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise BadFile("This is not a picture that can be read; send it as a document.") from error
    longest = max(whole.size)
    sides = [side for side in PHOTO_SIDES if side < longest] + [min(longest, LARGEST_SIDE)]
    pictures: list[Picture] = []
    for side in dict.fromkeys(sides):
        sized = whole.copy()
        sized.thumbnail((side, side))
        out = io.BytesIO()
        sized.save(out, "JPEG", quality=85)
        pictures.append(Picture(body=out.getvalue(), width=sized.width, height=sized.height))
    return pictures
