"""What every made document has: whose it is, from which school, and how it is verified."""

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.records.pdf.wording import Wording

Content = Mapping[str, Any]
Sheet = dict[str, Any]

# The least redundancy: what is lost to a fold is less than what smaller modules would lose to a camera.
_ERROR_CORRECTION: Final = "L"
# Modules of white around a code; ISO/IEC 18004 wants four, and the page adds more than two.
_QUIET_ZONE: Final = 2
# Longer than this, a word is wider than the narrowest column of facts.
_LONGEST_WORD: Final = re.compile(r"\S{25,}")
_PART_OF_WORD: Final = re.compile(r"\S{1,12}")
_MAY_BREAK: Final = "\u200b"
# Two of them stand side by side on one line.
_LONGEST_IN_FOOTER: Final = 46


def begin(
    content: Content,
    wording: Wording,
    *,
    heading: str,
    subtitle: str,
    about: Iterable[tuple[str, str | None]],
    url: str,
) -> Sheet:
    """Return the sheet of a document without its own part; `about` are the facts of its kind, in their order."""
    school = content.get("school") or {}
    student = content.get("student") or {}
    person = " ".join(filter(None, (student.get("first_name"), student.get("last_name"))))
    school_name = wording.choose(school.get("name")) or ""
    known = {"heading": heading, "subtitle": subtitle, "person": person, "school": school_name}
    cut = known | {"person": _shortened(person), "school": _shortened(school_name)}
    facts = [
        ("student", person),
        ("file_number", student.get("file_number")),
        ("grade", wording.choose(student.get("grade"))),
        ("group", student.get("group")),
        *about,
    ]
    return {
        "language": wording.language,
        "title": wording.say("sheet", "title" if person else "title_of_nobody", **known),
        "heading": heading,
        "subtitle": subtitle,
        "footer": wording.say("sheet", "footer" if person else "footer_of_nobody", **cut).removesuffix(" · "),
        "page": [wording.say("sheet", "page"), wording.say("sheet", "of")],
        "school": {"name": school_name, "lines": _reached(school, wording)},
        "facts": [[wording.say("about", name), breakable(value)] for name, value in facts if value],
        "verification": {
            "url": url,
            "svg": _code(url),
            "caption": wording.say("sheet", "verify"),
            "alt": wording.say("sheet", "verify_alt"),
        },
    }


def lines(text: str) -> list[str]:
    """Return the lines of a school's text."""
    return text.split("\n")


def breakable(text: str) -> str:
    """Return a text whose words, when they are longer than a column is wide, may be parted."""
    return _LONGEST_WORD.sub(lambda word: _MAY_BREAK.join(_PART_OF_WORD.findall(word[0])), text)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_IN_FOOTER else f"{text[: _LONGEST_IN_FOOTER - 1].rstrip()}…"


def _reached(school: Content, wording: Wording) -> list[str]:
    ways = [
        wording.say("sheet", name, **{name: school[name]})
        for name in ("phone", "email")
        if school.get(name) is not None
    ]
    return [*lines(school.get("address") or ""), " · ".join(ways)] if ways else lines(school.get("address") or "")


def _code(url: str) -> str:
    # Here, so that whoever sets no page does not load it.
    import segno

    image = io.BytesIO()
    segno.make_qr(url, error=_ERROR_CORRECTION, boost_error=False).save(
        image, kind="svg", border=_QUIET_ZONE, xmldecl=False, dark="#000", light="#fff"
    )
    return image.getvalue().decode().strip()
