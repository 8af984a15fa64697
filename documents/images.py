"""Photos and scans: opened within bounds, turned upright. Runs in a worker process."""

from collections.abc import Iterator
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from documents.unreadable import Unreadable

MAX_PIXELS = 40_000_000
# Above this, more pixels add seconds and no letters: the OCR engine works on 2,000 a side.
MAX_SIDE = 4_000
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF")
_DAMAGED = "This picture is damaged and I cannot open it. Please send it again."


def frames(data: bytes, *, at_most: int) -> tuple[int, Iterator[Image.Image]]:
    """How many pages there are, and the first ones as upright RGB. Raises Unreadable, also while iterating."""
    try:
        # Pillow's own bomb warning and error come at another bound; ours is checked frame by frame below.
        Image.MAX_IMAGE_PIXELS = None
        image = Image.open(BytesIO(data), formats=_FORMATS)
        count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable(_DAMAGED, "damaged") from error
    return count, (_upright(image, number) for number in range(min(count, at_most)))


def _upright(image: Image.Image, number: int) -> Image.Image:
    try:
        image.seek(number)
        if image.width * image.height > MAX_PIXELS:
            raise Unreadable(
                f"This picture has more than {MAX_PIXELS // 1_000_000} million pixels. Please send a smaller one.",
                "too_large",
            )
        # A JPEG decoder can skip the pixels that the next step would throw away.
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
        frame = ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable(_DAMAGED, "damaged") from error
    frame.thumbnail((MAX_SIDE, MAX_SIDE))
    return _on_white(frame)


def _on_white(frame: Image.Image) -> Image.Image:
    """Transparent parts count as paper; left to Pillow they would turn black."""
    if not frame.has_transparency_data:
        return frame.convert("RGB")
    layered = frame.convert("RGBA")
    paper = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(paper, layered).convert("RGB")
