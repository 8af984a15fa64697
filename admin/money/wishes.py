"""What an owner wants of a limit, in their own words: `80`, `day 5`, `set the limit to 80 euros`, `80 € im Monat`.

By rules, and strict ones, since it is about money: a word that is not known makes the whole not understood.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from babel.numbers import get_currency_name, get_currency_symbol

from admin.amounts import read_amount
from admin.session import DeskTurn
from core.money import Money
from core.texts import LANGUAGES, find_locale

LimitScope = Literal["month", "day", "case", "conversation"]
_MANY_COUNT_IN = ("EUR", "USD", "GBP", "RUB", "BRL", "CHF", "PLN", "UAH", "MXN", "INR")
_TELLS_MORE = 3
"""So many words without a figure ask for the limits rather than set one."""
_SCOPES: Mapping[LimitScope, str] = {
    "month": "month monthly mes mensual mensuales месяц месяца месяце ежемесячно месячный мес monat monats monatlich "
    "monatliche monatliches monatslimit monatsbudget mois mensuel mensuelle mês mensal",
    "day": "day daily día diario diaria день дня ежедневно дневной сутки tag tages täglich tägliche tägliches "
    "tageslimit tagesbudget jour quotidien quotidienne journalier journalière dia diário diária",
    "case": "case cases caso casos дело дела случай случая кейс кейса fall fälle vorgang vorgänge cas dossier dossiers",
    "conversation": "conversation conversations chat conversación разговор разговора диалог gespräch unterhaltung "
    "conversa",
}
_NONE = (
    "no none off without unlimited remove drop lift sin ilimitado quita quitar elimina ninguno без безлимит убери "
    "убрать сними снять нет kein keine keinen ohne unbegrenzt entferne entfernen sans illimité aucun aucune supprime "
    "supprimer enlève sem nenhum tira tirar remover"
)
_FILLER = (
    "set the a an to at of for per each every budget limit limits spending spend max maximum most please my our new is "
    "be make it raise increase lower reduce change want i we on in and now show me what how much s "
    "pon poner fija fijar el la los un una al en de por cada presupuesto límite gasto gastos máximo tope quiero cambia "
    "cambiar sube subir baja bajar nuevo favor mi nuestro como "
    "поставь поставить установи установить сделай лимит лимита лимиты бюджет бюджета в на до за каждый каждое "
    "каждую одно один расход расходы максимум пожалуйста хочу новый мой наш измени подними повысь снизь покажи "
    "setze setz setzen das den die der dem auf im pro je jeden jedes jeder obergrenze höchstens maximal bitte neu "
    "neues ein eine mein unser erhöhe senke ändere stelle von ausgaben für zeig zeige "
    "mets mettre fixe fixer règle le les l une au du par pour chaque limite plafond dépense dépenses il te vous plaît "
    "je veux nouveau mon notre change augmente baisse à "
    "define definir põe coloca coloque o os um uma para em do da orçamento teto máximo quero novo meu nosso muda "
    "aumenta baixa ao"
)
_IN_PORTUGUESE = re.compile(r"\bno (?=m[eê]s|dia|caso)", re.IGNORECASE)
"""There it means "in the", and is no refusal."""
_FIGURE = re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?|\S*\d\S*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    scope: LimitScope | None
    amount: Money | None
    """None: the limit is to go, or, without a scope, one or all of them."""


def read_wish(desk: DeskTurn, words: str) -> Wish | LimitScope | None:
    """A scope alone: that limit is to be shown; None: all of them. Raises ValueError when it is not understood."""
    scopes, rest, refuses = _sort(words, desk.turn.tenant.currency)
    figures = any(letter.isdigit() for letter in words)
    if len(scopes) > 1 or (refuses and rest):
        raise ValueError("more than one thing")
    scope = next(iter(scopes), None)
    if refuses:
        return Wish(scope=scope, amount=None)
    if not figures:
        if rest and len(words.split()) < _TELLS_MORE:
            raise ValueError("no figure")
        return scope
    figure = " ".join(rest)
    if not _FIGURE.fullmatch(figure):
        raise ValueError("not one amount")
    return Wish(scope=scope or "month", amount=read_amount(desk, figure))


def names_other_currency(words: str, currency: str) -> bool:
    """Whether one that many people count in is named, and it is not the business's."""
    said = {_fold(word).strip(".,!?;:0123456789") for word in words.split()} - _currency_words(currency)
    return any(said & _currency_words(other) for other in _MANY_COUNT_IN if other != currency)


def _sort(words: str, currency: str) -> tuple[set[LimitScope], list[str], bool]:
    """The scopes that are named, the words that nobody knows, and whether there is to be no limit."""
    scopes, rest, refuses = set[LimitScope](), list[str](), False
    for word in re.split(r"[\s'’]+", _IN_PORTUGUESE.sub("", words)):
        folded = _fold(word).strip(".,!?;:")
        if not folded or folded in _FILLERS or folded in _currency_words(currency):
            continue
        if scope := _SCOPE_OF.get(folded):
            scopes.add(scope)
        elif folded in _REFUSALS:
            refuses = True
        else:
            rest.append(word.strip("!?;:").rstrip(".,"))
    return scopes, rest, refuses


@lru_cache(maxsize=64)
def _currency_words(currency: str) -> frozenset[str]:
    """What the currency is called where we speak: `euros`, `евро`, `US dollars` word by word, `€`."""
    names = {
        get_currency_name(currency, count=count, locale=find_locale(language))
        for language in LANGUAGES
        for count in (None, 1, 2, 5)
    }
    names |= {currency, *(get_currency_symbol(currency, locale=find_locale(language)) for language in LANGUAGES)}
    return frozenset(_fold(word) for name in names for word in name.split())


def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


_SCOPE_OF: Mapping[str, LimitScope] = {_fold(word): scope for scope, words in _SCOPES.items() for word in words.split()}
_REFUSALS = frozenset(map(_fold, _NONE.split()))
_FILLERS = frozenset(map(_fold, _FILLER.split()))
