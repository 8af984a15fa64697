"""Server-sent events out of bytes, in whatever pieces those come.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, November 2026.
"""

from collections.abc import AsyncGenerator, AsyncIterable


async def read_events(pieces: AsyncIterable[bytes]) -> AsyncGenerator[str]:
    """The data of each event; the vendors' data name their own type. Raises UnicodeDecodeError.

    An event that the end of the stream cuts off is dropped, as the standard has it.
    """
    data: list[str] = []
    async for line in _lines(pieces):
        if not line:
            if data:
                yield "\n".join(data)
                data = []
        elif line.startswith(b"data:"):
            data.append(line[5:].decode().removeprefix(" "))


async def _lines(pieces: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    """Without their ends, which are CR LF, LF or CR; what follows the last end is dropped."""
    held: list[bytes] = []  # of a line that has not ended; joined once, or a long one would cost its square
    ended_in_cr = False
    async for piece in pieces:
        if not piece:
            continue
        # The second half of a CR LF is no line of its own.
        rest = piece[1:] if ended_in_cr and piece.startswith(b"\n") else piece
        ended_in_cr = rest.endswith(b"\r")
        for line in rest.splitlines(keepends=True):
            if not line.endswith((b"\n", b"\r")):
                held.append(line)
                continue
            held.append(line.rstrip(b"\r\n"))
            yield b"".join(held)
            held = []
