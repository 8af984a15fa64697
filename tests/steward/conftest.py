"""The command line as a person uses it: a process of its own, over a real database, with the sandbox as the vendors."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.errors import StewardError
from db.embedded import Services
from steward.cli.main import build_parser
from steward.settings import load_settings
from tests.sandbox.outside import Sandbox, running
from tests.support.databases import Urls
from tests.support.product import free_port

REPO = Path(__file__).parents[2]
_SECONDS = 60


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """The one line for the person; log lines are JSON and do not count."""
        lines = [line for line in self.err.splitlines() if not line.startswith("{")]
        assert len(lines) == 1, self.err
        return lines[0]


@dataclass
class Cli:
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    settings: dict[str, str] = field(default_factory=dict[str, str])

    async def __call__(self, *arguments: str | Path, **settings: str) -> Outcome:
        """In a process of its own. Settings are given without their prefix; the empty text leaves one out."""
        named = self._name(settings)
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONPATH": str(REPO)} | named
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "steward", *map(str, arguments), cwd=self.folder, env=environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_SECONDS):
                out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        return Outcome(process.returncode, out.decode(), err.decode())

    async def here(self, *arguments: str | Path, **settings: str) -> Outcome:
        """The same in this process, which is faster: for what a command does rather than for how it fails."""
        with self.monkeypatch.context() as patch:
            for name in [
                name for name in os.environ if name.startswith(("STEWARD_", "OPENAI_", "GROQ_", "ANTHROPIC_"))
            ]:
                patch.delenv(name)
            for name, value in self._name(settings).items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            parsed = build_parser().parse_args([str(argument) for argument in arguments])
            self.capsys.readouterr()
            try:
                code = await parsed.run(load_settings(), parsed)
            except StewardError as error:
                return Outcome(2, self.capsys.readouterr().out, str(error))
        out, err = self.capsys.readouterr()
        return Outcome(code, out, err)

    def _name(self, settings: dict[str, str]) -> dict[str, str]:
        return {f"STEWARD_{name.upper()}": value for name, value in (self.settings | settings).items() if value}

    async def fails(self, *arguments: str | Path, **settings: str) -> str:
        """What a person is told by a command that fails: one line, code 2 and no stack trace."""
        outcome = await self(*arguments, **settings)
        assert (outcome.code, outcome.out) == (2, ""), outcome
        assert "Traceback" not in outcome.err
        assert outcome.said.startswith("steward: ")
        return outcome.said


@pytest.fixture
async def vendors() -> AsyncIterator[Sandbox]:
    async with running(None) as sandbox:
        await sandbox.put_bot()
        await sandbox.put_number()
        yield sandbox


@pytest.fixture
def cli(
    tmp_path: Path,
    urls: Urls,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Cli:
    """With a database of its own and no vendor in reach."""
    nobody = "http://127.0.0.1:9"
    return Cli(
        tmp_path,
        monkeypatch,
        capsys,
        {
            "state": str(tmp_path / "state"),
            "database_url": urls.owner,
            "redis_url": services.redis_url,
            "telegram_url": nobody,
            "whatsapp_url": f"{nobody}/v26.0",
        },
    )


@pytest.fixture
def unused_ports() -> dict[str, str]:
    """Free a moment ago, for what only looks at ports."""
    return {"port": str(free_port()), "sandbox_port": str(free_port())}


def reaching(vendors: Sandbox) -> dict[str, str]:
    return {"telegram_url": f"{vendors.url}/telegram", "whatsapp_url": f"{vendors.url}/whatsapp/v26.0"}
