"""Which languages need which OCR engine. Pure rules.

rapidocr 3.10's bundled model (PP-OCRv6) reads Latin scripts with their accents, Chinese and Japanese. It drops the
letters of every other script, and Vietnamese's doubled marks, while staying confident; for those a page goes to
Tesseract, where the language pack is installed. Measured in docs/documents.md.
"""

from collections.abc import Iterable

# ISO 639-1 to the name of Tesseract's pack; a language without an entry has no pack of its own here.
PACKS = {
    "af": "afr", "am": "amh", "ar": "ara", "az": "aze", "be": "bel", "bg": "bul", "bn": "ben", "bs": "bos",
    "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa",
    "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fr": "fra", "ga": "gle", "gl": "glg", "gu": "guj",
    "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "hy": "hye", "id": "ind", "is": "isl", "it": "ita",
    "ja": "jpn", "ka": "kat", "kk": "kaz", "km": "khm", "kn": "kan", "ko": "kor", "ky": "kir", "lo": "lao",
    "lt": "lit", "lv": "lav", "mk": "mkd", "ml": "mal", "mn": "mon", "mr": "mar", "ms": "msa", "mt": "mlt",
    "my": "mya", "nb": "nor", "ne": "nep", "nl": "nld", "nn": "nor", "no": "nor", "pa": "pan", "pl": "pol",
    "ps": "pus", "pt": "por", "ro": "ron", "ru": "rus", "si": "sin", "sk": "slk", "sl": "slv", "sq": "sqi",
    "sr": "srp", "sv": "swe", "sw": "swa", "ta": "tam", "te": "tel", "tg": "tgk", "th": "tha", "tr": "tur",
    "uk": "ukr", "ur": "urd", "uz": "uzb", "vi": "vie", "zh": "chi_sim",
}  # fmt: skip

# Letters that rapidocr loses: (first, last) code points, and the languages written with them.
_LOST: tuple[tuple[str, tuple[tuple[int, int], ...], frozenset[str]], ...] = (
    ("Cyrillic", ((0x400, 0x52F),), frozenset(["be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "uk"])),
    ("Greek", ((0x370, 0x3FF), (0x1F00, 0x1FFF)), frozenset({"el"})),
    ("Arabic", ((0x600, 0x6FF), (0x750, 0x77F), (0xFB50, 0xFEFF)), frozenset(["ar", "fa", "ps", "ur"])),
    ("Hebrew", ((0x590, 0x5FF),), frozenset({"he"})),
    ("Armenian", ((0x530, 0x58F),), frozenset({"hy"})),
    ("Georgian", ((0x10A0, 0x10FF),), frozenset({"ka"})),
    ("Hangul", ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF)), frozenset({"ko"})),
    ("Indic and South-East Asian", ((0x900, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF)),
     frozenset(["bn", "gu", "hi", "km", "kn", "lo", "ml", "mr", "my", "ne", "pa", "si", "ta", "te", "th"])),
    ("Ethiopic", ((0x1200, 0x139F),), frozenset({"am"})),
    ("Vietnamese", ((0x1A0, 0x1B0), (0x1EA0, 0x1EF9)), frozenset({"vi"})),
)  # fmt: skip


def base(language: str) -> str:
    """`pt-BR` and `pt_BR` are `pt`."""
    return language.replace("_", "-").split("-")[0].lower()


def lost_languages(languages: Iterable[str]) -> tuple[str, ...]:
    """Those of `languages` whose letters rapidocr drops, as ISO 639-1, in the given order."""
    known = {language for _, _, members in _LOST for language in members}
    return tuple(dict.fromkeys(base(language) for language in languages if base(language) in known))


def packs_for(languages: Iterable[str], installed: frozenset[str]) -> tuple[str, ...]:
    """Tesseract packs for the languages that are installed."""
    wanted = (PACKS.get(base(language), "") for language in languages)
    return tuple(dict.fromkeys(pack for pack in wanted if pack in installed))


def lost_share(text: str, languages: Iterable[str]) -> float:
    """Share of the letters in `text` that belong to the scripts rapidocr drops and these languages use."""
    wanted = set(languages)
    ranges = [span for _, spans, members in _LOST if members & wanted for span in spans]
    letters = [ord(char) for char in text if char.isalpha()]
    found = sum(1 for code in letters if any(first <= code <= last for first, last in ranges))
    return found / len(letters) if letters else 0.0
