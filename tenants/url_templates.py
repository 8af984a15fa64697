"""URLs with places in them for arguments: `https://erp.example/invoices/{invoice}/credits?why={reason}`."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{1,39})\}")
_TEXT = r"(?:[A-Za-z0-9._~!$'()*+,;:@/=-]|%[0-9A-Fa-f]{2}|" + PLACEHOLDER.pattern.replace("(", "(?:") + ")*"
_TEMPLATE = re.compile(
    r"(https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?)"
    rf"((?:/{_TEXT})?)(?:\?({_TEXT}(?:&{_TEXT})*))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlTemplate:
    origin: str
    """Scheme, host and port, as they are written: nothing in them is filled."""
    path: str
    """Empty, or from its first slash."""
    query: str
    """Without the question mark."""

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(PLACEHOLDER.findall(f"{self.path}?{self.query}"))


def read_template(text: str) -> UrlTemplate:
    """Raises ValueError, with what is wrong for whoever wrote it."""
    found = _TEMPLATE.fullmatch(text)
    if found is None:
        raise ValueError(
            "the URL must be http(s)://host/path?name=value in ASCII, with {field} only in the path or as a value"
        )
    origin, path, query = found[1], found[2], found[3] or ""
    try:
        if urlsplit(origin).port == 0:
            raise ValueError("port 0")
    except ValueError:
        raise ValueError("the URL's host or port is none") from None
    if any(unquote(segment) in (".", "..") for segment in path.split("/")):
        raise ValueError("the URL's path must be written out, without . and ..")
    for pair in filter(None, query.split("&")):
        if PLACEHOLDER.search(pair.partition("=")[0]):
            raise ValueError("a {field} in the URL's query must be a value: name={field}")
    return UrlTemplate(origin=origin, path=path, query=query)
