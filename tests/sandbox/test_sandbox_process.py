"""The sandbox as its own process: what survives a kill -9, and what it says when it cannot start."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.sandbox.outside import NUMBER, Hook, Sandbox, telegram_bot, until

ROOT = Path(__file__).parents[2]
MAYA = "tg:baker_bot:maya"


@asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[Sandbox]:
    """A running sandbox that ends by kill -9."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--port", "0", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    line = (await child.stdout.readline()).decode()
    async with aiohttp.ClientSession() as http:
        try:
            yield Sandbox(line.split()[-1].rstrip("/"), http)
        finally:
            child.kill()
            await child.wait()


async def refused(*arguments: str) -> str:
    """What a sandbox that cannot start says."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", *arguments, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, said = await child.communicate()
    assert child.returncode == 2
    text = said.decode()
    assert text.count("\n") == 1
    return text


async def test_everything_survives_a_kill(tmp_path: Path, hook: Hook) -> None:
    async with process("--state", str(tmp_path)) as sandbox:
        await sandbox.put_bot()
        await sandbox.say(MAYA, "First")
        await sandbox.put_number("http://127.0.0.1:9/nobody-there")
        await sandbox.say(f"wa:{NUMBER}:maya", "By WhatsApp")
        async with telegram_bot(sandbox) as bot:
            [update] = await bot.get_updates(timeout=5)
            assert update.message is not None
            await bot.send_message(update.message.chat.id, "<b>Answer</b>", parse_mode="HTML")
            await bot.get_updates(offset=update.update_id + 1)
        form = aiohttp.FormData({"text": "A file"})
        form.add_field("file", b"a,b\n", filename="a.csv", content_type="text/csv")
        async with sandbox.http.post(f"{sandbox.url}/api/chats/{MAYA}/messages", data=form) as answer:
            assert answer.status == 200
        before = await sandbox.messages(MAYA)
    async with process("--state", str(tmp_path)) as sandbox:
        assert await sandbox.messages(MAYA) == before
        assert [item["text"] for item in await sandbox.accepted()] == ["Answer"]
        async with telegram_bot(sandbox) as bot:
            [update] = await bot.get_updates(timeout=5)
            assert update.update_id == 2 and update.message is not None and update.message.document is not None
            file = await bot.download(update.message.document)
            assert file is not None and file.read() == b"a,b\n"
            assert (await bot.send_message(update.message.chat.id, "More")).message_id == 4
        await sandbox.put_number(hook.url)
        [message] = await until(lambda: hook.items("messages"))
        assert message["text"]["body"] == "By WhatsApp"


async def test_it_says_why_it_cannot_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"Port {port} is in use" in await refused("--port", port, "--no-persist")
    assert "this machine only" in await refused("--host", "0.0.0.0", "--no-persist")
    assert "--state FOLDER" in await refused()
    (tmp_path / "file").write_text("not a folder")
    assert "cannot start" in await refused("--state", str(tmp_path / "file"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_other_sites_are_refused(sandbox: Sandbox, headers: dict[str, str]) -> None:
    async with sandbox.http.post(f"{sandbox.url}/control/reset", headers=headers) as answer:
        assert answer.status == 403
