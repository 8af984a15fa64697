"""The executors of tenants' own actions: one HTTP request each, to where the tenant's folder says and nowhere else.

What the other system answered decides: done, not done, not done yet, or in doubt. Doubt is never tried again by itself
where money moves.
"""

from collections.abc import Awaitable, Callable

import structlog
from pydantic import JsonValue

from connectors.http_calls import Broken, HttpAnswer, HttpCalls
from connectors.http_urls import fill_url
from core.actions import ActionCall
from core.errors import InDoubt, Misconfigured, Rejected, Transient
from core.ids import TenantId
from core.turns import TenantProfile
from db.actions import ActionUse
from tenants.agents import HttpAction, read_policy
from tenants.url_templates import read_template

_log = structlog.get_logger(__name__)
_NOT_TAKEN = (408, 425, 429, 503)
"""By these a server says that it did nothing; after other 5xx it may have."""
Profile = Callable[[TenantId], Awaitable[TenantProfile]]


class CallHttp:
    """Implements `core.actions.Executor` for every action that a tenant declares; `call.name` says which."""

    def __init__(self, calls: HttpCalls, profile: Profile) -> None:
        self._calls = calls
        self._profile = profile

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        """Returns `status`, and of the answer `id`, `reference` and `message` where they are there.

        Raises Rejected, InDoubt, Misconfigured, Transient.
        """
        action = await _find(self._profile, call.tenant_id, call.name)
        template = read_template(action.url)
        url = fill_url(template, call.arguments)
        rest = {name: value for name, value in call.arguments.items() if name not in template.fields}
        body = None if action.method == "DELETE" and not rest else rest
        try:
            answer = await self._calls.send(call, action, action.method, url, body)
        except Broken:
            if action.money_moving:
                raise _in_doubt(action, "the connection broke after the request was sent") from None
            raise Transient(f"{action.name}: the connection broke before the answer was there") from None
        _log.info("http_action_answered", action=action.name, status=answer.status, stream=call.stream_id.hex)
        return _judge(action, answer)


class UndoHttp:
    """Takes back what an action of a tenant's own did, by DELETE below the address that did it."""

    def __init__(self, calls: HttpCalls, profile: Profile) -> None:
        self._calls = calls
        self._profile = profile

    async def __call__(self, call: ActionCall, use: ActionUse) -> dict[str, JsonValue]:
        """`call` is the one that takes back, `use` what is taken back. Safe to repeat: gone twice is gone.

        Raises Rejected, Misconfigured, Transient.
        """
        action = await _find(self._profile, call.tenant_id, use.name)
        done = (use.result or {}).get("id")
        if action.undo != "DELETE":
            raise Rejected(f"{action.name} cannot be taken back")
        if not isinstance(done, str) or not done:
            raise Rejected(f"{action.name} cannot be taken back from here: the other system gave no id for it")
        url = fill_url(read_template(action.url), use.arguments, below=done)
        try:
            answer = await self._calls.send(call, action, "DELETE", url, None)
        except Broken:
            raise Transient(f"{action.name}: the connection broke before the answer was there") from None
        _log.info("http_action_undone", action=action.name, status=answer.status, stream=call.stream_id.hex)
        if answer.status == 410:
            return {"status": answer.status}
        return _judge(action, answer, undo=True)


async def _find(profile: Profile, tenant: TenantId, name: str) -> HttpAction:
    own = read_policy((await profile(tenant)).agents).http
    found = next((each for each in own if each.name == name), None)
    if found is None:
        raise Rejected(f"There is no action {name[:40]} of the business's own any more")
    return found


def _judge(action: HttpAction, answer: HttpAnswer, *, undo: bool = False) -> dict[str, JsonValue]:
    status = answer.status
    if 200 <= status < 300 or (status == 409 and answer.duplicate):
        if answer.unreadable:
            raise _in_doubt(action, f"the other system answered {status}, but {_lower(answer.unreadable)}")
        return {"status": status, **answer.said}
    if 300 <= status < 400:
        raise Misconfigured(f"{action.name}: the address leads elsewhere ({status}). Set the one it leads to")
    if status in _NOT_TAKEN or status >= 500:
        if action.money_moving and not undo and status not in _NOT_TAKEN:
            raise _in_doubt(action, f"the other system failed over it ({status})")
        raise Transient(f"{action.name}: the other system answered {status}", answer.retry_after)
    if status == 401:
        raise Misconfigured(f"{action.name}: the other system does not know the secret (401). Set it anew")
    raise Rejected(f"{action.name}: the other system refused it ({status})")


def _in_doubt(action: HttpAction, why: str) -> InDoubt:
    return InDoubt(f"{action.name} is in doubt: {why}. A person has to look there; it is not tried again")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
