"""A model hub on loopback: the few paths that huggingface_hub asks for, over a folder of files."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

COMMIT = "c0ffee" + "0" * 34


@asynccontextmanager
async def serve_hub(folder: Path, *, requests: list[str]) -> AsyncIterator[str]:
    """Yields the address; every path asked for is noted in `requests`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        requests.append(request.path)
        if request.path.startswith("/api/models/"):
            files = [{"rfilename": path.name} for path in sorted(folder.iterdir())]
            tree = [
                {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": _mark(path)}
                for path in sorted(folder.iterdir())
            ]
            return web.json_response(
                tree if "/tree/" in request.path else {"id": "x/y", "sha": COMMIT, "siblings": files}
            )
        path = folder / request.path.rpartition("/")[2]
        if "/resolve/" not in request.path or not path.is_file():
            return web.json_response(
                {"error": "Entry not found"}, status=404, headers={"X-Error-Code": "EntryNotFound"}
            )
        return web.FileResponse(path, headers={"ETag": f'"{_mark(path)}"', "X-Repo-Commit": COMMIT})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _mark(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()
