import pytest

from deploy.checks.objects import Fields, quantity, selects


@pytest.mark.parametrize(
    ("text", "number"), [("250m", 0.25), ("64Mi", 64 * 2**20), ("2", 2.0), ("1Gi", 2**30), ("5k", 5e3)]
)
def test_quantity_reads_what_kubernetes_writes(text: str, number: float) -> None:
    assert quantity(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "much", "1 Gi", "1GB"])
def test_quantity_refuses_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        quantity(text)


def expression(operator: str, *values: str) -> Fields:
    return {"matchExpressions": [{"key": "part", "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("selector", "is_selected"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"part": "a"}}, True),
        ({"matchLabels": {"part": "a", "other": "b"}}, False),
        (expression("In", "a", "b"), True),
        (expression("NotIn", "a"), False),
        (expression("NotIn", "b"), True),
        (expression("Exists"), True),
        (expression("DoesNotExist"), False),
    ],
)
def test_selects_as_kubernetes_does(selector: Fields | None, *, is_selected: bool) -> None:
    assert selects(selector, {"part": "a"}) is is_selected
