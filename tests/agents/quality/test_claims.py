"""What is said to be done needs its receipt; what only sounds like it needs none."""

import pytest

from agents.quality.claims import find_claims, unproven
from agents.quality.receipts import Receipt
from tests.agents.quality.sentences import CLAIMS, MORE_CLAIMS, NO_CLAIMS

_CLAIMS = [(kind, text) for kinds in CLAIMS.values() for kind, texts in kinds.items() for text in texts]
REFUND = Receipt("refund", "Refund", ("refunded",), "A-17", 20_000_000, "EUR", 1.0)


@pytest.mark.parametrize(("kind", "text"), _CLAIMS)
def test_what_says_that_something_is_done_is_a_claim_of_its_kind(kind: str, text: str) -> None:
    assert kind in {claim.kind for claim in find_claims(text)}


@pytest.mark.parametrize("text", MORE_CLAIMS)
def test_so_are_sentences_of_the_same_build(text: str) -> None:
    assert find_claims(text)
    assert unproven(text, ())


@pytest.mark.parametrize("text", NO_CLAIMS)
def test_questions_conditions_negations_habits_and_others_deeds_are_no_claims(text: str) -> None:
    assert find_claims(text) == ()


@pytest.mark.parametrize(
    ("text", "proven"),
    [
        ("I have refunded you.", True),
        ("I have refunded you 20 €.", True),
        ("I have refunded you €20.00 for A-17.", True),
        ("I have credited you 20 euros.", True),
        ("I have refunded you 25 €.", False),
        ("I have refunded you 20 dollars.", False),
        ("I have refunded order B-18.", False),
        ("I have refunded A-17 and cancelled it.", False),
        ("I have cancelled A-17.", False),
        ("Ich habe Ihnen 20,00 € erstattet.", True),
        ("Ich habe Ihnen 2000 € erstattet.", False),
        ("He reembolsado 20 €.", True),
        ("Мы вернули вам 20 евро.", True),
        ("Мы вернули вам 200 евро.", False),
        ("J'ai remboursé la commande A-17.", True),
        ("Reembolsei 20 € do pedido A-99.", False),
        ("All done!", True),
    ],
)
def test_amounts_and_references_have_to_agree_with_the_receipt(text: str, proven: bool) -> None:
    assert (unproven(text, (REFUND,)) == ()) is proven


def test_two_receipts_prove_two_claims_and_their_sum() -> None:
    second = Receipt("refund", "Refund", ("refunded",), "B-18", 5_000_000, "EUR", 2.0)
    assert unproven("I have refunded A-17 and refunded B-18.", (REFUND, second)) == ()
    assert unproven("I have refunded you 25 € in all.", (REFUND, second)) == ()
    assert unproven("I have refunded you 26 € in all.", (REFUND, second))


def test_kinds_that_mean_nearly_the_same_stand_for_each_other() -> None:
    call = Receipt("schedule_call", "Call", ("booked", "created"), "C-1")
    ticket = Receipt("create_ticket", "Ticket", ("created",), "T-12")
    assert unproven("Your call is booked.", (call,)) == ()
    assert unproven("I've opened ticket T-12 for order A-17.", (ticket,)) == ()
    assert unproven("I have forwarded your request to the team.", (ticket,)) == ()
    assert unproven("Your table is booked.", (ticket,))


def test_what_the_deed_was_done_to_is_no_claim_of_its_own() -> None:
    cancelled = Receipt("cancel", "Cancel", ("cancelled",), "A-17")
    for text in (
        "I've cancelled the booking for order A-17.",
        "Su reserva A-17 ha sido cancelada.",
        "Ihre Buchung A-17 wurde storniert.",
        "La réservation A-17 a été annulée.",
        "A sua reserva A-17 foi cancelada.",
        "Бронь A-17 отменена.",
    ):
        assert find_claims(text)
        assert unproven(text, (cancelled,)) == ()


def test_a_sentence_of_the_notes_is_quoted_and_part_of_one_is_not() -> None:
    notes = ("All our bread was shipped by Nora herself. Once we were refunded by the mill.",)
    assert unproven("All our bread was shipped by Nora herself.", (), notes) == ()
    assert unproven("Your bread was shipped by Nora herself.", (), notes)
    assert unproven("Shipped!", (), notes)


def test_one_true_claim_does_not_cover_a_false_one() -> None:
    false = unproven("I have refunded you and I have cancelled the booking.", (REFUND,))
    assert [claim.kind for claim in false] == ["cancelled"]
