"""Taking one guard out of the running code, and nothing else."""

import inspect
import re
import textwrap
from collections.abc import Mapping
from typing import Any

import pytest

from agents.policy.guards import GUARDS
from db import actions
from jobs import admission

_TRUE: Mapping[str, str] = {
    "status = 'approve'": "true", "stream_id = $5": "$5::uuid IS NOT NULL", "action_hash = $4": "$4::text IS NOT NULL",
    "(expires_at > clock_timestamp() OR used_by = $3)": "true", "coalesce(used_by, $3) = $3": "true",
}  # fmt: skip
"""For each condition one that always holds, with the same parameters."""
IDENTITY = frozenset({"tenant_id = $1", "approval_id = $2", "kind = 'action'"})
"""They say which row it is. A row of another kind has no hash, which the table itself sees to."""
_CHECKS: Mapping[str, tuple[Any, str, str]] = {
    "the executor's name": (
        admission, "_check", 'call.executor != (declared.executor if declared.executor != declared.name else "")'
    ),
    "begun before": (admission.ActionGate, "_admit", 'known.status == "running"'),
    "done before": (admission.ActionGate, "_admit", 'known.status in ("done", "undone")'),
}  # fmt: skip
"""Checks of the admission that are no guards: where they stand, and what they ask."""
ALL = (
    *(f"guard {name}" for name in GUARDS),
    *(f"redeem {each}" for each in _TRUE),
    *(f"check {each}" for each in _CHECKS),
)


def list_conditions() -> frozenset[str]:
    """What the statement `redeem` asks before it gives way."""
    where = actions._SQL["redeem"].partition("WHERE")[2].partition("RETURNING")[0]
    return frozenset(" ".join(each.split()) for each in re.split(r"\bAND\b", where)) - IDENTITY


def remove(name: str, patch: pytest.MonkeyPatch) -> None:
    kind, _, what = name.partition(" ")
    match kind:
        case "guard":
            patch.delitem(GUARDS, what)  # type: ignore[arg-type]
        case "redeem":
            patch.setitem(actions._SQL, "redeem", _replace(actions._SQL["redeem"], what, _TRUE[what]))  # type: ignore[arg-type]
        case _:
            _rewrite(patch, *_CHECKS[what])


def _rewrite(patch: pytest.MonkeyPatch, owner: Any, name: str, asked: str) -> None:
    """The function as it is written, but for one question that is always answered with no."""
    function = getattr(owner, name)
    source = _replace(textwrap.dedent(inspect.getsource(function)), asked, "False")
    scope = dict(function.__globals__)
    exec(compile(source, admission.__file__, "exec"), scope)
    patch.setattr(owner, name, scope[name])


def _replace(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old} stands there {text.count(old)} times"
    return text.replace(old, new)
