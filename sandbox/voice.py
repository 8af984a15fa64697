"""Voice notes as both vendors deliver them, from whatever a browser records."""

import io
import math
from typing import Any

import av
import av.error

_open: Any = av.open
"""PyAV's stubs know neither direction nor stream; what is used of it is tested."""
RATE = 48_000
BIT_RATE = 32_000
MAX_SECONDS = 3600


def transcode_voice(body: bytes) -> tuple[bytes, int]:
    """Any audio to Ogg/Opus, mono, 48 kHz; returns the bytes and the length in whole seconds, at least 1.

    Raises: ValueError when it is not audio, empty or longer than an hour.
    """
    out = io.BytesIO()
    samples = 0
    try:
        with _open(io.BytesIO(body)) as source, _open(out, "w", format="ogg") as target:
            stream = target.add_stream("libopus", rate=RATE)
            stream.layout = "mono"
            stream.bit_rate = BIT_RATE
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in source.decode(audio=0):
                for piece in resampler.resample(frame):
                    samples += piece.samples
                    if samples > MAX_SECONDS * RATE:
                        raise ValueError("The recording is longer than an hour.")
                    target.mux(stream.encode(piece))
            for piece in resampler.resample(None):
                samples += piece.samples
                target.mux(stream.encode(piece))
            target.mux(stream.encode(None))
    except (av.error.FFmpegError, IndexError) as error:
        raise ValueError("This is not a recording that can be read; try again.") from error
    if samples == 0:
        raise ValueError("The recording is empty; hold the button longer.")
    return out.getvalue(), max(1, math.ceil(samples / RATE))
