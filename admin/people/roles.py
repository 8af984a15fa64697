"""The roles in people's words."""

from collections.abc import Mapping
from dataclasses import dataclass

from admin.session import DeskTurn
from core.desk_changes import Role

ROLES: tuple[Role, ...] = ("owner", "manager", "viewer")
ROLE_KEYS: Mapping[Role, str] = {
    "owner": "people_role_owner", "manager": "people_role_manager", "viewer": "people_role_viewer",
}  # fmt: skip
_STEMS: Mapping[Role, tuple[str, ...]] = {
    "owner": ("owner", "propiet", "propriet", "propriét", "inhaber", "besitzer", "dueñ", "владел"),
    "manager": ("manager", "responsab", "encargad", "gerent", "gérant", "gestor", "менеджер", "управля"),
    "viewer": ("viewer", "observ", "beobacht", "наблюдат"),
}
"""How the words for a role begin in the languages we speak, whatever their ending is in the sentence."""
_BETWEEN = frozenset({
    "as", "a", "an", "the", "como", "un", "una", "als", "ein", "eine", "comme", "une", "en", "tant", "que", "um", "uma",
    "o", "как", "в", "роли", "качестве",
})  # fmt: skip
_AROUND = frozenset({
    "invite", "inviter", "invitez", "invita", "invitar", "convida", "convidar", "convide", "lade", "lad", "ein",
    "einladen", "пригласи", "пригласить", "пригласите", "please", "bitte", "por", "favor", "пожалуйста", "a", "o",
})  # fmt: skip
"""What plain words put around the name and the role: `lade Ana als Managerin ein`."""
_RANKS: Mapping[Role, int] = {"viewer": 0, "manager": 1, "owner": 2}
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    role: Role | None
    name: str = ""


def name_role(desk: DeskTurn, role: Role) -> str:
    return desk.write(ROLE_KEYS[role])


def find_role(text: str) -> Role | None:
    """Of a button."""
    return next((role for role in ROLES if role == text), None)


def read_role(word: str) -> Role | None:
    word = word.casefold().strip(".,!")
    return next((role for role in ROLES if any(word.startswith(stem) for stem in _STEMS[role])), None)


def read_invited(argument: str) -> Invited:
    """`manager`, `Ana as manager`, `Ana`: who is to be what."""
    words = argument.replace("\0", "").split()
    while len(words) > 1 and _is_around(words[0]):
        words.pop(0)
    while len(words) > 1 and _is_around(words[-1]):
        words.pop()
    if len(words) == 1 and _is_around(words[0]):
        words = []
    role = read_role(words[-1]) if words else None
    if role is not None:
        words.pop()
        while words and words[-1].casefold() in _BETWEEN:
            words.pop()
    return Invited(role=role, name=" ".join(words)[:_LONGEST_NAME].strip())


def _is_around(word: str) -> bool:
    return word.casefold().strip(".,!") in _AROUND


def covers(role: Role, other: Role) -> bool:
    """Whether who has `role` may all that `other` may."""
    return _RANKS[role] >= _RANKS[other]
