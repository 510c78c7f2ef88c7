"""The form that links a child to an account, in the words of the guides: what a front end shows before `POST /claims` (EN-01).

Which fields there are, what each is called and where its answer is found is the same for everybody; what leads a parent
to the form depends on what the account has: no child yet, children to confirm, or children already (EN-19, EN-21).
"""

from pathlib import Path
from typing import Any, Final

from services.enrollment.context import Context
from services.enrollment.operations import children
from services.enrollment.queries.tables import TO_CONFIRM
from shared.texts import Texts

YES_NO: Final = "yes_no"
CHOICE: Final = "choice"
TEXT: Final = "text"
SECRET: Final = "secret"
DAY: Final = "date"
# Shown, not typed: the account's own.
ACCOUNT_EMAIL: Final = "account_email"

_TEXTS: Final = Texts(Path(__file__).parents[1] / "texts" / "claim_form")
_ORGANISATIONS: Final = "/api/v1/organisations?kind="
# In the order of the guides' form. What is asked depends on the two answers that stand first, « non » unless said (EN-02,
# EN-03); `name` is the member of `POST /claims`, but for those two and the e-mail.
_FIELDS: Final[tuple[dict[str, Any], ...]] = (
    {"name": "has_pin", "kind": YES_NO, "default": False},
    {"name": "pin", "kind": SECRET, "shown_when": {"has_pin": True}},
    {"name": "is_private", "kind": YES_NO, "default": False},
    {
        "name": "organisation_id",
        "text": "board",
        "kind": CHOICE,
        "choices": f"{_ORGANISATIONS}public",
        "shown_when": {"is_private": False},
    },
    {
        "name": "organisation_id",
        "text": "private_school",
        "kind": CHOICE,
        "choices": f"{_ORGANISATIONS}private",
        "shown_when": {"is_private": True},
    },
    {"name": "last_name", "kind": TEXT},
    {"name": "first_name", "kind": TEXT},
    {"name": "birth_date", "kind": DAY},
    {"name": "identifier", "kind": TEXT},
    {"name": "email", "kind": ACCOUNT_EMAIL},
)
_AFTERWARDS: Final = ("repeat", "leave")


def show_claim_form(ctx: Context, *, account_id: str, email: str, language: str) -> dict[str, Any]:
    """Return the form as a parent with these children is to see it now."""
    statuses = [child["status"] for child in children.list_children(ctx, account_id=account_id, email=email)]
    form, occasion = _TEXTS.of("form", language), _occasion(statuses)
    invitation = _TEXTS.of(occasion, language)
    return {
        "title": form.title,
        "introduction": form.detail,
        "occasion": occasion,
        "invitation": {"text": invitation.title, "reason": invitation.detail},
        "fields": [_field(field, email, language) for field in _FIELDS],
        "submit": _TEXTS.of("save", language).title,
        "afterwards": [{"code": code, "text": _TEXTS.of(code, language).title} for code in _AFTERWARDS],
    }


def _occasion(statuses: list[str]) -> str:
    if not statuses:
        return "first_child"
    return "to_confirm" if TO_CONFIRM in statuses else "another_child"


def _field(field: dict[str, Any], email: str, language: str) -> dict[str, Any]:
    text = _TEXTS.of(field.get("text", field["name"]), language)
    shown = {"name": field["name"], "kind": field["kind"], "label": text.title, "help": text.detail}
    rest = {name: field.get(name) for name in ("default", "choices", "shown_when")}
    return shown | rest | ({"default": email} if field["kind"] == ACCOUNT_EMAIL else {})
