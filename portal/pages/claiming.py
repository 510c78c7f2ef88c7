"""« Associer un enfant à mon compte »: first the organisation out of its list, then what proves the child (EN-01 to EN-17)."""

import re
from typing import Any

import flask

from portal import lists, showing
from portal.family import signed_in
from portal.forms import Form
from portal.gateway_calls import Refused
from portal.showing import Address, call, call_for_page, go_to, show, typed, words
from vitrail_client.api.children import create_claim, get_claim_form
from vitrail_client.api.organisations import list_organisations
from vitrail_client.models.claim_form_out import ClaimFormOut
from vitrail_client.models.claim_in import ClaimIn
from vitrail_client.models.form_field_out import FormFieldOut
from vitrail_client.models.list_organisations_kind import ListOrganisationsKind
from vitrail_client.models.organisation_out import OrganisationOut
from vitrail_client.types import UNSET

KINDS: tuple[ListOrganisationsKind, ...] = ("public", "private")
_FIELDS = {
    "identifier_malformed": "identifier",
    "birth_date": "birth_day",
    "birth_month": "birth_day",
    "birth_year": "birth_day",
}


_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)


@signed_in
def organisation() -> Any:
    """Show the list of boards, or of private schools: searched, and six a page (EN-03 to EN-08)."""
    kind: ListOrganisationsKind = "private" if flask.request.args.get("kind") == "private" else "public"
    search = flask.request.args.get("search", "").strip()[:200]
    wanted = showing.page_asked()
    found, page = call_for_page(
        lambda client: list_organisations.sync_detailed(client=client, kind=kind, search=search, page=wanted)
    )
    form = call(lambda client: get_claim_form.sync_detailed(client=client))
    return show(
        "claiming_organisation.html",
        described=form,
        fields={each.name: each for each in form.fields},
        label=_label(form, kind),
        kind=kind,
        search=search,
        organisations=found,
        page=page,
    )


@signed_in
def claim(organisation_id: str) -> Any:
    """Take what proves a child."""
    name = (flask.request.form.get("organisation") or flask.request.args.get("organisation", ""))[:200]
    chosen = _organisation(organisation_id, name)
    if chosen is None:
        return go_to("claiming.organisation")
    if flask.request.method != "POST":
        return _show(Form(), chosen)
    form = Form(typed())
    parts = [form.values.get(name, "") for name in ("birth_day", "birth_month", "birth_year")]
    form.require({name: words(f"claiming.{name}_missing") for name in ("last_name", "first_name")})
    if not all(_NUMBER.fullmatch(part) for part in parts):
        form.errors["birth_day"] = [words("claiming.birth_date_missing")]
    form.require({"identifier": words("claiming.identifier_missing")})
    if form.errors:
        return _show(form, chosen, status=422)
    day, month, year = map(int, parts)
    body = ClaimIn(
        organisation_id=organisation_id,
        last_name=form.values["last_name"],
        first_name=form.values["first_name"],
        birth_day=day,
        birth_month=month,
        birth_year=year,
        identifier=form.values["identifier"],
        pin=form.values.get("pin") or UNSET if form.values.get("has_pin") == "yes" else UNSET,
    )
    try:
        claimed = call(lambda client: create_claim.sync_detailed(client=client, body=body), key=showing.key())
    except Refused as refusal:
        if refusal.code == "not_signed_in":
            raise
        form.refuse(refusal, fields=_FIELDS)
        return _show(form, chosen, status=refusal.status)
    return go_to("child_linked", child_id=claimed.child.id)


def _organisation(organisation_id: str, name: str) -> OrganisationOut | None:
    """Return the organisation of that id and name: what an address says of it is not shown before the API says it too."""
    for kind in KINDS:
        found = call(
            lambda client, kind=kind: list_organisations.sync_detailed(  # type: ignore[misc]
                client=client, search=name, kind=kind, page_size=lists.LARGEST_PAGE
            )
        )
        for each in found:
            if each.id == organisation_id:
                return each
    return None


def _label(described: ClaimFormOut, kind: str) -> FormFieldOut:
    """Return the field that chooses an organisation of a kind: there is one for boards, and one for private schools."""
    return next(
        each for each in described.fields if each.name == "organisation_id" and (each.choices or "").endswith(kind)
    )


def _show(form: Form, chosen: OrganisationOut, *, status: int = 200) -> flask.Response:
    described = call(lambda client: get_claim_form.sync_detailed(client=client))
    fields = {each.name: each for each in described.fields}
    return show(
        "claiming_child.html",
        status=status,
        form=form,
        organisation=chosen,
        label=_label(described, chosen.kind),
        described=described,
        fields=fields,
    )


ADDRESSES = (
    Address("claiming.organisation", "/enfants/ajouter", "/en/children/add", organisation),
    Address(
        "claiming.child",
        "/enfants/ajouter/<organisation_id>",
        "/en/children/add/<organisation_id>",
        claim,
        ("GET", "POST"),
    ),
)
