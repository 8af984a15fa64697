"""A tenant as a folder of plain files; `demo/README.md` describes them."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.errors import Misconfigured
from tenants.agents import AgentPolicy
from tenants.models import ModelPolicy


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShipmentFile(_Strict):
    class Customer(_Strict):
        channel: Literal["telegram", "whatsapp"]
        external_id: str

    reference: str = Field(min_length=1, max_length=64)
    status: str = ""
    promised_in_days: int
    eta_in_days: int | None = None
    language: str
    customer: Customer | None = None


class RecordFile(_Strict):
    """An order or an invoice."""

    kind: Literal["order", "invoice"]
    reference: str = Field(min_length=1, max_length=64)
    status: str = Field(default="", max_length=200)
    amount: Decimal | None = Field(default=None, ge=0, le=1_000_000_000, decimal_places=2)
    due_in_days: int | None = None
    details: dict[str, str] = Field(default_factory=dict)
    customer: ShipmentFile.Customer | None = None


class WatchFile(_Strict):
    class Item(_Strict):
        item: str = Field(min_length=1, max_length=200)
        agreed: Decimal = Field(gt=0)
        currency: str | None = Field(None, pattern="^[A-Z]{3}$")

    kind: Literal["price_list"]
    name: str = Field(min_length=1, max_length=100)
    every_minutes: float = Field(gt=0)
    url: str | None = None
    file: str | None = None
    items: tuple[Item, ...]


class MemoryFile(_Strict):
    window: int = Field(default=20, ge=10, le=50)
    """How many of a conversation's last messages a turn sees."""


class TenantFile(_Strict):
    slug: str = Field(pattern="^[a-z][a-z0-9-]{1,39}$")
    name: str = Field(min_length=1, max_length=100)
    language: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    time_zone: str
    currency: str = Field(pattern="^[A-Z]{3}$")
    persona: str = ""
    templates: dict[str, str] = Field(default_factory=dict)
    shipments: tuple[ShipmentFile, ...] = ()
    records: tuple[RecordFile, ...] = ()
    watches: tuple[WatchFile, ...] = ()
    agents: AgentPolicy = AgentPolicy()
    models: ModelPolicy = ModelPolicy()
    memory: MemoryFile = MemoryFile()

    @field_validator("slug")
    @classmethod
    def _is_free(cls, value: str) -> str:
        if value == "operator":
            raise ValueError("“operator” is the installation's own tenant; choose another name")
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a name of the IANA time zone database, such as Europe/Dublin")
        return value


def read_tenant(folder: Path) -> TenantFile:
    """Raises Misconfigured, naming the file, the key and what is wrong with it."""
    path = folder / "tenant.toml"
    try:
        return TenantFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read. A tenant is a folder with a tenant.toml in it.") from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{path} is not UTF-8 text. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{path} is not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise Misconfigured(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def read_knowledge(folder: Path) -> list[tuple[str, str]]:
    """(file name, Markdown) of each knowledge file, by name. Raises Misconfigured."""
    paths = sorted((folder / "knowledge").glob("*.md"))
    try:
        return [(path.name, path.read_text(encoding="utf-8")) for path in paths]
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"A file in {folder / 'knowledge'} cannot be read. Save all of them as UTF-8.") from error
