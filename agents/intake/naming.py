"""“Call me Ana” and “call me tomorrow”: which of them is meant."""

import re

from agents.intake.vocabulary import split_apart
from memory.lexicon import FUNCTION_WORDS

_NAMING = re.compile(
    r"(?<!\w)(?:call me|ll[aá]m[ae](?:d?me|nme)|appel(?:ez|le|er)[- ]moi|(?:chame|chama)[- ]me|me chame)"
    r"(?: as | by | de |\s+)(?P<name>[^\W\d_]+)",
    re.IGNORECASE,
)
_OTHER_WORDS = """
back asap please pls again later soon now when if at on in to about after before tomorrow today tonight this next as up
urgently right any anytime out for from first half noon with directly instead crazy stupid names
monday tuesday wednesday thursday friday saturday sunday
cuando lo por favor hoy manana ahora ya al luego mas si para pasado urgente
lunes martes miercoles jueves viernes sabado domingo
demain aujourd'hui maintenant quand vite svp stp s'il plus tard ce cet cette sur au dans vers apres avant avec pour
lundi mardi mercredi jeudi vendredi samedi dimanche
amanha quando logo agora hoje depois"""
"""Folded: what may follow and is nobody's name."""
_NOT_NAMES = frozenset(_OTHER_WORDS.split())
_SMALL_WORDS = frozenset[str]().union(*FUNCTION_WORDS.values())


def names_oneself(text: str) -> bool:
    """A name has a capital, or is the last that is said."""
    for match in _NAMING.finditer(text):
        name = match["name"]
        plain = "".join(split_apart(name))
        if plain in _NOT_NAMES:
            continue
        if name[0].isupper() or (plain not in _SMALL_WORDS and not text[match.end() :].strip(" .!)")):
            return True
    return False
