import pytest

from services.attendance.rules import reasons, rights


@pytest.mark.requirement("AT-07")
def test_every_reason_has_a_code_of_its_own_and_both_labels() -> None:
    codes = [reason.code for reason in reasons.DEFAULT]
    assert len(set(codes)) == len(codes) >= 8
    assert all(reason.label("fr") and reason.label("en") for reason in reasons.DEFAULT)
    assert reasons.find(reasons.DEFAULT, "MALADIE").label("en") == "Illness"
    assert reasons.find(reasons.DEFAULT, "INCONNU") is None


@pytest.mark.requirement("AT-08")
@pytest.mark.parametrize(
    ("code", "explanation", "lacks"),
    [
        ("AUTRE", None, True),
        ("AUTRE", "", True),
        ("AUTRE", " \u00a0\n", True),
        ("AUTRE", "Visite d’une école", False),
        ("MALADIE", None, False),
        ("MALADIE", "Grippe", False),
    ],
)
def test_other_needs_an_explanation(code: str, explanation: str | None, lacks: bool) -> None:
    assert reasons.lacks_explanation(reasons.find(reasons.DEFAULT, code), explanation) is lacks


@pytest.mark.requirement("AT-11")
@pytest.mark.parametrize(
    ("words", "sees", "acts"),
    [
        (["view_file", "report_absences"], True, True),
        (["view_file"], True, False),
        (["report_absences"], False, True),
        (["re_register", "something_new"], False, False),
        ([], False, False),
    ],
)
def test_rights_are_told_by_their_words(words: list[str], sees: bool, acts: bool) -> None:
    assert (rights.may_see(words), rights.may_act(words)) == (sees, acts)
