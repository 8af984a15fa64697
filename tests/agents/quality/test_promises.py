"""Guarantees and certain futures are nobody's to give, but for those that stand in the notes."""

import pytest

from agents.quality.promises import find_promises, unfounded
from tests.agents.quality.sentences import NO_PROMISES, PROMISES


@pytest.mark.parametrize("text", PROMISES)
def test_what_is_promised_for_certain_is_found(text: str) -> None:
    assert find_promises(text)


@pytest.mark.parametrize("text", NO_PROMISES)
def test_doubt_denial_and_another_ones_decision_are_no_promises(text: str) -> None:
    assert find_promises(text) == ()


NOTES = (
    "If something is not right, you will get your money back within 14 days. Orders over 35 euros are delivered free.",
    "We never give a discount on bread. Transit times are not guaranteed.",
)


@pytest.mark.parametrize(
    ("text", "founded"),
    [
        ("You will get your money back within 14 days.", True),
        ("You will get your money back within 3 days.", False),
        ("You will get a discount on bread.", False),
        ("Your transit times are guaranteed.", False),
        ("You will get your money back tomorrow, and a cake for free.", False),
    ],
)
def test_what_the_business_itself_promises_may_be_repeated(text: str, founded: bool) -> None:
    assert (unfounded(text, NOTES) == ()) is founded
