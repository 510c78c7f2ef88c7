"""What whoever is refused may do next: the pages that a refusal leads on to.

A form that is shown again is a way on by itself; what stands here leads elsewhere.
"""

from collections.abc import Mapping
from typing import Final

import flask

from portal.showing import address, typed, visit, words

HELP: Final = "help"
PAGES: Final[Mapping[str, tuple[str, ...]]] = {
    # Signing in, and the account.
    "credentials_rejected": ("reset.start",),
    "account_must_be_recreated": ("creation.start",),
    "current_password_wrong": ("reset.start",),
    "email_unchanged": ("account",),
    "email_change_missing": ("reset.start", HELP),
    "identity_taken": ("account",),
    "last_credential": ("account.password",),
    "provider_unknown": ("account",),
    "provider_failed": ("account",),
    "provider_timed_out": ("account",),
    "social_sign_in_failed": ("account",),
    "return_to_refused": ("account",),
    # Linking a child: whom to tell, and what else to try (EN-15, EN-24, ID-29).
    "email_not_on_file": (HELP, "email_change.start", "claiming.organisation"),
    "claim_mismatch": (HELP, "claiming.organisation"),
    "organisation_not_subscribed": ("claiming.organisation", HELP),
    "too_many_claims": (HELP,),
    "too_many_children": ("children",),
    # What a school must settle, or what is settled already.
    "campaign_closed": ("contact",),
    "not_principal_guardian": ("contact",),
    "link_not_disputable": ("contact",),
    "notice_too_late": ("contact",),
    "notice_overlaps": ("absences",),
    "notice_started": ("contact",),
    "already_motivated": ("absences", "contact"),
    "motivation_closed": ("contact",),
    "document_unreadable": ("contact",),
    # Whatever is asked.
    "too_many_requests": (HELP,),
    "too_many_support_requests": ("contact",),
    "network_not_allowed": (HELP,),
    "internal_error": (HELP,),
}
# Of a child: where it is not known which one, the page that leads to each of them.
_OF_A_CHILD: Final = {"contact": HELP, "absences": "children"}
_OF_EVERYBODY: Final = frozenset({HELP, "reset.start", "creation.start"})
_WITH_EMAIL: Final = frozenset({"reset.start", "creation.start"})


def next_steps(code: str, *, child_id: str = "") -> list[tuple[str, str]]:
    """Return what each way on from a refusal is called, and where it leads: none that the visitor cannot go, or is on.

    Without `child_id` the child is that of the page's own address.
    """
    whose = child_id or (flask.request.view_args or {}).get("child_id", "")
    here = flask.request.path
    found = {}
    for page in PAGES.get(code, ()):
        name = page if whose else _OF_A_CHILD.get(page, page)
        if not visit().is_signed_in and name not in _OF_EVERYBODY:
            continue
        values = {"child_id": whose} if name in _OF_A_CHILD else {}
        if name in _WITH_EMAIL:
            visit().known_email = _email()
        if address(name, **values) != here:
            found[name] = (str(words(f"next_steps.{name.replace('.', '_')}")), address(name, **values))
    return list(found.values())


def _email() -> str:
    flow = visit().flow
    return typed().get("email") or (flow.email if flow is not None else "") or visit().email
