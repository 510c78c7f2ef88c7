import re

from shared import spoken_references


def test_new_is_ten_characters_that_nobody_confuses() -> None:
    made = {spoken_references.new() for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch(r"[2-9A-HJKMNP-TV-Z]{10}", reference) for reference in made)
