"""Markdown as models and people write it, in WhatsApp's own signs.

WhatsApp knows *bold*, _italic_, ~strike~, `code`, ```code blocks```, lists and quotes; it has no links with a label and
no way to escape. The result is never longer than the Markdown, but for a code block left open, which is closed.

Source: WhatsApp help centre, "How to format your messages", November 2026.
"""

import re

_FENCED = re.compile(r"```[^\n`]*\n(.*?)(?:\n?```|\Z)", re.DOTALL)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_BULLET = re.compile(r"^([ \t]*)[*+][ \t]+", re.MULTILINE)
_INLINE = re.compile(
    r"""
    (?P<code>`+[^`\n]+`+)
  | !?\[(?P<label>[^\]\n]*)\]\((?P<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+"[^"\n]*")?\)
  | <(?P<address>https?://[^>\s]+)>
  | (?P<bare>https?://[^\s*]+)
  | \\(?P<escaped>[!-/:-@\[-`{-~])
  | \*\*\*(?=\S)(?P<both>[^\n]+?)(?<=\S)\*\*\*
  | \*\*(?=\S)(?P<bold>[^\n]+?)(?<=\S)\*\*
  | (?<!\w)__(?=\S)(?P<bold2>[^\n]+?)(?<=\S)__(?!\w)
  | ~~(?=\S)(?P<strike>[^\n]+?)(?<=\S)~~
  | (?<![\w*])\*(?=[^\s*])(?P<italic>[^\n*]+?)(?<=\S)\*(?![\w*])
    """,
    re.VERBOSE,
)


def to_whatsapp(markdown: str) -> str:
    if not _may_hold_signs(markdown):
        return markdown
    pieces: list[str] = []
    done = 0
    for block in _FENCED.finditer(markdown):
        pieces += (_write_lines(markdown[done : block.start()]), f"```{block[1]}```")
        done = block.end()
    pieces.append(_write_lines(markdown[done:]))
    return "".join(pieces)


def _may_hold_signs(text: str) -> bool:
    return any(sign in text for sign in "*_#`[<\\~+")


def _write_lines(text: str) -> str:
    text = _BULLET.sub(r"\1- ", text)
    text = _HEADING.sub(lambda found: f"**{found[1].replace('**', '').replace('__', '')}**", text)
    return _write_inline(text)


def _write_inline(text: str) -> str:
    return _INLINE.sub(_write_span, text)


def _write_span(span: re.Match[str]) -> str:
    kind = span.lastgroup
    match kind:
        case "target":
            label, target = _write_inline(span["label"]).strip(), span["target"]
            return target if label in ("", target) else f"{label} ({target})" if target else label
        case "address" | "escaped":
            return span[kind]
        case "both":
            return f"*_{_write_inline(span[kind])}_*"
        case "bold" | "bold2":
            return f"*{_write_inline(span[kind])}*"
        case "strike":
            return f"~{_write_inline(span[kind])}~"
        case "italic":
            return f"_{_write_inline(span[kind])}_"
        case _:  # code and bare addresses stay as they are
            return span[0]
