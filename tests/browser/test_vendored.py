"""The vendored chat component is what its checksums say, carries its licences, and asks nobody for anything."""

import hashlib
import json
from pathlib import Path

WEB = Path(__file__).parents[2] / "sandbox" / "web"
[FOLDER] = (WEB / "vendor").iterdir()


def test_checksums() -> None:
    listed = dict(reversed(line.split("  ")) for line in (FOLDER / "SHA256SUMS").read_text().splitlines())
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FOLDER.iterdir()
        if path.name != "SHA256SUMS"
    }
    assert listed == found


def test_versions_agree() -> None:
    kit = "@chatscope/chat-ui-kit-react"
    version = json.loads((WEB / "package.json").read_text())["devDependencies"][kit]
    assert FOLDER.name == f"chatscope-chat-ui-kit-react-{version}"
    assert f"{kit} {version} (MIT)" in (FOLDER / "LICENSES.txt").read_text()
    for source in (WEB / "index.html", WEB / "scripts" / "kit.js"):
        assert f"vendor/{FOLDER.name}/" in source.read_text()


def test_no_registry_in_the_lock_file() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    assert [name for name, about in packages.items() if "resolved" in about] == []


def test_styles_load_nothing() -> None:
    for sheet in (FOLDER / "chat-ui-kit.css", *(WEB / "styles").iterdir()):
        assert "url(" not in sheet.read_text() and "@import" not in sheet.read_text()
