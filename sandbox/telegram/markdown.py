"""MarkdownV2 and the older Markdown as the Bot API understands them.

Source: core.telegram.org/bots/api#markdownv2-style and #markdown-style, November 2026.
"""

import re
from dataclasses import dataclass

from sandbox.records import Json
from sandbox.telegram.spans import Spans

RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
SIGNS = {
    "*": ("bold", "Bold"),
    "_": ("italic", "Italic"),
    "__": ("underline", "Underline"),
    "~": ("strikethrough", "Strikethrough"),
    "||": ("spoiler", "Spoiler"),
    "`": ("code", "Code"),
    "```": ("pre", "Pre"),
    "[": ("text_link", "TextUrl"),
    "![": ("custom_emoji", "CustomEmoji"),
}
ENDS = {"[": "]", "![": "]"}
LANGUAGE = re.compile(r"([A-Za-z0-9_+#.-]+)\n|\n?")


@dataclass(slots=True, kw_only=True)
class Open:
    sign: str
    index: int
    start: int
    language: str = ""


class Version2:
    def __init__(self, source: str) -> None:
        self.source = source
        self.spans = Spans(source)
        self.stack: list[Open] = []
        self.quote: int | None = None
        """Where the block quotation began, while in one."""
        self.quote_expandable = False
        self.at = 0

    def parse(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            self._step()
        self._end_quote()
        if self.stack:
            top = self.stack[-1]
            raise self.spans.complain(f"Can't find end of {SIGNS[top.sign][1]} entity", top.index)
        return self.spans.text, self.spans.entities

    def _step(self) -> None:
        source, at = self.source, self.at
        sign = source[at]
        if sign == "\\" and at + 1 < len(source) and 0 < ord(source[at + 1]) < 127:
            self._write(source[at + 1], 2)
        elif self.stack and self.stack[-1].sign in ("`", "```"):
            if source.startswith(self.stack[-1].sign, at):
                self._close(self.stack[-1].sign)
            else:
                self._write(sign, 1)
        elif sign == "\n":
            self._new_line()
        elif sign not in RESERVED:
            self._write(sign, 1)
        else:
            self._reserved()

    def _write(self, text: str, step: int) -> None:
        self.spans.write(text)
        self.at += step

    def _new_line(self) -> None:
        self._write("\n", 1)
        if self.quote is not None:
            if self.source.startswith(">", self.at):
                self.at += 1
            else:
                self._end_quote()

    def _reserved(self) -> None:
        source, at = self.source, self.at
        line_start = at == 0 or source[at - 1] == "\n"
        if line_start and (source[at] == ">" or source.startswith("**>", at)):
            self._end_quote()
            self.quote = self.spans.at
            self.at += 1 if source[at] == ">" else 3
            return
        top = self.stack[-1] if self.stack else None
        ends_line = source.startswith("||", at) and source[at + 2 : at + 3] in ("", "\n")
        if self.quote is not None and ends_line and not (top is not None and top.sign == "||"):
            self.quote_expandable = True
            self.at += 2
            return
        if top is not None and self._ends(top.sign):
            self._close(ENDS.get(top.sign, top.sign))
            return
        for sign in ("```", "__", "||", "![", "`", "*", "_", "~", "["):
            if source.startswith(sign, at):
                self._open(sign)
                return
        raise self.spans.complain(f"Character '{source[at]}' is reserved and must be escaped with the preceding '\\'")

    def _ends(self, sign: str) -> bool:
        if sign == "_":
            return self.source[self.at] == "_" and not self.source.startswith("__", self.at)
        return self.source.startswith(ENDS.get(sign, sign), self.at)

    def _open(self, sign: str) -> None:
        opened = Open(sign=sign, index=self.at, start=self.spans.at)
        self.at += len(sign)
        if sign == "```":
            found = LANGUAGE.match(self.source, self.at)
            if found is not None:
                opened.language = found[1] or ""
                self.at = found.end()
        self.stack.append(opened)

    def _close(self, end: str) -> None:
        top = self.stack.pop()
        self.at += len(end)
        kind, title = SIGNS[top.sign]
        if end == "]":
            self._close_link(top, kind, title)
        elif top.language:
            self.spans.mark(kind, top.start, language=top.language)
        else:
            self.spans.mark(kind, top.start)

    def _close_link(self, top: Open, kind: str, title: str) -> None:
        if not self.source.startswith("(", self.at):
            url = self.spans.since(top.start)
        else:
            url, begin = "", self.at
            self.at += 1
            while self.at < len(self.source) and self.source[self.at] != ")":
                if self.source[self.at] == "\\" and self.at + 1 < len(self.source):
                    self.at += 1
                url += self.source[self.at]
                self.at += 1
            if self.at >= len(self.source):
                raise self.spans.complain(f"Can't find end of a {title.lower()} URL", begin)
            self.at += 1
        if kind == "custom_emoji":
            self.spans.mark(kind, top.start, custom_emoji_id=url.rpartition("id=")[2])
        elif "." in url or ":" in url:
            self.spans.mark(kind, top.start, url=url)

    def _end_quote(self) -> None:
        if self.quote is None:
            return
        self.spans.mark("expandable_blockquote" if self.quote_expandable else "blockquote", self.quote)
        self.quote, self.quote_expandable = None, False


def parse_markdown_v2(source: str) -> tuple[str, list[Json]]:
    """Raises: ApiError with what is reserved or where something never ends."""
    return Version2(source).parse()


OLD = re.compile(r"\\([_*`\[])|```(?:([A-Za-z0-9_+#.-]+)\n)?|[_*`\[]")
OLD_KINDS = {"*": "bold", "_": "italic", "`": "code"}


def parse_markdown(source: str) -> tuple[str, list[Json]]:
    """The old mode: nothing nests, and only four signs count. Raises: ApiError."""
    spans = Spans(source)
    at = 0
    while found := OLD.search(source, at):
        spans.write(source[at : found.start()])
        at = found.end()
        if found[1]:
            spans.write(found[1])
            continue
        sign = found[0][:3] if found[0].startswith("```") else found[0]
        end = source.find({"[": "]"}.get(sign, sign), at)
        if end < 0:
            raise spans.complain("Can't find end of the entity starting", found.start())
        start = spans.at
        spans.write(source[at:end])
        at = end + len(sign)
        if sign == "[":
            link = re.compile(r"\(([^)]*)\)").match(source, at)
            if link is not None:
                at = link.end()
                spans.mark("text_link", start, url=link[1])
        elif sign == "```":
            spans.mark("pre", start, **({"language": found[2]} if found[2] else {}))
        else:
            spans.mark(OLD_KINDS[sign], start)
    spans.write(source[at:])
    return spans.text, spans.entities
