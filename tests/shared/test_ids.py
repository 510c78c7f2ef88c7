"""Identifiers: in order of time, or known to nobody."""

from functools import reduce
from operator import and_, or_

from shared import ids


def test_each_of_the_128_bits_of_an_unguessable_id_is_random() -> None:
    made = [int(ids.unguessable().replace("-", ""), 16) for _ in range(200)]
    ever, always = reduce(or_, made), reduce(and_, made)
    assert (ever.bit_count(), always) == (128, 0)


def test_an_unguessable_id_has_the_form_of_the_others() -> None:
    assert [each for each in (ids.unguessable() for _ in range(200)) if not ids.is_id(each)] == []
