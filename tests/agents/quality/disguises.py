"""Ways in which a text is made unreadable for a filter and readable for its receiver."""

import base64
import codecs
from collections.abc import Callable
from urllib.parse import quote

_LEET = str.maketrans("aeiost", "431057")

DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper": str.upper,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of base64": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base64 of it reversed": lambda text: base64.b64encode(text[::-1].encode()).decode(),
    "base64, reversed": lambda text: base64.b64encode(text.encode()).decode()[::-1],
    "base64, url-safe": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex, spaced": lambda text: text.encode().hex(" "),
    "hex, escaped": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "reversed": lambda text: text[::-1],
    "spaced": " ".join,
    "dotted": ".".join,
    "dashed": "-".join,
    "lines": "\n".join,
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "leet": lambda text: text.translate(_LEET),
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "look-alikes": lambda text: text.translate(str.maketrans("aceopxy", "асеорху")),
    "tags": lambda text: "".join(chr(0xE0000 + ord(c)) for c in text),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "quoted": quote,
    "entities": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "decimals": lambda text: " ".join(str(ord(c)) for c in text),
    "bits": lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    "bold": lambda text: f"**{text}**",
}
