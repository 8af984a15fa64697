"""Tokens and keys among people's words are sealed before they are written down, and open for nobody else."""

import base64
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Rejected
from core.ids import TenantId
from tenants.concealing import Concealed, SecretKind, conceal, find_secrets, reveal, strip_secrets
from tenants.secrets import Vault

VAULT = Vault(bytes(range(32)))
MINE, THEIRS = TenantId(2), TenantId(3)
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
tokens = st.builds(
    lambda number, rest: f"{number}:{rest}",
    st.integers(10**7, 10**12),
    st.text(SIGNS + "_-", min_size=35, max_size=46),
)
access = st.text(SIGNS, min_size=30, max_size=300).map("EAA{}".format)
app_secrets = st.text("0123456789abcdef", min_size=32, max_size=32)
words = st.text(st.characters(exclude_characters="0123456789:_-"), max_size=40).map("{} ".format)


def seal_for(tenant: TenantId, text: str) -> str:
    return conceal(text, partial(VAULT.seal, tenant))


def open_for(tenant: TenantId, found: Concealed, kind: SecretKind | None = None) -> str:
    return reveal(kind or found.kind, found.sealed, partial(VAULT.open, tenant))


@given(words, tokens, words, access, words, app_secrets)
def test_each_secret_is_taken_out_and_comes_back_for_its_tenant_only(
    a: str, token: str, b: str, meta: str, c: str, app: str
) -> None:
    hidden = seal_for(MINE, f"{a}{token} {b}{meta} {c}{app}")
    assert not any(secret in hidden for secret in (token, token.partition(":")[2], meta, app))
    found = find_secrets(hidden)
    assert [(each.kind, open_for(MINE, each)) for each in found] == [("telegram", token), ("meta", meta), ("app", app)]
    assert strip_secrets(hidden) == " ".join(f"{a} {b} {c}".split())
    for each in found:
        with pytest.raises(Rejected):
            open_for(THEIRS, each)
    with pytest.raises(Rejected):
        open_for(MINE, found[0], "meta")


@given(tokens)
def test_a_marker_that_somebody_types_is_none(token: str) -> None:
    """Not even one that was made for the same business before."""
    made = seal_for(MINE, token)
    assert find_secrets(seal_for(MINE, made)) == ()
    forged = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    assert find_secrets(seal_for(MINE, f"⟦secret:telegram:{forged}⟧")) == ()
    with pytest.raises(Rejected):
        open_for(MINE, Concealed(kind="telegram", sealed=forged))


@given(st.text())
def test_what_is_not_sealed_opens_as_nothing(sealed: str) -> None:
    with pytest.raises(Rejected):
        open_for(MINE, Concealed(kind="telegram", sealed=sealed))


def test_without_a_vault_secrets_are_gone() -> None:
    assert conceal(f"it is 123456789:{'A' * 35}!", None) == "it is [secret]!"


@pytest.mark.parametrize(
    "text",
    [
        "Table for 5 at 19:30, order 1234567, EAAsy", "https://example.com/a?b=c&d=12345:x",
        "550e8400-e29b-41d4-a716-446655440000", "+49 30 1234567", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
    ],
)  # fmt: skip
def test_ordinary_words_stay(text: str) -> None:
    assert seal_for(MINE, text) == text


def test_a_token_inside_an_address_is_found() -> None:
    token = f"123456789:{'A' * 35}"
    hidden = seal_for(MINE, f"https://api.telegram.org/bot{token}/getMe")
    assert token not in hidden and len(find_secrets(hidden)) == 1
