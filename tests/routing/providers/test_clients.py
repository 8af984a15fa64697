"""Keys, addresses and the client that tenants share."""

from typing import Any

import pytest

from core.errors import Misconfigured
from routing.provider import Provider
from routing.providers.anthropic import AnthropicProvider
from routing.providers.groq import GroqProvider
from routing.providers.openai import OpenAIProvider
from tests.routing.providers.vendor_server import PROMPT, Clients, Flavour, VendorServer


@pytest.mark.parametrize("key", ["", " ", "two words", "line\nbreak", "ключ", "k\0"])
def test_what_is_no_key_is_refused_at_once(key: str) -> None:
    makers: list[tuple[Any, str]] = [
        (lambda: GroqProvider(api_key=key), "GROQ_API_KEY"),
        (lambda: OpenAIProvider(api_key=key), "OPENAI_API_KEY"),
        (lambda: AnthropicProvider(api_key=key), "ANTHROPIC_API_KEY"),
    ]
    for make, setting in makers:
        with pytest.raises(Misconfigured, match=setting) as raised:
            make()
        assert not key.strip() or key not in str(raised.value)


async def test_a_compatible_server_needs_no_key(server: VendorServer, flavour: Flavour) -> None:
    if flavour.name != "compatible":
        return
    opened = OpenAIProvider(api_key="", base_url=f"{server.url}/v1/", compatible=True)
    server.says(flavour.body())
    assert (await opened.complete(PROMPT)).text == "Hello!"
    await opened.aclose()


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/v1", "localhost:11434/v1", "not an address"])
async def test_a_wrong_address_names_its_setting(address: str) -> None:
    opened = OpenAIProvider(api_key="", base_url=address, compatible=True)
    with pytest.raises(Misconfigured, match="STEWARD_OPENAI_BASE_URL"):
        await opened.complete(PROMPT)
    await opened.aclose()


async def test_tenants_share_connections_and_nothing_else(
    server: VendorServer, flavour: Flavour, clients: Clients
) -> None:
    ports: set[Any] = set()
    server.says(flavour.body(), headers={"Set-Cookie": "who=first; Path=/"})
    say = server.answer
    assert say is not None

    async def answer(request: Any) -> Any:
        ports.add(request.transport.get_extra_info("peername"))
        return await say(request)

    server.answer = answer
    first, second = flavour.open(server.url, clients, "key-1"), flavour.open(server.url, clients, "key-2")
    await first.complete(PROMPT)
    await first.aclose()  # which leaves the shared client open
    await second.complete(PROMPT)
    await second.aclose()
    assert [headers["authorization"] for headers in server.headers] == ["Bearer key-1", "Bearer key-2"]
    assert "cookie" not in server.headers[1]
    assert len(ports) == 1


async def test_a_redirect_is_not_followed(server: VendorServer, provider: Provider) -> None:
    server.says("", 307, {"Location": "/other"})
    with pytest.raises(Misconfigured):
        await provider.complete(PROMPT)
    assert len(server.paths) == 1
