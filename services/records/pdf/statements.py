"""The sheet of a statement of account, and how it is paid at one's bank (RE-08, RE-09)."""

from decimal import Decimal
from typing import Any, Final

from services.records.pdf import sheets
from services.records.pdf.sheets import Content, Sheet
from services.records.pdf.wording import Wording

TEMPLATE: Final = "statement.typ"
_PART: Final = "statement"
_STEPS: Final = ("step_find", "step_reference", "step_amount")


def sheet(content: Content, wording: Wording, *, url: str) -> Sheet:
    """Return what the page says of a statement's content, in the words of a language."""
    subtitle = wording.say(
        _PART, "subtitle", ledger=wording.say(_PART, content["ledger"]), school_year=content["school_year"]
    )
    about = [
        ("number", content.get("number")),
        ("period", wording.choose(content.get("period"))),
        ("issued_on", wording.day(content["issued_on"])),
    ]
    balance = _balance(content, wording)
    heading = wording.say(_PART, "heading")
    return sheets.begin(content, wording, heading=heading, subtitle=subtitle, about=about, url=url) | {
        "balance": balance,
        "lines": {
            "title": wording.choose(content.get("title")) or wording.say(_PART, "lines"),
            "columns": [wording.say(_PART, f"column_{name}") for name in ("day", "description", "amount")],
            "rows": [
                [
                    wording.day(each["on"]) if each.get("on") else "",
                    sheets.breakable(wording.choose(each["description"])),
                    wording.amount(each["amount"]),
                ]
                for each in content["lines"]
            ],
            "total": {"label": balance["label"], "amount": balance["amount"]},
        },
        "payment": _payment(content, wording),
    }


def _balance(content: Content, wording: Wording) -> dict[str, str | None]:
    balance, due_on = Decimal(content["balance"]), content.get("due_on")
    if balance > 0:
        note = None if due_on is None else wording.say(_PART, "due", day=wording.day(due_on))
        return {"label": wording.say(_PART, "balance"), "amount": wording.amount(content["balance"]), "note": note}
    name = "credit" if balance < 0 else "nothing"
    note = wording.say(_PART, "credit_note") if balance < 0 else None
    return {"label": wording.say(_PART, name), "amount": wording.amount(str(abs(balance))), "note": note}


def _payment(content: Content, wording: Wording) -> dict[str, Any] | None:
    payee = content.get("payee")
    if payee is None or Decimal(content["balance"]) <= 0:
        return None
    facts = [
        ("payee", wording.choose(payee["name"])),
        ("reference", payee.get("reference")),
        ("amount", wording.amount(content["balance"])),
    ]
    instructions = wording.choose(payee.get("instructions"))
    return {
        "title": wording.say(_PART, "payment"),
        "lead": wording.say(_PART, "payment_lead"),
        "facts": [[wording.say(_PART, name), value] for name, value in facts if value],
        "steps": [wording.say(_PART, name) for name in _STEPS],
        "note": [] if instructions is None else sheets.lines(instructions),
    }
