from itertools import pairwise
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from portal import charts
from portal.charts import Series

MONTHS = ["sept.", "oct.", "nov."]
ABSENCES = [Series("Motivées", [1, 0, 3], 0), Series("À motiver", [0, 0, 2], 1)]
SVG = "{http://www.w3.org/2000/svg}"


def read(drawn: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(str(drawn).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314 - ours


def bars(**given: object) -> ElementTree.Element:
    facts = {"name": "year", "title": "T", "description": "D", "labels": MONTHS, "series": ABSENCES, **given}
    return read(charts.stacked_bars(**facts))  # type: ignore[arg-type]


def texts(drawing: ElementTree.Element, kind: str) -> list[str | None]:
    return [each.text for each in drawing.iter(f"{SVG}text") if kind in each.attrib["class"]]


def test_stacked_bars_stand_one_above_the_other_and_say_how_much_they_are() -> None:
    drawing = bars()
    drawn = [each for each in drawing.iter(f"{SVG}rect") if "chart-bar" in each.attrib["class"]]
    below, above = drawn[1:]

    assert len(drawn) == 3
    assert float(above.attrib["y"]) + float(above.attrib["height"]) == pytest.approx(float(below.attrib["y"]))
    assert float(below.attrib["height"]) == pytest.approx(3 * float(drawn[0].attrib["height"]), abs=0.2)
    assert texts(drawing, "chart-value") == ["1", "5"]


def test_stacked_bars_of_nothing_draw_their_axes_alone() -> None:
    drawing = bars(series=[Series("Motivées", [0, 0, None], 0)])

    assert texts(drawing, "chart-value") == []
    assert texts(drawing, "is-number") == ["0", "1"]


def test_a_drawing_says_what_it_is_to_those_who_do_not_see_it() -> None:
    drawing = bars()

    assert drawing.attrib["role"] == "img"
    assert drawing.attrib["aria-labelledby"].split() == ["year-title", "year-description"]
    assert [drawing[0].text, drawing[1].text] == ["T", "D"]


def test_each_look_has_a_pattern_and_a_mark_of_its_own() -> None:
    series = [Series(str(look), [look + 1.0], look) for look in range(charts.LOOKS)]
    marks = charts.legend(name="m", series=series, marks=True)
    patterns = charts.legend(name="p", series=series)
    shapes = [
        [ElementTree.tostring(each) for each in swatch.iter() if each.tag != f"{SVG}svg"]
        for drawn in (marks, patterns)
        for swatch in read(Markup("<svg >") + drawn + Markup("</svg>")).iter(f"{SVG}svg")
        if swatch.attrib.get("class")
    ]

    assert len(shapes) == 2 * charts.LOOKS
    assert all(one != other for one, other in pairwise(shapes))


def test_lines_leave_a_gap_where_there_is_no_number() -> None:
    series = [Series("Éloïse", [70, None, 82, 90], 0), Series("Groupe", [75, 74, 73, 72], 1)]
    drawing = read(charts.lines(name="r", title="T", description="D", labels=["1", "2", "3", "4"], series=series))
    strokes = [each.attrib["class"] for each in drawing.iter(f"{SVG}line") if "chart-line" in each.attrib["class"]]

    assert strokes == ["chart-line look-0", *["chart-line look-1"] * 3]
    assert texts(drawing, "chart-value") == ["70", "82", "90"]


def test_the_table_says_the_same_as_the_drawing() -> None:
    table = charts.table(caption="C", corner="Mois", labels=MONTHS, series=[Series("Moyenne", [70, None, 82.5], 0)])

    assert '<th scope="row">oct.</th><td>–</td>' in table
    assert '<th scope="row">nov.</th><td>82.5</td>' in table


@pytest.mark.requirement("SES-9")
def test_nothing_in_a_drawing_is_forbidden_by_the_pages_policy_or_taken_for_markup() -> None:
    series = [Series("<b>", [1], 2)]
    drawn = charts.stacked_bars(name="x", title="<i>", description="&", labels=["<u>"], series=series)
    drawn += charts.legend(name="y", series=series) + charts.table(
        caption="<", corner=">", labels=["<u>"], series=series
    )

    assert "style" not in drawn
    assert [said for said in ("<b>", "<i>", "<u>", "<&") if said in drawn] == []


@pytest.mark.parametrize(
    ("highest", "last", "steps"), [(1, 1, 2), (4, 4, 5), (5, 6, 4), (9, 10, 3), (37, 40, 5), (101, 150, 4)]
)
def test_axes_count_in_round_numbers(highest: int, last: int, steps: int) -> None:
    drawing = bars(labels=["a"], series=[Series("s", [highest], 0)])

    assert [len(texts(drawing, "is-number")), texts(drawing, "is-number")[-1]] == [steps, str(last)]
