import re
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from portal.app import create_app
from tests.portal import records
from tests.portal.conftest import Browser, FakeApi, settings
from tests.portal.records import CHILD

# A Wednesday; the hour is past midnight in UTC, and the day before where the schools are.
NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
TODAY = "2026-11-25"
HOME = "/enfants/child-1"
PAGES = (
    "resultats",
    "resultats/ministeriels",
    "resultats/travaux",
    "bulletins",
    "finances",
    "finances/releves-fiscaux",
    "dossier",
    "agenda",
    "messages",
    "ressources",
    "nous-joindre",
)
IN_ENGLISH = (
    "results",
    "results/ministerial",
    "results/assignments",
    "report-cards",
    "finances",
    "finances/tax-slips",
    "file",
    "agenda",
    "messages",
    "resources",
    "contact",
)
FORBIDDEN = re.compile(r"<script(?![^>]* src=)|\son\w+=|style=|javascript:")


@pytest.fixture
def reader(api: FakeApi) -> Browser:
    """A guardian of one child, signed in."""
    records.furnish(api)
    app = create_app(settings(), transport=httpx.MockTransport(api.handle), now=lambda: NOW)
    browser = Browser(app.test_client())
    browser.sign_in()
    api.seen.clear()
    return browser


def text_of(page: str) -> str:
    """Return the words of a page as they are read: without markup, each space an ordinary one."""
    main = page[page.index("<main") : page.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("\u00a0", " "))


def asked(api: FakeApi, path: str) -> list[dict[str, str]]:
    return [dict(each.url.params) for each in api.seen if each.url.path == f"{CHILD}/{path}"]


@pytest.mark.parametrize(
    "path", [*(f"{HOME}/{page}" for page in PAGES), *(f"/en/children/child-1/{page}" for page in IN_ENGLISH)]
)
def test_a_page_without_anything_says_why_and_is_no_error(reader: Browser, path: str) -> None:
    answer = reader.get(path)

    assert answer.status_code == 200
    assert answer.text.count("<h1>") == 1
    assert 'class="summary"' not in answer.text
    assert FORBIDDEN.findall(answer.text) == []


@pytest.mark.parametrize("page", PAGES)
def test_nobody_reads_a_record_without_signing_in(make_browser: Callable[..., Browser], page: str) -> None:
    answer = make_browser().get(f"{HOME}/{page}")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/?back={HOME}/{page}")


@pytest.mark.parametrize("page", PAGES)
def test_a_child_that_is_not_ones_own_is_refused_as_the_api_does(reader: Browser, api: FakeApi, page: str) -> None:
    path = records_path(page)
    api.refuse("GET", f"{CHILD}/{path}", 404, "not_found")

    answer = reader.get(f"{HOME}/{page}")

    assert answer.status_code == 404
    assert "Détail not_found" in answer.text


def records_path(page: str) -> str:
    """Return what the API calls what a page shows."""
    names = (
        *("results", "ministerial-results", "assignments", "report-cards", "statements", "tax-slips"),
        *("file", "agenda", "messages", "resources", "contact"),
    )
    return dict(zip(PAGES, names, strict=True))[page]


@pytest.mark.requirement("RE-02", "RE-04", "RE-05", "RE-10")
@pytest.mark.parametrize(
    ("path", "reason", "page", "words"),
    [
        ("agenda", "not_in_primary", "agenda", "Au primaire, l’agenda ne contient pas encore d’informations."),
        ("ministerial-results", "not_applicable", "resultats/ministeriels", "concernent la 4 e et la 5 e secondaire"),
        ("ministerial-results", "not_published_yet", "resultats/ministeriels", "Aucun résultat ministériel"),
        ("tax-slips", "not_applicable", "finances/releves-fiscaux", "inscrits au service de garde"),
        ("assignments", "not_published_yet", "resultats/travaux", "quand l’enseignant les rend disponibles"),
        ("resources", "not_applicable", "ressources", "L’école n’offre pas cette section"),
    ],
)
def test_an_empty_list_says_the_apis_reason(
    reader: Browser, api: FakeApi, path: str, reason: str, page: str, words: str
) -> None:
    records.give(api, path, reason=reason)

    assert words in text_of(reader.get(f"{HOME}/{page}").text)


@pytest.mark.requirement("RE-03")
def test_results_stand_by_subject_competency_and_term(reader: Browser, api: FakeApi) -> None:
    records.give(
        api,
        "results",
        records.result("Mathématique", "82 %", group_average=74.5),
        records.result("Mathématique", "78 %", term=2),
        records.result("Mathématique", "TS", competency="Raisonner", weight=70.0),
        records.result("Anglais", "Réussi", term=None, comment="Continue."),
    )

    page = reader.get(f"{HOME}/resultats").text

    assert re.findall(r'<h2 id="subject-\d">([^<]+)', page) == ["Anglais", "Mathématique"]
    [english, mathematics] = re.findall(r'<table class="marks[^>]*>.*?</table>', page, re.DOTALL)
    assert re.findall(r'<span class="mark">([^<]+)', english) == ["Réussi"]
    assert re.findall(r'role="columnheader">(Étape \d|Année)', mathematics) == ["Étape 1", "Étape 2"]
    assert re.findall(r'<span class="mark">([^<]+)', mathematics) == ["82 %", "78 %", "TS"]
    assert "groupe\u00a0: 74,5\u00a0%" in mathematics
    assert "compte pour 70\u00a0%" in mathematics
    assert "Continue." in page


@pytest.mark.requirement("RE-03")
def test_what_has_numbers_in_two_terms_is_drawn_and_one_number_is_not(reader: Browser, api: FakeApi) -> None:
    records.give(
        api,
        "results",
        *(records.result("Mathématique", f"{80 + term} %", term=term, group_average=70.0 + term) for term in (1, 2, 3)),
        records.result("Chimie", "104 %", term=1),
        records.result("Chimie", "98 %", term=2),
        records.result("Anglais", "70 %"),
        records.result("Musique", "A"),
        records.result("Musique", "B", term=2),
    )

    page = reader.get(f"{HOME}/resultats").text

    titles = re.findall(r"<title id=[^>]+>([^<]+)</title>", page)
    assert titles == ["Résultats en Chimie au fil des étapes", "Résultats en Mathématique au fil des étapes"]
    assert "Moyenne du groupe" in page
    # A bonus stays inside the frame.
    assert min(float(y) for y in re.findall(r'class="chart-mark[^>]+cy="([\d.]+)"', page)) > 0


def test_results_of_one_term_alone_can_be_looked_at(reader: Browser, api: FakeApi) -> None:
    records.give(api, "results", records.result("Mathématique", "82 %"), records.result("Mathématique", "78 %", term=2))

    page = reader.get(f"{HOME}/resultats?term=2").text

    assert re.findall(r'<span class="mark">([^<]+)', page) == ["78 %"]
    assert 'term=2" aria-current="true"' in page.replace("&amp;", "&")
    assert len(re.findall(r'<span class="mark">', reader.get(f"{HOME}/resultats?term=9").text)) == 2


def test_results_are_of_this_school_year_and_lead_to_the_one_before(reader: Browser, api: FakeApi) -> None:
    records.give(api, "results", records.result("Anglais", "70 %", school_year="2025-2026"))

    this_year = reader.get(f"{HOME}/resultats").text
    other_year = reader.get(f"{HOME}/resultats?year=2025-2026").text

    assert asked(api, "results") == [
        {"school_year": "2026-2027", "page": "1", "page_size": "100"},
        {"to": "2026-06-30", "page": "1", "page_size": "1"},
        {"school_year": "2025-2026", "page": "1", "page_size": "100"},
        {"to": "2025-06-30", "page": "1", "page_size": "1"},
    ]
    assert f'rel="prev" href="{HOME}/resultats?year=2025-2026"' in this_year
    assert 'rel="next"' not in this_year
    assert f'rel="next" href="{HOME}/resultats?year=2026-2027"' in other_year


@pytest.mark.parametrize("year", ["2026-2028", "hier", "9999-10000", "2026", ""])
def test_what_is_no_school_year_is_this_one(reader: Browser, api: FakeApi, year: str) -> None:
    reader.get(f"{HOME}/resultats?year={year}")

    assert asked(api, "results")[0]["school_year"] == "2026-2027"


@pytest.mark.requirement("RE-03")
def test_a_corrected_result_says_so_with_the_schools_day(reader: Browser, api: FakeApi) -> None:
    records.give(
        api,
        "results",
        records.result("Anglais", "91 %", corrected_at="2026-11-25T02:00:00Z"),
        records.result("Anglais", "75 %", title="Examen", corrected_at="2026-12-01T15:00:00Z"),
    )

    text = text_of(reader.get(f"{HOME}/resultats").text)

    assert "corrigé le 24 nov. 2026" in text
    assert "Corrigé par l’école le 1er décembre 2026" in text


def test_a_long_list_is_asked_for_whole(reader: Browser, api: FakeApi) -> None:
    pages = '{"total": 250, "page": 1, "total_pages": 3}'
    records.give(api, "report-cards", records.report_card("a"), **{"X-Pagination": pages})

    reader.get(f"{HOME}/bulletins")

    assert [each["page"] for each in asked(api, "report-cards")] == ["1", "2", "3"]


@pytest.mark.requirement("RE-04")
def test_ministerial_results_show_what_they_are_made_of(reader: Browser, api: FakeApi) -> None:
    records.give(
        api,
        "ministerial-results",
        records.ministerial_result(),
        records.ministerial_result(id="ministerial-2", session="2027-01", mark="91", is_passed=None, units=None),
    )

    page = reader.get(f"{HOME}/resultats/ministeriels").text
    text = text_of(page)

    assert re.findall(r"Session de ([^<]+)<", page) == ["janvier 2027", "juin 2026"]
    for words in ("Note de l’école 81", "Note modérée 79", "Note à l’épreuve 75", "Unités 4", "Réussi"):
        assert words in text


@pytest.mark.requirement("RE-05")
def test_assignments_stand_by_subject_with_what_is_to_do(reader: Browser, api: FakeApi) -> None:
    records.give(api, "assignments", records.assignment("Exposé oral"), records.assignment("Dictée", status="graded"))

    text = text_of(reader.get(f"{HOME}/resultats/travaux").text)

    assert "à remettre le 27 novembre 2026" in text
    assert "À faire" in text
    assert "Corrigé par l’enseignant" in text


@pytest.mark.requirement("RE-06")
def test_report_cards_stand_by_school_year_with_their_pdf(reader: Browser, api: FakeApi) -> None:
    records.give(
        api,
        "report-cards",
        records.report_card("b2"),
        records.report_card("b1", type="first_communication", term=None, document=None),
        records.report_card("a3", school_year="2025-2026", term=3, subjects=[]),
    )

    page = reader.get(f"{HOME}/bulletins").text

    assert re.findall(r"Année (20\d\d-20\d\d)</h2>", page) == ["2026-2027", "2025-2026"]
    assert re.findall(r"<h3>([^<]+)</h3>", page) == [
        "Bulletin de l’étape 1",
        "Première communication",
        "Bulletin de l’étape 3",
    ]
    assert re.findall(r'href="/enfants/child-1/bulletins/([^"]+)"', page) == ["b2", "b2/document", "b1", "a3/document"]
    assert "/api/v1/" not in page


@pytest.mark.requirement("RE-07")
def test_without_a_report_card_the_school_is_named(reader: Browser) -> None:
    text = text_of(reader.get(f"{HOME}/bulletins").text)

    assert "communiquez avec le secrétariat de l’école" in text
    assert "418 555-0123" in text


@pytest.mark.requirement("RE-06")
def test_a_report_card_is_read_on_its_page(reader: Browser, api: FakeApi) -> None:
    records.give(api, "report-cards", records.report_card("b2"))

    answer = reader.get(f"{HOME}/bulletins/b2")
    text = text_of(answer.text)

    for words in (
        *("Bulletin de l’étape 1", "Maïka Simard", "École du Fjord", "Mathématique", "M. Pelletier"),
        *("82 %", "groupe : 74,5 %", "Belle persévérance.", "Une bonne première étape.", "Étape 1 3 1"),
    ):
        assert words in text
    assert reader.get(f"{HOME}/bulletins/unknown").status_code == 404


@pytest.mark.requirement("RE-08", "RE-09")
def test_each_ledger_says_how_it_stands_and_how_it_is_paid(reader: Browser, api: FakeApi) -> None:
    records.give(
        api,
        "statements",
        records.statement("s3"),
        records.statement("s2", issued_on="2026-10-01", balance="90.00"),
        records.statement("e1", ledger="school", ledger_label="École", balance="0.00", how_to_pay=None, payee=None),
        records.statement(
            "i1", ledger="sports", ledger_label="Intersport", balance="-12.00", how_to_pay=None, payee=None
        ),
    )

    page = reader.get(f"{HOME}/finances").text
    text = text_of(page)

    assert re.findall(r'<h2 id="account-\d">([^<]+)', page) == ["École", "Intersport", "Service de garde"]
    assert "Rien à payer 0,00 $" in text
    assert "Crédit en votre faveur 12,00 $" in text
    assert "Solde à payer 182,75 $ À payer au plus tard le 1er décembre 2026" in text
    assert re.findall(r"<code[^>]*>([^<]+)</code>", page) == ["0098123"]
    assert "CSS DES RIVES-DU-SAGUENAY" in text
    assert "États de compte précédents" in text
    assert "card" not in {field.lower() for field in re.findall(r'<input[^>]+name="([^"]+)"', page)}


@pytest.mark.requirement("RE-08")
def test_a_day_that_has_passed_is_not_announced_as_to_come(reader: Browser, api: FakeApi) -> None:
    records.give(api, "statements", records.statement("s3", issued_on="2026-10-01", due_on="2026-11-24"))
    assert "L’échéance était le 24 novembre 2026" in text_of(reader.get(f"{HOME}/finances").text)

    records.give(api, "statements", records.statement("s3", issued_on="2026-10-01", due_on=TODAY))
    assert "À payer au plus tard le 25 novembre 2026" in text_of(reader.get(f"{HOME}/finances").text)


@pytest.mark.requirement("RE-11")
def test_a_statement_shows_its_lines_and_an_older_one_is_not_to_be_paid(reader: Browser, api: FakeApi) -> None:
    records.give(api, "statements", records.statement("s3"), records.statement("s2", issued_on="2026-10-01"))

    newest = text_of(reader.get(f"{HOME}/finances/s3").text)
    older = text_of(reader.get(f"{HOME}/finances/s2").text)

    assert "Garde de novembre 1er novembre 2026 200,00 $ Paiement -17,25 $ Solde 182,75 $" in newest
    assert "Comment payer" in newest
    assert "Un état de compte plus récent existe, du 1er novembre 2026." in older
    assert "Comment payer" not in older
    assert reader.get(f"{HOME}/finances/unknown").status_code == 404


@pytest.mark.requirement("RE-10")
def test_a_tax_slip_shows_its_boxes(reader: Browser, api: FakeApi) -> None:
    records.give(api, "tax-slips", records.tax_slip())

    page = reader.get(f"{HOME}/finances/releves-fiscaux").text

    assert "Relevé 24 – Frais de garde d’enfants 2025" in page
    assert "Case E Frais admissibles 1 450,00 $" in text_of(page)
    assert f'href="{HOME}/finances/releves-fiscaux/slip-1/document"' in page


@pytest.mark.requirement("RE-12", "RE-13")
def test_a_teachers_name_opens_the_parents_own_mail(reader: Browser, api: FakeApi) -> None:
    api.answer("GET", f"{CHILD}/file", 200, {"file": records.file(), "empty_reason": None})

    page = reader.get(f"{HOME}/dossier").text
    text = text_of(page)

    assert page.count('href="mailto:roy@ecole.example.org"') == 2
    assert "M. Suppléant" in text
    for words in ("Autobus 21", "Parcours 204", "Arrêt : Coin des Pins", "7 h 25", "Casier 118"):
        assert words in text


@pytest.mark.requirement("RE-02")
def test_this_weeks_agenda_begins_with_today(reader: Browser, api: FakeApi) -> None:
    records.give(
        api,
        "agenda",
        records.agenda_entry("Examen", "2026-11-27", type="exam", starts_at="09:05", ends_at="10:20"),
        records.agenda_entry("Devoir", TODAY, starts_at="13:00"),
        records.agenda_entry("Lecture", TODAY),
        records.agenda_entry("Congé", "2026-11-20", end_date="2026-11-24", type="day_off"),
        records.agenda_entry("Fini", "2026-11-19"),
    )

    page = reader.get(f"{HOME}/agenda").text

    assert asked(api, "agenda") == [{"from": "2026-11-02", "to": "2026-11-29", "page": "1", "page_size": "100"}]
    days = re.findall(r'aria-labelledby="day-([\d-]+)"', page)
    assert days == [TODAY, "2026-11-27", "2026-11-23", "2026-11-24"]
    assert re.findall(r"<strong>([A-Z]\w+)</strong>", page) == ["Lecture", "Devoir", "Examen", "Congé", "Congé"]
    assert "Aujourd’hui" in page
    assert "9\u00a0h\u00a005" in page


def test_a_free_day_is_said_to_be_free_today_alone(reader: Browser, api: FakeApi) -> None:
    records.give(api, "agenda", reason="none")

    this_week = text_of(reader.get(f"{HOME}/agenda").text)
    other_week = text_of(reader.get(f"{HOME}/agenda?week=2027-01-06").text)

    assert "Aujourd’hui mercredi 25 novembre 2026 Rien à l’agenda." in this_week
    assert "Semaine du 4 janvier 2027" in other_week
    assert "Il n’y a rien à l’agenda cette semaine-là." in other_week
    assert "Cette semaine" in other_week


@pytest.mark.parametrize("week", ["demain", "9999-12-31", "0001-01-01", ""])
def test_a_week_that_is_none_is_no_fault(reader: Browser, week: str) -> None:
    assert reader.get(f"{HOME}/agenda?week={week}").status_code == 200


@pytest.mark.requirement("RE-14")
def test_messages_say_which_are_new(reader: Browser, api: FakeApi) -> None:
    api.answer("GET", f"{CHILD}/tiles", 200, {"tiles": [records.tile("messages", unread_count=2)]})
    records.give(
        api,
        "messages",
        records.message("m2", is_important=True),
        records.message("m1", is_read=True, subject="Photos"),
        **{"X-Pagination": '{"total": 40, "page": 1, "total_pages": 2}'},
    )

    page = reader.get(f"{HOME}/messages").text

    assert "2 messages non lus" in text_of(page)
    assert page.count('class="letter is-unread"') == 1
    assert page.count("Important") == 1
    assert f'href="{HOME}/messages?page=2"' in page


@pytest.mark.requirement("RE-14")
def test_a_message_is_read_by_being_opened(reader: Browser, api: FakeApi) -> None:
    api.answer("PATCH", f"{CHILD}/messages/m2", 200, records.message("m2", is_read=True))

    page = reader.get(f"{HOME}/messages/m2").text

    [patched] = [each for each in api.seen if each.method == "PATCH"]
    assert patched.content == b'{"is_read":true}'
    assert "L’école est fermée vendredi." in page
    assert '<a href="https://ecole.example.org/congés" rel="noopener noreferrer">' in page
    assert '<a href="https://ecole.example.org/calendrier" rel="noopener noreferrer">' in page


@pytest.mark.requirement("RE-14")
@pytest.mark.parametrize(("is_read", "sent"), [("no", b'{"is_read":false}'), ("yes", b'{"is_read":true}')])
def test_a_message_is_marked_by_its_form(reader: Browser, api: FakeApi, is_read: str, sent: bytes) -> None:
    api.answer("PATCH", f"{CHILD}/messages/m2", 200, records.message("m2"))
    page = f"{HOME}/messages"

    answer = reader.send(f"{page}/m2/lecture", page=page, is_read=is_read, page_number="1")

    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert [each.content for each in api.seen if each.method == "PATCH"] == [sent]


def test_what_a_school_writes_is_no_markup(reader: Browser, api: FakeApi) -> None:
    wicked = "<img src=x onerror=alert(1)>"
    records.give(api, "results", records.result(wicked, "70 %"), records.result(wicked, "80 %", term=2))
    api.answer("PATCH", f"{CHILD}/messages/m2", 200, records.message("m2", subject=wicked, body=wicked))

    pages = [reader.get(f"{HOME}/resultats").text, reader.get(f"{HOME}/messages/m2").text]

    assert [page for page in pages if "<img src=x" in page or "&lt;img src=x" not in page] == []


@pytest.mark.requirement("RE-15")
def test_resources_are_links_by_title(reader: Browser, api: FakeApi) -> None:
    records.give(api, "resources", records.resource("Lecture"), records.resource("aide aux devoirs"))

    page = reader.get(f"{HOME}/ressources").text

    assert re.findall(r'<h2 id="resource-\d">([^<]+)', page) == ["aide aux devoirs", "Lecture"]
    assert page.count('<a href="https://www.alloprof.qc.ca/" rel="noopener noreferrer">') == 2


@pytest.mark.requirement("RE-16")
def test_the_schools_contact_details_lead_to_it(reader: Browser) -> None:
    page = reader.get(f"{HOME}/nous-joindre").text

    assert 'href="tel:418555-0123"' in page
    assert 'href="mailto:secretariat@ecole-du-fjord.example.org"' in page
    assert "8 h à 16 h" in page
