from typing import Any

import jsonschema
import pytest

from shared import event_shapes

MEANING = "Une chose. | A thing."
SCHEMA = event_shapes.closed_object(
    optional=["kinds", "parts"],
    thing_id=event_shapes.identifier(MEANING),
    kinds=event_shapes.several(MEANING, of=event_shapes.plain_word(), at_least=1),
    parts=event_shapes.several(MEANING, of=event_shapes.inner_object(optional=["size"], size={"type": "integer"})),
)
ID = "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701"


def fits(data: dict[str, Any]) -> bool:
    return jsonschema.Draft7Validator(SCHEMA).is_valid(data)


@pytest.mark.parametrize(
    "data",
    [
        {"thing_id": ID},
        {"thing_id": ID, "kinds": ["view_file", "re_register"]},
        {"thing_id": ID, "parts": [{}, {"size": 1}]},
    ],
)
def test_data_of_the_declared_shape_fits(data: dict[str, Any]) -> None:
    assert fits(data)


@pytest.mark.requirement("EVT-1")
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"thing_id": "1"},
        {"thing_id": ID, "email": "parent@example.ca"},
        {"thing_id": ID, "kinds": []},
        {"thing_id": ID, "kinds": ["view_file", "view_file"]},
        {"thing_id": ID, "kinds": ["elle a la varicelle"]},
        {"thing_id": ID, "kinds": ["Tremblay"]},
        {"thing_id": ID, "parts": [{"name": "x"}]},
    ],
)
def test_data_of_another_shape_does_not_fit(data: dict[str, Any]) -> None:
    assert not fits(data)
