"""Plain text growing next to its entities: what the parsers of formatted text write into."""

from sandbox.records import Json
from sandbox.telegram.errors import ApiError, bad_request


class Spans:
    def __init__(self, source: str) -> None:
        self._source = source
        self._parts: list[str] = []
        self.at = 0
        """Length so far in UTF-16 code units."""
        self.entities: list[Json] = []

    def write(self, text: str) -> None:
        self._parts.append(text)
        self.at += len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2

    def mark(self, kind: str, start: int, **details: object) -> None:
        """An entity from `start` to here; an empty one is left out."""
        if self.at > start:
            self.entities.append({"type": kind, "offset": start, "length": self.at - start, **details})

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def since(self, start: int) -> str:
        """The text written since a UTF-16 offset."""
        return self.text.encode("utf-16-le", "surrogatepass")[2 * start :].decode("utf-16-le", "surrogatepass")

    def complain(self, what: str, index: int | None = None) -> ApiError:
        """The refusal, with the place as a UTF-8 byte offset where `index` (in characters) is given."""
        where = "" if index is None else f" at byte offset {len(self._source[:index].encode('utf-8', 'replace'))}"
        return bad_request(f"can't parse entities: {what}{where}")
