"""Text as it is meant, whatever it is dressed in: look-alike letters, invisible ones, spacing, and common encodings."""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһвмнктгпАВЕКМНОРСТУХІЈЅαβεηικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧɡıⅼ",
    "aeopcyxijsdhbmhktrnABEKMHOPCTYXIJSabenikvoptuxABEZHIKMNOPTYXgil",
)
_LETTERS = re.compile(r"[^\W\d_]+")
_HAS_LATIN, _HAS_OTHER = re.compile("[a-zA-Z]"), re.compile("[\u0370-\u03ff\u0400-\u052fɡıⅼ]")
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W_][\s.\-_*|/]{1,3}){3,}[^\W_](?![^\W_])")
_GAPS = re.compile(r"[\s.\-_*|/]+")
_LEET = str.maketrans("013457@$!l", "oieastasii")
_LEET_LETTERS = str.maketrans("013457@$!", "oieastasi")
_LEET_WORD = re.compile(r"(?<![\w@$])(?=[\w@$!]*[a-zA-Z])(?=[\w@$!]*[0-9@$!])[\w@$!]{2,}")
_BETWEEN = re.compile(r"[\W_]+")
_WORDLIKE = re.compile(
    r"[\W_]*(?:[^\W\d_]?[^\W\dA-Z_]+(?:['’-][^\W\d_]+)*|[AaIiOoYyàÀéêóЯявкосуиВКОСУИ&]|[A-ZÀ-Я]{2,5})[\W_]*"
)
_HEX_MARKS = re.compile(r"0x|\\x|[\s:,;-]")
_HEX, _BITS = re.compile(r"[0-9a-fA-F]{10,}"), re.compile(r"[01]{32,}")
_DECIMALS = re.compile(r"\d{2,3}(?:[\s,;.-]{1,2}\d{2,3}){5,}")
_BASE64, _BASE32 = re.compile(r"[A-Za-z0-9+/_-]{8,}"), re.compile(r"[A-Z2-7]{10,}")
_PIECE = re.compile(rb"[\x09\x0a\x20-\x7e\xc2-\xf4\x80-\xbf]{5,}")
_SHORTEST_RUN = 8
_MOST_RUNS = 40
_READABLE = 0.85
_ROT13 = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM"
)


class _Shown(dict[int, str]):
    """By code point: Unicode's invisible copy of ASCII as it reads, other invisible characters as nothing."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if 0xE0020 <= code <= 0xE007E:
            letter = chr(code - 0xE0000)
        elif letter not in "\n\t" and unicodedata.category(letter) in ("Cf", "Cc", "Co", "Cn", "Cs"):
            letter = ""
        self[code] = letter
        return letter


_SHOWN = _Shown()


def unmask(text: str) -> str:
    """Compatibility forms and look-alikes folded to plain letters; invisible characters gone, or shown as they read."""
    text = text.translate(_SHOWN)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    return _LETTERS.sub(_fold_mixed, text) if _HAS_OTHER.search(text) else text


def _fold_mixed(word: re.Match[str]) -> str:
    """Russian stays Russian: only a word that mixes scripts is a disguise."""
    letters = word.group()
    if _HAS_LATIN.search(letters) and _HAS_OTHER.search(letters):
        return letters.translate(_LOOKALIKES)
    return letters


def fold_lookalikes(text: str) -> str:
    """All of them, also where the text may be Russian or Greek."""
    return text.translate(_LOOKALIKES)


def close_up(text: str) -> str:
    """`i g n o r e` and `i.g.n.o.r.e` as one word each; what stands wider apart, or all of it, are several words."""
    return _SPACED.sub(lambda found: _GAPS.sub(_close_gap, found.group()), text)


def _close_gap(gap: re.Match[str]) -> str:
    return " " if len(gap.group()) > 1 else ""


def squash(text: str) -> str:
    """Letters and digits alone, so that nothing in between can hide a word."""
    return _BETWEEN.sub("", text.casefold())


def unleet(text: str) -> str:
    """Digits and signs as the letters they stand for. What is looked for has to go through it, too."""
    return text.translate(_LEET)


def unleet_words(text: str, one: str = "i") -> str:
    """Only where letters and digits stand in one word: prices and hours stay what they are.

    `one`: what a 1 stands for but at the beginning of a word.
    """
    letters = _LEET_LETTERS | {ord("1"): one}
    return _LEET_WORD.sub(lambda word: re.sub("^1", "i", word.group()).translate(letters), text)


def rot13(text: str) -> str:
    return text.translate(_ROT13)


def decode(text: str) -> Iterator[str]:
    """What parts of the text may be an encoding of: only what comes out readable."""
    if "%" in text and (unquoted := unquote(text, errors="ignore")) != text:
        yield unquoted
    if "&" in text and (unescaped := html.unescape(text)) != text:
        yield unescaped
    if "\\u" in text or "\\x" in text:
        yield re.sub(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})", lambda m: chr(int(m[1] or m[2], 16)), text)
    for run in _strange_runs(text):
        yield from _decode_run(run)


def _strange_runs(text: str) -> Iterator[str]:
    """Stretches of what are no words: most texts have none, or a few numbers."""
    run: list[str] = []
    count = 0
    for token in (*text.split(), ""):
        if (token and not _WORDLIKE.fullmatch(token)) or (run and len(token) == 1):
            run.append(token)
        elif run:
            joined = " ".join(run)
            run = []
            if len(joined) >= _SHORTEST_RUN and count < _MOST_RUNS:
                count += 1
                yield joined


def _decode_run(run: str) -> Iterator[str]:
    compact = "".join(run.split())
    for each in (compact, compact[::-1], rot13(compact)):
        for found in _BASE64.finditer(each):
            yield from _from_base64(found.group())
    for found in _BASE32.finditer(compact):
        yield from _from_base32(found.group())
    if not any(map(str.isdigit, run)):
        return
    bare = _HEX_MARKS.sub("", run)
    for each in (bare, bare[::-1]):
        for found in _HEX.finditer(each):
            for skip in (0, 1):
                digits = found.group()[skip:]
                yield from _read(bytes.fromhex(digits[: len(digits) // 2 * 2]))
        for found in _BITS.finditer(each):
            bits = found.group()
            yield from _read(bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8)))
    for found in _DECIMALS.finditer(run):
        codes = [int(code) for code in re.findall(r"\d+", found.group())]
        if all(32 <= code < 256 for code in codes):
            yield "".join(map(chr, codes))


def _from_base64(run: str) -> Iterator[str]:
    """From each of four places: a word may stand right before what is encoded."""
    run = run.replace("-", "+").replace("_", "/")
    for skip in range(4):
        part = run[skip:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            yield from _read(base64.b64decode(part + "=" * (-len(part) % 4)))
        except (binascii.Error, ValueError):
            continue


def _from_base32(run: str) -> Iterator[str]:
    part = run[: len(run) - (len(run) % 8 in (1, 3, 6))]
    try:
        yield from _read(base64.b32decode(part + "=" * (-len(part) % 8)))
    except (binascii.Error, ValueError):
        return


def _read(data: bytes) -> Iterator[str]:
    """The parts of it that are text."""
    for piece in _PIECE.findall(data):
        text = piece.decode("utf-8", errors="ignore")
        if len(text) >= 5 and sum(each.isalnum() or each in " .,-_:'!?=\n" for each in text) >= _READABLE * len(text):
            yield text
