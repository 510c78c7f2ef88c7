import pytest

from services.identity.rules import help_links


@pytest.mark.requirement("ID-39")
@pytest.mark.parametrize(
    "text", ["", "https://aide.exemple.ca/connexion?page=1#code", "http://localhost/aide", "mailto:soutien@exemple.ca"]
)
def test_is_link_takes_what_a_page_can_show(text: str) -> None:
    assert help_links.is_link(text)


@pytest.mark.requirement("ID-39")
@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "/aide",
        "aide.exemple.ca",
        "https://",
        "https://a b",
        'https://a"onclick=x',
        "mailto:",
        "mailto:personne",
        " https://aide.exemple.ca",
    ],
)
def test_is_link_refuses_what_could_run_or_leads_nowhere(text: str) -> None:
    assert not help_links.is_link(text)
