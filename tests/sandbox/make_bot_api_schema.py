"""Makes `bot_api_schema.json.gz` out of npm's `@grammyjs/types`: run it with Node at hand when the Bot API moves on.

    .venv/bin/python tests/sandbox/make_bot_api_schema.py

The types are MIT-licensed (`bot_api_schema.LICENSE`); they describe the Bot API's objects independently of aiogram.
"""

import gzip
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = ("@grammyjs/types@5.0.0", "ts-json-schema-generator@2.4.0", "typescript@7.0.2")
ROOT = """
import * as T from "@grammyjs/types";
export interface Answers {
  Update: T.Update; User: T.UserFromGetMe; Message: T.Message; WebhookInfo: T.WebhookInfo; File: T.File;
  BotCommand: T.BotCommand; ChatFullInfo: T.ChatFullInfo; ChatMember: T.ChatMember; ApiError: T.ApiError;
}
"""
OPTIONS = {
    "compilerOptions": {"module": "nodenext", "moduleResolution": "nodenext", "strict": True, "skipLibCheck": True},
    "include": ["root.d.ts"],
}


def make() -> bytes:
    npm, npx = shutil.which("npm"), shutil.which("npx")
    if npm is None or npx is None:
        raise SystemExit("This needs Node: install it and run again.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "package.json").write_text("{}")
        (folder / "root.d.ts").write_text(ROOT)
        (folder / "tsconfig.json").write_text(json.dumps(OPTIONS))
        subprocess.run([npm, "install", "--no-audit", "--no-fund", *PACKAGES], cwd=folder, check=True)
        arguments = ["--path", "root.d.ts", "--tsconfig", "tsconfig.json", "--type", "Answers", "--no-type-check"]
        subprocess.run(
            [npx, "ts-json-schema-generator", *arguments, "--minify", "-o", "out.json"], cwd=folder, check=True
        )
        shutil.copy(folder / "node_modules/@grammyjs/types/LICENSE", HERE / "bot_api_schema.LICENSE")
        return (folder / "out.json").read_bytes()


if __name__ == "__main__":
    (HERE / "bot_api_schema.json.gz").write_bytes(gzip.compress(make(), mtime=0))
