"""Numbers of orders, shipments, invoices and cases: by their shape, or by the word that leads them."""

import re

from agents.intake.amounts import CURRENCY_NAMES
from agents.intake.phones import is_phone_at
from memory.words import fold

_MOST, _MOST_LOOKED_AT = 12, 24
_LONGEST = 40
_CHUNK = re.compile(r"[^\s,;!?()…\"“”„«»]+")
_SHAPED = re.compile(
    r"(?<![\w@./:+-])[0-9A-Za-zА-Яа-яЁё]{1,20}(?:[-/][0-9A-Za-zА-Яа-яЁё]{1,20}){0,5}(?![\w@]|[-/]\w|[.:]\d)"
)
_CASE = re.compile(r"[TCRM]-\d{1,12}", re.IGNORECASE)
_LEAD = re.compile(
    r"orders?|shipments?|parcels?|packages?|invoices?|bookings?|tickets?|cases?|trackings?|references?|ref|consignments?|"
    r"pedidos?|env[ií]os?|facturas?|reservas?|reclamos?|casos?|gu[ií]as?|solicitud|заказ\w{0,2}|посылк\w|груз\w{0,2}|"
    r"сч[её]т\w{0,2}|накладн\w{2}|заявк\w{1,2}|обращени\w|bestellung(?:en)?|bestell(?:nummer|nr)|sendung(?:snummer|snr)?|"
    r"lieferung|rechnung(?:snummer)?|auftrag(?:snummer)?|vorgang|fall|commandes?|colis|factures?|dossier|livraison|"
    r"encomendas?|faturas?|remessa|chamado|protocolo|boleto"
)
_MARK = re.compile(r"#|№|n|[º°]|nº|n°|nr|no|num|id|number|nummer|n[uú]m[eé]ro|номер\w{0,2}")
_BETWEEN = frozenset(["is", "es", "é", "ist", "est", "-"])
_BEFORE = re.compile(r"\w+['’]?\w*|[#№°]")
_LOOKED_BACK = 40
_MEASURE = re.compile(
    r"\d+(?:st|nd|rd|th|er|re|e|eme|ème|h|hs|uhr|am|pm|min|mins|std|sec|s|d|kg|g|mg|t|lbs?|km|m|cm|mm|m2|m3|l|ml|cl|x|k|gb|mb|"
    r"euros?|eur|usd|gbp|brl|rub|руб|р|кг|г|шт|ч|мин|дн|км|см|мм|м|л|й|го|ое|ая|ый|ую|pcs?|px|v|w|pers|days?|zoll)"
    r"|\d{1,2}h\d{0,2}|\d+x\d+(?:x\d+)?\w{0,2}|[a-z]\d|mp[34]|co2|covid-?19|\d+-\w*[a-zа-я]{3,}\w*",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:T\d{1,2})?|\d{1,2}[/-]\d{1,2}[/-](?:\d{4}|\d{2})", re.IGNORECASE)
_YEARS = re.compile(r"(?:19|20)\d\d(?:[-/](?:19|20)?\d\d)?")
_ORDERING = frozenset(["to", "i", "we", "please", "can"])
"""Before “order 500” they make it a verb."""
_COUNTED = re.compile(rf"(?:{'|'.join(map(re.escape, CURRENCY_NAMES))}|kg|кг|g|%|pcs|stk|шт)(?!\w)")
_A_WORD = re.compile(r"[^\W\d_]{3,}")


def find_references(text: str) -> tuple[tuple[str, ...], str]:
    """In capitals, in the text's order; and the text with them blotted out, so that nothing else is read in them."""
    found: list[tuple[int, str]] = []
    looked_at = 0
    for chunk in _CHUNK.finditer(text):
        if not any(character.isdigit() for character in chunk.group()):
            continue
        looked_at += 1
        for match in _SHAPED.finditer(text, chunk.start(), chunk.end()):
            if len(match.group()) <= _LONGEST and _is_reference(text, match):
                found.append((match.start(), match.group()))
        if looked_at >= _MOST_LOOKED_AT or len(found) >= _MOST:
            break
    for at, value in found:
        text = f"{text[:at]}{'_' * len(value)}{text[at + len(value) :]}"
    return tuple(dict.fromkeys(value.upper() for _, value in found)), text


def is_case_reference(reference: str) -> bool:
    """`T-1001`: a ticket, a case, a request."""
    return _CASE.fullmatch(reference) is not None


def _is_reference(text: str, match: re.Match[str]) -> bool:
    value = match.group()
    if not any(character.isdigit() for character in value):
        return False
    before = _BEFORE.findall(text[max(0, match.start() - _LOOKED_BACK) : match.start()].lower())[-6:]
    while before and before[-1] in _BETWEEN:
        before.pop()
    marks = 0
    while before and _MARK.fullmatch(before[-1]):
        marks += 1
        before.pop()
    signed = marks > 0 and re.search(r"[#№º°]\W*$", text[: match.start()][-4:]) is not None
    led = bool(before) and _LEAD.fullmatch(before[-1]) is not None
    if marks and (led or signed):
        return True
    if marks and value.isdigit() and 3 <= len(value) <= 8 and not _YEARS.fullmatch(value):
        return not is_phone_at(text, match.start()) and not _says_no(text, match.start())
    if led and value.isdigit():
        return len(value) >= 3 and _is_named(text, match, before[-2] if len(before) > 1 else "")
    return _has_shape(value)


def _says_no(text: str, at: int) -> bool:
    """“no 300 is too much”: without a dot it is the word."""
    return re.search(r"(?<!\w)(?:no|n)\s+$", text[max(0, at - 6) : at], re.IGNORECASE) is not None


def _is_named(text: str, match: re.Match[str], before: str) -> bool:
    """“order 12345”, and neither “to order 500 boxes” nor “the order of 2024”."""
    value = match.group()
    after = fold(text[match.end() : match.end() + 12]).strip()
    if _YEARS.fullmatch(value) or _COUNTED.match(after):
        return False
    ordering = before in _ORDERING or (not before and value.endswith("00"))
    return not (ordering and _A_WORD.match(after))


def _has_shape(value: str) -> bool:
    """A digit with a letter or a hyphen, and no measure, hour, date or year."""
    if _CASE.fullmatch(value):
        return True
    if _MEASURE.fullmatch(value) or _YEARS.fullmatch(value) or _DATE.fullmatch(value):
        return False
    digits = sum(character.isdigit() for character in value)
    letters = sum(character.isalpha() for character in value)
    if not letters:
        return "-" in value and 5 <= digits <= 8 and not re.fullmatch(r"0\d*-\d+|\d{1,2}-\d{1,2}", value)
    if fold(value).strip("0123456789") in CURRENCY_NAMES:
        return False
    capitals = any(character.isupper() for character in value)
    if max(map(len, re.findall(r"[^\W\d_]+", value))) > 6 or ("/" in value and not capitals):
        return False
    return len(value) >= 4 and digits >= (2 if capitals and ("-" in value or letters >= 2) else 3)
