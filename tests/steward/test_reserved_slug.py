"""The operator's slug is not for the taking: a folder named so would overwrite the installation's own tenant."""

from pathlib import Path

import pytest

from core.errors import Misconfigured
from tenants.files import read_tenant


def test_the_operators_slug_is_refused_with_what_to_do(tmp_path: Path) -> None:
    lines = ('slug = "operator"', 'name = "X"', 'language = "en"', 'time_zone = "UTC"', 'currency = "EUR"')
    (tmp_path / "tenant.toml").write_text("\n".join(lines))
    with pytest.raises(Misconfigured, match="choose another name"):
        read_tenant(tmp_path)
