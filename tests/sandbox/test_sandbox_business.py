"""The sandbox's business systems: behind a key, once for an idempotency key, with troubles on demand."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sandbox.outside import Sandbox, running

KEY = {"Authorization": "Bearer hush"}
CREDITS = "/business/forwarder/invoices/INV-7001/credits"
CREDIT = {"amount": "82.00", "reason": "3 days late"}


async def ask(sandbox: Sandbox, method: str, path: str, body: Any = None, *, key: str = "k1", **headers: str) -> Any:
    """Status and answer."""
    given = {**KEY, **({"Idempotency-Key": key} if key else {}), **headers}
    async with sandbox.http.request(method, sandbox.url + path, json=body, headers=given) as response:
        return response.status, await response.json()


async def books(sandbox: Sandbox, slug: str = "forwarder") -> Any:
    return await sandbox.call("GET", f"/control/business/{slug}")


@pytest.fixture
async def open_books(sandbox: Sandbox) -> Sandbox:
    await sandbox.call("PUT", "/control/business/forwarder", {"key": "hush"})
    return sandbox


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        (CREDITS, CREDIT, {"id": "CR-1001", "reference": "INV-7001", "message": "Credit of 82.00 noted on INV-7001"}),
        (
            "/business/forwarder/orders/O%2031/refunds", CREDIT,
            {"id": "RF-1001", "reference": "O 31", "message": "Refund of 82.00 noted on O 31"},
        ),
        (
            "/business/forwarder/deliveries", {"order": "O-31", "date": "2026-11-30"},
            {"id": "DL-1001", "reference": "O-31", "message": "Delivery booked for 2026-11-30"},
        ),
    ],
)  # fmt: skip
async def test_an_entry_is_made_once_for_a_key_and_taken_back(
    open_books: Sandbox, path: str, body: dict[str, str], answer: dict[str, str]
) -> None:
    assert await ask(open_books, "POST", path, body) == (201, answer)
    assert await ask(open_books, "POST", path, body) == (200, {**answer, "duplicate": True})
    assert (await ask(open_books, "POST", path, {**body, "x": "1"}))[0] == 409
    (entry,) = (await books(open_books))["entries"]
    kept = {"id": answer["id"], "path": path, "body": body, "idempotency_key": "k1", "deleted": False}
    assert kept.items() <= entry.items()
    place = f"{path}/{answer['id']}"
    assert (await ask(open_books, "DELETE", place, key="k2"))[0] == 200
    assert (await ask(open_books, "DELETE", place, key="k3"))[0] == 410
    assert (await ask(open_books, "DELETE", f"{path}/XX-1", key="k4"))[0] == 404
    told = await books(open_books)
    assert told["entries"][0]["deleted"] is True
    assert told["requests"] == 6


@pytest.mark.parametrize(
    "body",
    [
        {}, {"amount": "82.00"}, {**CREDIT, "amount": 82}, {**CREDIT, "amount": "-1"}, {**CREDIT, "amount": "0.00"},
        {**CREDIT, "amount": "1e3"}, {**CREDIT, "amount": "1.005"}, {**CREDIT, "amount": "82,00"},
        {**CREDIT, "iban": ""}, {**CREDIT, "reason": ""}, {**CREDIT, "reason": "x" * 501}, {**CREDIT, "reason": None},
    ],
)  # fmt: skip
async def test_what_is_malformed_is_refused(open_books: Sandbox, body: dict[str, Any]) -> None:
    assert (await ask(open_books, "POST", CREDITS, body))[0] == 422
    assert (await books(open_books))["entries"] == []


@pytest.mark.parametrize(
    "body", [{"order": "O-1", "date": "tomorrow"}, {"order": "", "date": "2026-11-30"}, {"date": 1}]
)
async def test_so_is_a_delivery(open_books: Sandbox, body: dict[str, Any]) -> None:
    assert (await ask(open_books, "POST", "/business/forwarder/deliveries", body))[0] == 422


async def test_without_the_key_nothing_is_done(open_books: Sandbox) -> None:
    for wrong in ("", "Bearer", "Bearer hus", "Basic hush"):
        assert (await ask(open_books, "POST", CREDITS, CREDIT, Authorization=wrong))[0] == 401
    assert (await ask(open_books, "POST", CREDITS, CREDIT, key=""))[0] == 400
    assert (await ask(open_books, "POST", CREDITS.replace("forwarder", "nobody"), CREDIT))[0] == 404
    assert await books(open_books) == {"entries": [], "requests": 5}


async def test_troubles_come_as_often_as_asked_for(open_books: Sandbox) -> None:
    await open_books.call("PUT", "/control/business/forwarder", {"fail": 1, "drop": 1})
    assert (await ask(open_books, "POST", CREDITS, CREDIT))[0] == 503
    with pytest.raises(aiohttp.ClientError):
        await ask(open_books, "POST", CREDITS, CREDIT)
    assert await ask(open_books, "POST", CREDITS, CREDIT) == (
        200,
        {"id": "CR-1001", "reference": "INV-7001", "message": "Credit of 82.00 noted on INV-7001", "duplicate": True},
    )
    told = await books(open_books)
    assert (len(told["entries"]), told["requests"]) == (1, 3)


async def test_many_at_once_with_one_key_make_one_entry(open_books: Sandbox) -> None:
    answers = await asyncio.gather(*(ask(open_books, "POST", CREDITS, CREDIT) for _ in range(20)))
    assert sorted(status for status, _ in answers) == [200] * 19 + [201]
    assert len((await books(open_books))["entries"]) == 1


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("forwarder", {}), ("forwarder", {"key": ""}), ("forwarder", {"key": 7}), ("Forwarder", {"key": "x"}),
        ("forwarder", {"key": "x", "fail": -1}), ("forwarder", {"key": "x", "drop": True}),
        ("forwarder", {"keys": "x"}),
    ],
)  # fmt: skip
async def test_a_system_is_made_with_a_key(sandbox: Sandbox, slug: str, body: dict[str, Any]) -> None:
    await sandbox.call("PUT", f"/control/business/{slug}", body, status=400)
    await sandbox.call("GET", f"/control/business/{slug}", status=404)


async def test_books_outlive_the_sandbox_and_the_page_is_shown_all(tmp_path: Path) -> None:
    async with running(tmp_path) as sandbox:
        for slug in ("forwarder", "bakery"):
            await sandbox.call("PUT", f"/control/business/{slug}", {"key": "hush", "fail": 5 * (slug == "bakery")})
        await ask(sandbox, "POST", CREDITS, CREDIT)
    async with running(tmp_path) as sandbox:
        await sandbox.call("PUT", "/control/business/forwarder", {"key": "hush"})
        assert (await ask(sandbox, "POST", CREDITS, CREDIT))[1]["duplicate"] is True
        assert (await ask(sandbox, "POST", "/business/bakery/orders/O-1/refunds", CREDIT))[0] == 201
        shown = (await sandbox.call("GET", "/control/business"))["businesses"]
    assert [(each["name"], len(each["entries"])) for each in shown] == [("bakery", 1), ("forwarder", 1)]
