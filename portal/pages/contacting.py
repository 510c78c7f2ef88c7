"""« Nous joindre »: what to try first, whom to ask, and asking the school for help with the six items that it needs (RE-16, XC-01 to XC-05)."""

import re
from collections.abc import Sequence
from typing import Any

import flask

from portal import devices, family, showing
from portal.family import signed_in
from portal.forms import Form
from portal.gateway_calls import Refused, Unreachable
from portal.showing import Address, call, go_to, show, show_fault, typed, visit, words
from vitrail_client.api.help_ import get_help
from vitrail_client.api.support import create_support_request
from vitrail_client.models.child_out import ChildOut
from vitrail_client.models.support_request_in import SupportRequestIn
from vitrail_client.types import UNSET, File

# A picture of the screen, and room for the words around it: as much as the API takes.
LARGEST_FORM = (5 * 1024 + 64) * 1024
PICTURES = "image/png,image/jpeg,image/webp"
# « Portal section » (XC-01), in the order of the guides; the words are in the texts.
SECTIONS = (
    *("sign_in", "account", "children", "absences", "results", "report_cards", "finances", "file", "agenda"),
    *("messages", "resources", "elsewhere"),
)
ANOTHER_CHILD = "another"
_REFERENCE = re.compile(r"[2-9A-Z]{10}", re.ASCII)


def contact() -> Any:
    """Show the help; who is signed in finds each child's school there."""
    try:
        said = call(lambda client: get_help.sync_detailed(client=client))
        held = _held()
    except Unreachable:
        # Whoever looks for help must not be told that there is none.
        response = show_fault("help.html", status=503, said=None, children=[])
        response.headers["Retry-After"] = "10"
        return response
    return show("help.html", said=said, children=held)


@signed_in
def support_request() -> Any:
    """Ask the school of a child for help."""
    held = [child for child in family.children() if child.first_name]
    if flask.request.method != "POST":
        named = flask.request.args.get("child_id", "")
        chosen = named if named in {child.id for child in held} else held[0].id if len(held) == 1 else ""
        browser = devices.name_with_version(flask.request.headers.get("User-Agent", ""))
        return _show(Form({"child_id": chosen, "email": visit().email, "browser": browser}), held)
    form = Form(typed())
    child_name = _child_name(form, held)
    missing = {
        "email": words("site.email_missing"),
        "error_message": words("help.error_message_missing"),
        "browser": words("help.browser_missing"),
    }
    form.require(missing)
    if form.values.get("section") not in SECTIONS:
        form.errors["section"] = [words("help.section_missing")]
    if form.errors:
        return _show(form, held, status=422)
    picture = flask.request.files.get("screenshot")
    child_id = form.values.get("child_id", "")
    body = SupportRequestIn(
        child_name=child_name,
        email=form.values["email"],
        error_message=form.values["error_message"],
        browser=form.values["browser"],
        section=words(f"help.section_{form.values['section']}"),
        child_id=UNSET if child_id in {"", ANOTHER_CHILD} else child_id,
        # What a telephone calls a picture may tell of a family, and helps nobody.
        screenshot=File(picture.stream, "screenshot", picture.mimetype) if picture and picture.filename else UNSET,  # type: ignore[arg-type]
    )
    try:
        asked = call(lambda client: create_support_request.sync_detailed(client=client, body=body), key=showing.key())
    except Refused as refusal:
        if refusal.code == "not_signed_in":
            raise
        form.refuse(refusal, fields={"child_name": "child_id" if held else "child_name"})
        return _show(form, held, status=refusal.status)
    return go_to("support_request.sent", reference=asked.reference)


@signed_in
def sent(reference: str) -> Any:
    """Tell the reference by which the school finds the request again."""
    if not _REFERENCE.fullmatch(reference):
        return go_to("help")
    return show("support_request_sent.html", reference=reference)


def _held() -> Sequence[ChildOut]:
    """Return the visitor's children; what is for everybody is shown to whose session has ended, too."""
    if not visit().is_signed_in:
        return []
    try:
        return family.children()
    except Refused as refusal:
        if refusal.code != "not_signed_in":
            raise
        visit().sign_out()
        return []


def _child_name(form: Form, held: Sequence[ChildOut]) -> str:
    """Return the name of the child that is chosen, or typed where it is none of those held; note where there is none."""
    chosen = next((child for child in held if child.id == form.values.get("child_id")), None)
    if chosen is not None:
        return family.full_name_of(chosen)
    if held and form.values.get("child_id") != ANOTHER_CHILD:
        form.errors["child_id"] = [words("help.child_missing")]
        return ""
    form.require({"child_name": words("help.child_name_missing")})
    return form.values.get("child_name", "")


def _show(form: Form, held: Sequence[ChildOut], *, status: int = 200) -> flask.Response:
    said = call(lambda client: get_help.sync_detailed(client=client))
    labels = {each.name: each.label for each in said.support.items}
    return show(
        "support_request.html",
        status=status,
        form=form,
        children=held,
        support=said.support,
        labels=labels,
        sections=SECTIONS,
        pictures=PICTURES,
    )


ADDRESSES = (
    Address("help", "/nous-joindre", "/en/contact-us", contact),
    Address(
        "support_request",
        "/nous-joindre/ecrire",
        "/en/contact-us/write",
        support_request,
        ("GET", "POST"),
        largest_form=LARGEST_FORM,
    ),
    Address("support_request.sent", "/nous-joindre/ecrit/<reference>", "/en/contact-us/sent/<reference>", sent),
)
