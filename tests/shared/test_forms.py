import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import marshmallow as ma
import pytest
from flask.views import MethodView
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from shared import auth, web
from shared.digests import RowSeal
from shared.fields import File, In, Line
from shared.passports import Passport, PassportOffice
from shared.web import forms

KEYS = ("abcdefghijklmnopqrstuvwxyz0123456789",)
OFFICE = PassportOffice("sample", KEYS)
LARGEST_FILE = 1 << 20
LARGEST_BODY = 3 << 20
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\x00" * 700_000


class ParcelIn(In):
    label = Line(required=True, longest=20)
    sender = ma.fields.Email(load_default=None)
    picture = File(largest=LARGEST_FILE, load_default=None)


@pytest.fixture
def send() -> Callable[..., TestResponse]:
    """Send a form to a view that answers with what it read, and with what it takes for its content."""
    door = web.Blueprint("parcels", __name__, url_prefix="/api/v1/parcels")
    door.before_request(auth.public)

    @door.route("")
    class Parcels(MethodView):
        @forms.received(largest_body=LARGEST_BODY)
        @door.arguments(ParcelIn, location="files")
        def post(self, parcel: dict[str, Any]) -> dict[str, Any]:
            """Read a parcel."""
            picture = parcel.pop("picture")
            return parcel | {"size": None if picture is None else len(picture), "content": forms.digest().hex()}

    app = web.create_app(
        "sample",
        title="Sample",
        folder=Path(__file__).parent,
        passport_keys=KEYS,
        blueprints=[door],
        problems=[],
        is_ready=lambda: True,
    )

    def call(data: Any, *, language: str = "en", **rest: Any) -> TestResponse:
        headers = {"Passport": OFFICE.sign(Passport(address="192.0.2.1")), "Accept-Language": language}
        return app.test_client().post("/api/v1/parcels", headers=headers, **(encoded(data) | rest))

    return call


def encoded(data: Any) -> dict[str, Any]:
    # As bytes: the client's own encoding leaves a large form in a file that nobody closes.
    if isinstance(data, bytes):
        return {"data": data}
    boundary, body = encode_multipart(MultiDict(data))
    return {"data": body, "content_type": f"{forms.MEDIA_TYPE}; boundary={boundary}"}


def picture(content: bytes = PICTURE, name: str = "capture.png") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def test_a_form_gives_its_texts_and_its_file(send: Callable[..., TestResponse]) -> None:
    read = send({"label": "  Livres ", "sender": "a@exemple.ca", "picture": picture()}).json
    assert (read["label"], read["sender"], read["size"]) == ("Livres", "a@exemple.ca", len(PICTURE))


def test_a_file_that_was_not_chosen_is_none(send: Callable[..., TestResponse]) -> None:
    assert send({"label": "Livres", "picture": picture(b"", "")}).json["size"] is None
    assert send({"label": "Livres", "picture": picture(b"", "vide.png")}).json["size"] == 0


@pytest.mark.requirement("ACC-14")
@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({}, "#/label"),
        ({"label": "Livres", "shape": "round"}, "#/shape"),
        ({"label": "Livres", "shape": picture()}, "#/shape"),
        ({"label": ["Livres", "Cahiers"]}, "#/label"),
        ({"label": "Livres", "picture": [picture(), picture()]}, "#/picture"),
        ({"label": "Livres", "picture": "capture.png"}, "#/picture"),
        ({"label": picture()}, "#/label"),
        ({"label": "Livres", "picture": picture(b"\x00" * (LARGEST_FILE + 1))}, "#/picture"),
    ],
    ids=["missing", "unknown text", "unknown file", "text twice", "file twice", "no file", "no text", "too large"],
)
def test_a_form_that_does_not_fit_is_refused_where_it_does_not(
    send: Callable[..., TestResponse], data: dict[str, Any], pointer: str
) -> None:
    answer = send(data)
    assert (answer.status_code, [each["pointer"] for each in answer.json["errors"]]) == (422, [pointer])


def test_a_form_is_refused_in_the_language_of_who_sends_it(send: Callable[..., TestResponse]) -> None:
    def detail(language: str) -> str:
        large = picture(b"\x00" * (LARGEST_FILE + 1))
        [mistake] = send({"label": "Livres", "picture": large}, language=language).json["errors"]
        return str(mistake["detail"])

    assert (detail("fr"), detail("en")) == ("Le fichier doit avoir au plus 1 Mio.", "Larger than 1 MiB.")


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "image/png"])
def test_a_body_of_another_kind_is_refused(send: Callable[..., TestResponse], content_type: str) -> None:
    assert send(b"label=Livres", content_type=content_type).status_code == 415


def test_a_form_that_is_too_large_is_refused(send: Callable[..., TestResponse]) -> None:
    assert send({"label": "Livres", "picture": picture(b"\x00" * LARGEST_BODY)}).status_code == 413
    assert send({"label": "x" * 600_000}).status_code == 413


@pytest.mark.parametrize("body", [b"", b"--x", b"--x\r\n\r\n--x--", b"\xff" * 100])
def test_what_is_no_form_says_nothing(send: Callable[..., TestResponse], body: bytes) -> None:
    answer = send(body, content_type=f"{forms.MEDIA_TYPE}; boundary=x")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/label")


def test_the_content_of_a_form_is_what_it_says_and_not_how_it_was_cut(send: Callable[..., TestResponse]) -> None:
    def content(**said: Any) -> str:
        return str(send({"label": "Livres"} | said).json["content"])

    assert content(picture=picture()) == content(picture=picture())
    others = [content(), content(label="Cahiers"), content(picture=picture()), content(picture=picture(PICTURE[:-1]))]
    assert len(set(others)) == len(others)


def test_a_sealed_file_opens_for_its_row_alone() -> None:
    seal = RowSeal(KEYS)
    sealed = seal.close_bytes(PICTURE, about="one")
    assert PICTURE[:8] not in sealed
    assert seal.open_bytes(sealed, about="one") == PICTURE
    with pytest.raises(ValueError, match="another row"):
        seal.open_bytes(sealed, about="two")
