"""What the operator does to a tenant: suspending, deleting, reading for a reason. Executors refuse every other desk."""

from typing import Annotated

from pydantic import Field

from agents.actions.declaration import Arguments
from agents.actions.desks.declaring import declare

SHORTEST_REASON, LONGEST_REASON = 10, 500
Other = Annotated[int, Field(ge=2, le=2**62)]
"""A tenant that is not the operator's own."""


class SuspendArguments(Arguments):
    tenant_id: Other
    suspended: bool


class DeleteArguments(Arguments):
    tenant_id: Other
    slug: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")
    """As it was typed: the executor compares it."""


class ReadArguments(Arguments):
    tenant_id: Other
    reason: str = Field(min_length=SHORTEST_REASON, max_length=LONGEST_REASON)


_CODES = "code: done, already, gone, not_suspended, other_slug; tenant_id, slug, name"
SUSPEND_TENANT = declare("suspend_tenant", "Suspend or resume a business", SuspendArguments, _CODES, seat="owner")
DELETE_TENANT = declare("delete_tenant", "Delete a suspended business", DeleteArguments, _CODES, seat="owner")
READ_CONVERSATIONS = declare(
    "read_conversations", "Read a business's conversations for a reason", ReadArguments,
    f"{_CODES}; until. Never the words: the desk looks those up while it may", seat="owner", touches="memory",
)  # fmt: skip
OPERATING = (SUSPEND_TENANT, DELETE_TENANT, READ_CONVERSATIONS)
