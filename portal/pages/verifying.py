"""Whether a document is genuine, for whoever holds it: the code printed on it, or the file (RE-06)."""

from typing import Any
from urllib.parse import unquote

import flask

from portal.forms import Form
from portal.gateway_calls import Refused
from portal.showing import Address, call, show, typed, words
from vitrail_client.api.verifications import create_verification
from vitrail_client.models.signature_in import SignatureIn
from vitrail_client.models.verdict_out import VerdictOut
from vitrail_client.types import File

# As large as the API takes a document, and room for what a form puts around it.
LARGEST_FORM = (10 * 1024 + 64) * 1024
LONGEST_SIGNATURE = 2048
_PDF = b"%PDF-"


def verification() -> Any:
    """Take a code or a file, and show what it is worth now; nothing of it is kept."""
    if flask.request.method != "POST":
        return show("verification.html", form=Form(), verdict=None)
    form = Form(typed())
    file = flask.request.files.get("document")
    body: SignatureIn | File | None = None
    if file is not None and file.filename:
        if file.stream.read(len(_PDF)) == _PDF:
            file.stream.seek(0)
            body = File(file.stream)  # type: ignore[arg-type]
        else:
            form.errors["document"] = [words("verification.not_pdf")]
    elif signature := signature_in(form.values.get("signature", "")):
        body = SignatureIn(signature=signature[:LONGEST_SIGNATURE])
    else:
        form.errors["signature"] = [words("verification.missing")]
    if body is None:
        return show("verification.html", status=422, form=form, verdict=None)
    try:
        verdict: VerdictOut = call(lambda client: create_verification.sync_detailed(client=client, body=body))
    except Refused as refusal:
        form.refuse(refusal, fields={})
        return show("verification.html", status=refusal.status, form=form, verdict=None)
    return show("verification.html", form=form, verdict=verdict, by="file" if isinstance(body, File) else "code")


def signature_in(text: str) -> str:
    """Return the signature in what somebody has typed or scanned: the printed code leads to an address that ends with it."""
    compact = "".join(text.split())
    path = compact.partition("?")[0].partition("#")[0]
    return unquote(path.rstrip("/").rpartition("/")[2])


ADDRESSES = (
    Address("verification", "/verifier", "/en/verify", verification, ("GET", "POST"), largest_form=LARGEST_FORM),
)
