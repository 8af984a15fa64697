"""`doctor` on the models: each key with one very short question, and whether the prices behind it are known."""

from core.errors import Misconfigured, StewardError
from routing.catalogue import Catalogue
from routing.clients import Clients
from routing.keys import Access
from routing.prices import Prices
from steward.cli.checks import Finding, ok, problem, warning
from steward.model_settings import read_access, read_card
from steward.settings import Settings
from tenants.models import ModelCard, ModelPolicy


async def check_models(settings: Settings) -> list[Finding]:
    access, card = read_access(settings), read_card(settings)
    if not access:
        text = "none is set: answers come straight from each tenant's knowledge (GROQ_API_KEY, for one, sets one)"
        return [ok("models", text)]
    cards = Catalogue(access, only=card).cards(ModelPolicy(), ())
    findings: list[Finding] = []
    async with Clients() as clients:
        for provider, key in access.items():
            own = [each for each in cards if each.provider == provider]
            if not own:
                findings.append(warning(provider, "the catalogue has no model of it, so it is not used"))
                continue
            prices = [found for each in own if (found := _price(each, key)) is not None]
            findings += prices
            if not any(found.level == "problem" for found in prices):
                findings.append(await _try(clients, key, own[0]))
    return findings


async def _try(clients: Clients, access: Access, card: ModelCard) -> Finding:
    try:
        answered = await clients.try_key(access, card.model)
    except StewardError as error:
        return problem(access.provider, str(error))
    return ok(access.provider, f"{answered} answers")


def _price(card: ModelCard, access: Access) -> Finding | None:
    """None where it is exact. What has no price is not called."""
    try:
        price = Prices().of_card(card, base_url=access.base_url)
    except Misconfigured as error:
        return problem(card.name, str(error))
    if price.certainty == "exact":
        return None
    return warning(card.name, f"its price is an estimate ({price.basis}). STEWARD_MODEL_PRICE sets the exact one.")
