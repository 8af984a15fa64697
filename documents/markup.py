"""HTML as Markdown: headings, paragraphs, lists and tables; nothing that runs, is hidden or is a form.

For web pages and for what `mammoth` makes of Word documents. Runs in a worker process.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import lxml.html

from documents.tables import write_table
from documents.unreadable import Unreadable

MOST_LINKS = 300
_LXML: Any = lxml.html  # it has no types
_LEFT_OUT = frozenset({
    "script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object", "embed", "audio", "video",
    "form", "button", "select", "textarea", "input", "nav", "head", "dialog",
})  # fmt: skip
_BLOCKS = frozenset({
    "p", "div", "section", "article", "main", "header", "footer", "aside", "address", "blockquote", "pre", "figure",
    "figcaption", "dl", "dt", "dd", "ul", "ol", "li", "body", "center", "details", "summary", "fieldset", "hr", "table",
    "tr", "td", "th",
})  # fmt: skip
_HEADINGS = {f"h{n}": "#" * n for n in range(1, 7)}
_BULLET = "-"
_DEEPEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    title: str
    markdown: str
    links: tuple[str, ...] = ()
    """Absolute, in the order of the page, without those that ask not to be followed."""
    truncated: bool = False


@dataclass(slots=True)
class _Writer:
    blocks: list[str] = field(default_factory=list[str])
    line: list[str] = field(default_factory=list[str])
    cut: bool = False

    def end(self, mark: str = "") -> None:
        lines = [" ".join(line.split()) for line in "".join(self.line).split("\n")]
        text = "\n".join(line for line in lines if line)
        self.line = []
        if text and text != _BULLET:
            self.blocks.append(f"{mark} {' '.join(text.split())}" if mark else text)


def read_html(data: bytes | str, base: str = "", *, encoding: str | None = None) -> Markup:
    """Raises Unreadable for what is no HTML at all."""
    parser = _LXML.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, encoding=encoding)
    try:
        root: Any = _LXML.document_fromstring(data, parser=parser)
    except (SyntaxError, ValueError, AssertionError, _LXML.etree.LxmlError) as error:
        raise Unreadable("This page is empty or damaged, and I cannot read it.", "damaged") from error
    title = " ".join("".join(root.xpath("//title[1]//text()")).split())[:200]
    links = tuple(_links(root, base)) if base else ()
    writer = _Writer()
    body = root.find("body")
    _walk(writer, root if body is None else body, 0)
    writer.end()
    markdown = "\n\n".join(_join_lists(writer.blocks)).replace("](", "] (")
    return Markup(title=title, markdown=markdown, links=links, truncated=writer.cut)


def _walk(writer: _Writer, element: Any, depth: int) -> None:
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag in _LEFT_OUT or depth > _DEEPEST or _is_hidden(element):
        return
    if tag == "table" and _is_of_data(element):
        writer.end()
        table, _, cut = write_table(_rows(element))
        writer.cut = writer.cut or cut
        if table:
            writer.blocks.append(table)
        return
    mark = _HEADINGS.get(tag, "")
    block = bool(mark) or tag in _BLOCKS
    if block:
        writer.end()
    writer.line.append(f"{_BULLET} {element.text or ''}" if tag == "li" else element.text or "")
    for child in element:
        if child.tag == "br":
            writer.line.append("\n")
        else:
            _walk(writer, child, depth + 1)
        writer.line.append(child.tail or "")
    if block:
        writer.end(mark)


def _is_hidden(element: Any) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.get("hidden") is not None or "display:none" in style or "visibility:hidden" in style


def _is_of_data(table: Any) -> bool:
    """One with other tables in it lays out a page."""
    return not table.xpath(".//table") and any(len(row) > 1 for row in table.xpath(".//tr"))


def _rows(table: Any) -> Iterator[Sequence[str]]:
    for row in table.iter("tr"):
        yield [" ".join(cell.text_content().split()) for cell in row if cell.tag in ("td", "th")]


def _join_lists(blocks: Sequence[str]) -> Iterator[str]:
    """The items of a list are one block."""
    items: list[str] = []
    for block in blocks:
        if block.startswith(f"{_BULLET} "):
            items.append(block)
            continue
        if items:
            yield "\n".join(items)
            items = []
        yield block
    if items:
        yield "\n".join(items)


def _links(root: Any, base: str) -> Iterator[str]:
    robots = " ".join(root.xpath("//meta[translate(@name, 'ROBTS', 'robts') = 'robots']/@content")).lower()
    if "nofollow" in robots or "none" in robots:
        return
    start = next(iter(root.xpath("//base/@href")), "")
    for anchor in root.xpath(f"(//a[@href])[position() <= {MOST_LINKS}]"):
        if "nofollow" in (anchor.get("rel") or "").lower():
            continue
        try:
            yield urljoin(urljoin(base, start), anchor.get("href").strip())
        except ValueError:
            continue
