"""Voice notes as the channels deliver them: Ogg/Opus, mono, 48 kHz."""

import shutil
import subprocess
from fractions import Fraction
from io import BytesIO

import av
import numpy as np

RATE = 48_000


def speech(text: str) -> bytes | None:
    """WAV by espeak-ng; None where it is not installed."""
    program = shutil.which("espeak-ng")
    if program is None:
        return None
    return subprocess.run([program, "-v", "en", "--stdout", text], capture_output=True, check=True).stdout


def tone(seconds: float, *, loudness: float = 0.3) -> np.ndarray:
    """Two notes with gaps, mono int16."""
    time = np.arange(int(RATE * seconds)) / RATE
    wave = np.sin(2 * np.pi * 220 * time) + 0.5 * np.sin(2 * np.pi * 554 * time)
    return (wave * (np.sin(2 * np.pi * 2 * time) > 0) * loudness * 20_000).astype(np.int16)


def samples_of(wav: bytes) -> np.ndarray:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(BytesIO(wav)) as container:
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])


def opus(samples: np.ndarray) -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono")
        stream.bit_rate = 16_000
        for start in range(0, len(samples), 48_000):
            part = np.ascontiguousarray(samples[start : start + 48_000]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
            frame.sample_rate = RATE
            frame.pts = start
            frame.time_base = Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()
