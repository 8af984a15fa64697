"""Orders and invoices in a customer's words."""

from agents.draft import Draft
from agents.texts import TEXTS
from core.business import BusinessRecord
from core.texts import escape_markdown, write_date, write_money


def describe_record(draft: Draft, record: BusinessRecord) -> str:
    """What is on file, nothing more."""
    language = draft.language
    key = "invoice_line" if record.kind == "invoice" else "order_line"
    lines = [
        TEXTS.text(
            key, language, reference=escape_markdown(record.reference), status=escape_markdown(record.status) or "–"
        )
    ]
    if record.amount is not None:
        lines.append(TEXTS.text("record_amount", language, amount=write_money(record.amount, language)))
    if record.due_on is not None:
        due = "record_due" if record.kind == "invoice" else "record_ready"
        lines.append(TEXTS.text(due, language, date=write_date(record.due_on, language)))
    return "\n".join(lines)
