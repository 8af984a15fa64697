from collections.abc import AsyncIterator

import pytest

from routing.provider import Provider
from tests.routing.providers.vendor_server import FLAVOURS, Clients, Flavour, VendorServer, run_server


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with run_server() as running:
        yield running


@pytest.fixture(params=FLAVOURS, ids=lambda flavour: flavour.name)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return request.param


@pytest.fixture(scope="session")
async def clients() -> AsyncIterator[Clients]:
    opened = Clients()
    yield opened
    await opened.aclose()


@pytest.fixture
async def provider(server: VendorServer, flavour: Flavour, clients: Clients) -> AsyncIterator[Provider]:
    opened = flavour.open(server.url, clients)
    yield opened
    await opened.aclose()
