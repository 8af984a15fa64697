"""The models there are: those that ship, those an operator set, those a tenant added, and which of them may be used."""

import tomllib
from collections.abc import Collection
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from core.errors import Misconfigured
from tenants.models import ModelCard, ModelPolicy

LOCAL = "local"


@lru_cache(maxsize=1)
def shipped() -> tuple[ModelCard, ...]:
    """In the order of the file."""
    text = Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8")
    return tuple(ModelCard.model_validate(each) for each in tomllib.loads(text)["model"])


class Catalogue:
    """What this installation has keys for."""

    def __init__(self, providers: Collection[str], *, only: ModelCard | None = None) -> None:
        """`providers`: those that the operator has a key for. `only`: the one model wanted of its provider."""
        cards = [card for card in shipped() if only is None or card.provider != only.provider]
        self._providers = frozenset(providers)
        self._cards = {card.name: card for card in [*cards, *([only] if only else [])]}

    def cards(self, policy: ModelPolicy, own_keys: Collection[str], task: str = "chat") -> tuple[ModelCard, ...]:
        """Those of a tenant: there is a key, the operator's or its own, and the tenant has not excluded them."""
        known = self._cards | {card.name: card for card in policy.add}
        return tuple(
            card
            for card in known.values()
            if card.task == task
            and (card.provider in self._providers or card.provider in own_keys)
            and _allows(policy, card)
        )

    def check(self, policy: ModelPolicy) -> None:
        """Raises Misconfigured for a name that fits no model there is: a slip there would silence every model.

        What a server of the operator's own is called, under `compatible/`, is the operator's affair.
        """
        known = {card.name for card in (*shipped(), *self._cards.values(), *policy.add)}
        for pattern in policy.allowed:
            if not any(fnmatchcase(name, pattern) for name in known) and not pattern.startswith("compatible/"):
                raise Misconfigured(
                    f"There is no model “{pattern}” (models.allowed). `python -m steward cost prices` lists them; "
                    "a model of your own goes under [[models.add]]."
                )


def _allows(policy: ModelPolicy, card: ModelCard) -> bool:
    named = not policy.allowed or any(fnmatchcase(card.name, pattern) for pattern in policy.allowed)
    return named and (not policy.regions or card.region in policy.regions)
