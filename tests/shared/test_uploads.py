import hashlib
import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.views import MethodView
from werkzeug.test import TestResponse

from shared import auth, web
from shared.passports import Passport, PassportOffice
from shared.web import uploads

KEYS = ("abcdefghijklmnopqrstuvwxyz0123456789",)
OFFICE = PassportOffice("sample", KEYS)
LARGEST = 300_000
PDF = {"Content-Type": "application/pdf"}


@pytest.fixture
def seen() -> list[Path]:
    """Where the view found its bodies."""
    return []


@pytest.fixture
def send(seen: list[Path]) -> Callable[..., TestResponse]:
    """Send a body to a view that answers with what it found in the file."""
    door = web.Blueprint("papers", __name__, url_prefix="/api/v1/papers")
    door.before_request(auth.public)

    @door.route("")
    class Papers(MethodView):
        @uploads.received(name="paper.pdf", largest_body=LARGEST, media_types=("application/pdf",))
        @door.response(200)
        def post(self) -> dict[str, Any]:
            upload = uploads.current()
            seen.append(upload.path)
            content = upload.path.read_bytes()
            return {"name": upload.path.name, "size": len(content), "is_whole": upload.digest == _digest(content)}

        @door.response(200)
        def put(self) -> dict[str, Any]:
            return {}

    app = web.create_app(
        "sample",
        title="Sample",
        folder=Path(__file__).parent,
        passport_keys=KEYS,
        blueprints=[door],
        problems=[],
        is_ready=lambda: True,
    )

    def post(*, method: str = "POST", headers: dict[str, str] = PDF, **rest: Any) -> TestResponse:
        passport = OFFICE.sign(Passport(address="192.0.2.1"))
        return app.test_client().open(
            "/api/v1/papers", method=method, headers={**headers, "passport": passport}, **rest
        )

    return post


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


@pytest.mark.parametrize("size", [0, 1, LARGEST])
def test_a_body_is_found_whole_in_a_file_that_is_gone_afterwards(
    send: Callable[..., TestResponse], seen: list[Path], size: int
) -> None:
    assert send(data=b"x" * size).json == {"name": "paper.pdf", "size": size, "is_whole": True}
    assert [path.exists() for path in seen] == [False]
    assert not seen[0].parent.exists()


def test_what_a_killed_process_left_behind_is_gone_with_the_next_upload(
    send: Callable[..., TestResponse], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    long_ago = time.time() - 7 * 3600
    for name, at in (("vitrail-upload-old", long_ago), ("vitrail-upload-new", time.time()), ("another-s", long_ago)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "paper.pdf").write_bytes(b"x")
        os.utime(tmp_path / name, (at, at))
    assert send(data=b"x").status_code == 200
    assert sorted(each.name for each in tmp_path.iterdir()) == ["another-s", "vitrail-upload-new"]


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize(
    "rest",
    [
        {"data": b"x" * (LARGEST + 1)},
        # Nothing says how long it is.
        {"input_stream": io.BytesIO(b"x" * (LARGEST + 1)), "environ_overrides": {"wsgi.input_terminated": True}},
        {"data": b"", "environ_overrides": {"CONTENT_LENGTH": str(LARGEST + 1)}},
    ],
    ids=["too long", "too long in secret", "too long by its word"],
)
def test_a_body_over_the_limit_reaches_no_view(
    send: Callable[..., TestResponse], seen: list[Path], rest: dict[str, Any]
) -> None:
    answer = send(**rest)
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")  # type: ignore[index]
    assert seen == []


def test_a_body_that_was_cut_off_reaches_no_view(send: Callable[..., TestResponse], seen: list[Path]) -> None:
    answer = send(input_stream=io.BytesIO(b"x" * 10), environ_overrides={"CONTENT_LENGTH": "11"})
    assert (answer.status_code, seen) == (400, [])


def test_the_other_methods_of_the_path_keep_the_small_limit(send: Callable[..., TestResponse]) -> None:
    assert send(method="PUT", data=b"x" * 70_000).status_code == 413
    assert send(method="PUT", data=b"x" * 60_000).status_code == 200


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", ""])
def test_a_body_of_another_kind_is_refused(
    send: Callable[..., TestResponse], seen: list[Path], media_type: str
) -> None:
    answer = send(data=b"x", headers={"Content-Type": media_type})
    assert (answer.status_code, seen) == (415, [])


def test_a_disk_that_takes_no_more_is_told_as_unavailable(
    send: Callable[..., TestResponse], seen: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # A file that refuses every byte stands for a full disk.

    class Folder:
        def __enter__(self) -> str:
            (tmp_path / "paper.pdf").symlink_to("/dev/full")
            return str(tmp_path)

        def __exit__(self, *_fault: object) -> None:
            (tmp_path / "paper.pdf").unlink()

    monkeypatch.setattr("tempfile.TemporaryDirectory", lambda **_options: Folder())
    answer = send(data=b"x" * 100_000)
    assert (answer.status_code, answer.headers["Retry-After"], seen) == (503, "10", [])
