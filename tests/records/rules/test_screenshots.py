import pytest

from services.records.rules import screenshots
from tests.support import pictures

KINDS = [(pictures.PNG, "image/png"), (pictures.JPEG, "image/jpeg"), (pictures.WEBP, "image/webp")]


@pytest.mark.requirement("XC-01")
@pytest.mark.parametrize(("content", "media_type"), KINDS)
def test_media_type_is_told_by_the_content(content: bytes, media_type: str) -> None:
    assert screenshots.media_type(content) == media_type


@pytest.mark.parametrize(
    "content", [pictures.GIF, pictures.SVG, pictures.PDF, b"", b"\x89PNG", b"<html>", b"RIFF" * 10]
)
def test_media_type_knows_nothing_else(content: bytes) -> None:
    assert screenshots.media_type(content) is None


@pytest.mark.parametrize("content", [content for content, _ in KINDS])
def test_media_type_refuses_what_is_cut_off(content: bytes) -> None:
    assert screenshots.media_type(content[:-9]) is None


def test_media_type_takes_a_photograph_with_something_after_its_end() -> None:
    assert screenshots.media_type(pictures.JPEG + b"\x00" * 100) == "image/jpeg"
