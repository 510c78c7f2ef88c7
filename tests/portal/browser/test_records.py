from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.portal.browser.conftest import PASSWORD, Visitor
from tests.support import registries, school_year
from tests.support.registries import Pupil, SchoolFile
from tests.support.school_year import TERM
from tests.support.system import Parent, SchoolSystem, System, wait_until

pytestmark = pytest.mark.slow

BOARD, BOARD_NAME = "723000", "rives-du-saguenay"
SCOPES = ("registry.write", "records.read", "records.write")
QUEBEC = ZoneInfo("America/Toronto")
# The fourth year of secondary, and the third of primary.
FOURTH, THIRD = "10", "03"
LARGE = b"%PDF-1.7\n" + b"% bulletin\n" * 200_000 + b"%%EOF\n"


def pupil(number: int, *, grade: str = FOURTH) -> Pupil:
    return Pupil(
        source_id=f"portail-{number}",
        given_name="Maïka",
        family_name="Simard",
        birth_on=date(2011, 1, 1) + timedelta(days=number),
        file_number=f"{7_600_000 + number}",
        grade=grade,
        guardians=(f"reader{number}",),
    )


PUPILS = tuple(pupil(number, grade=THIRD if number == 9 else FOURTH) for number in range(1, 11))


@pytest.fixture(scope="module")
def school(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SchoolSystem]:
    """The system of a board whose pupils these are."""
    parents = tuple(
        registries.Parent(source_id=each.guardians[0], email=f"{each.guardians[0]}@example.org") for each in PUPILS
    )
    registry = SchoolFile(code=BOARD, pupils=PUPILS, parents=parents)
    with SchoolSystem(system, BOARD, scopes=SCOPES) as made:
        handed_over = made.hand_over(registries.write(registry, tmp_path_factory.mktemp("readers") / "registry"))
        assert handed_over.status_code == 201, handed_over.text
        wait_until(lambda: made.http.get("/releases"), lambda answer: answer.status_code == 200)
        yield made


@pytest.fixture
def make_reader(
    system: System, school: SchoolSystem, make_visitor: Callable[..., Visitor]
) -> Callable[..., tuple[Visitor, Pupil, str]]:
    """Sign the guardian of a pupil up, prove the child, and open a browser that is signed in."""

    def make(number: int, **options: object) -> tuple[Visitor, Pupil, str]:
        child = PUPILS[number - 1]
        with Parent(system, f"{child.guardians[0]}@example.org") as parent:
            parent.sign_up(PASSWORD)
            child_id = parent.claim_pupil(child, at=BOARD_NAME)
            wait_until(lambda: parent.get(f"/children/{child_id}/tiles"), lambda answer: answer.status_code == 200)
        visitor = make_visitor(parent.email, **options)
        visitor.sign_in()
        return visitor, child, child_id

    return make


@pytest.mark.requirement("RE-03")
@pytest.mark.parametrize(("number", "script"), [(1, True), (2, False)], ids=["with-javascript", "without-javascript"])
def test_a_term_is_seen_when_the_school_releases_it_and_not_a_word_before(
    make_reader: Callable[..., tuple[Visitor, Pupil, str]], school: SchoolSystem, number: int, script: bool
) -> None:
    reader, child, child_id = make_reader(number, java_script_enabled=script)
    results = f"/enfants/{child_id}/resultats"
    reader.open(results)
    before = reader.page.inner_text("main")

    release = f"{TERM}-{number}"
    for term, mark in ((1, 82), (2, 78)):
        school_year.result(school, child, mark, term=term, release=release)
    reader.open(results)
    assert reader.page.inner_text("main") == before
    assert reader.says("Aucun résultat n’est publié cette année pour l’instant.")

    assert school.http.put(f"/releases/{release}", json={"is_published": True}).is_success
    reader.open(results)
    expect(reader.page.get_by_role("img", name="Résultats en Mathématique au fil des étapes")).to_be_visible()
    assert reader.page.locator("table .mark").all_inner_texts() == ["82 %", "78 %"]
    assert reader.says("Moyenne du groupe")

    school_year.result(school, child, 88, term=2, release=release)
    reader.open(results)
    assert reader.page.locator("table .mark").all_inner_texts() == ["82 %", "88 %"]
    expect(reader.page.locator("table .is-corrected")).to_have_count(1)
    reader.page.get_by_role("link", name="Étape 1").click()
    expect(reader.page.locator("table .mark")).to_have_text(["82 %"])


@pytest.mark.requirement("RE-06")
def test_a_report_card_is_read_printed_and_kept(
    make_reader: Callable[..., tuple[Visitor, Pupil, str]], school: SchoolSystem
) -> None:
    reader, child, child_id = make_reader(3)
    school_year.report_card(school, child, "b-3")
    school_year.report_card(school, child, "b-3-ancien", school_year="2025-2026", issued_on="2026-06-28", term=3)
    school_year.document(school, "report-cards", "b-3-ancien", LARGE)

    reader.open(f"/enfants/{child_id}/bulletins")
    assert reader.page.locator("h2").all_inner_texts() == ["Année 2026-2027", "Année 2025-2026"]
    reader.page.get_by_role("link", name="Lire").first.click()
    expect(reader.page.locator("h1")).to_have_text("Bulletin de l’étape 1")
    assert reader.violations() == []
    reader.page.emulate_media(media="print")
    for seen in ("h1", "text=Maïka Simard >> nth=-1", "text=77 %", "text=Continue ainsi.", "text=Une bonne étape."):
        expect(reader.page.locator(seen)).to_be_visible()
    for hidden in (".top", ".tiles-menu", ".whose", ".others", ".not-printed", ".bottom", ".back"):
        expect(reader.page.locator(hidden)).to_be_hidden()
    reader.page.emulate_media(media="screen")

    with reader.page.expect_download() as made:
        reader.page.get_by_role("link", name="Télécharger le PDF").click()
    assert made.value.path().read_bytes().startswith(b"%PDF-")
    assert made.value.suggested_filename.endswith(".pdf")
    reader.open(f"/enfants/{child_id}/bulletins")
    with reader.page.expect_download() as sent:
        reader.page.get_by_role("link", name="Télécharger le PDF").last.click()
    assert sent.value.path().read_bytes() == LARGE


@pytest.mark.requirement("RE-06", "SES-9")
def test_a_document_is_given_in_parts_is_kept_nowhere_and_ends_with_its_publication(
    make_reader: Callable[..., tuple[Visitor, Pupil, str]], school: SchoolSystem
) -> None:
    reader, child, child_id = make_reader(4)
    entry_id = school_year.report_card(school, child, "b-4")
    school_year.document(school, "report-cards", "b-4", LARGE)
    address = f"{reader.system.url}/enfants/{child_id}/bulletins/{entry_id}/document"

    whole = reader.context.request.get(address)
    part = reader.context.request.get(address, headers={"Range": "bytes=0-999", "If-Range": whole.headers["etag"]})
    same = reader.context.request.get(address, headers={"If-None-Match": whole.headers["etag"]})
    assert (whole.status, whole.body(), whole.headers["cache-control"]) == (200, LARGE, "private, no-store")
    assert (part.status, part.body()) == (206, LARGE[:1000])
    assert part.headers["content-range"] == f"bytes 0-999/{len(LARGE)}"
    assert same.status == 304
    assert reader.page.evaluate("document.cookie") == ""
    assert {each["httpOnly"] for each in reader.context.cookies()} == {True}

    reader.open(f"/enfants/{child_id}/bulletins")
    assert school.http.delete("/report-cards/b-4/publication").is_success
    reader.page.get_by_role("link", name="Télécharger le PDF").click()
    expect(reader.page.locator("main h1")).to_have_count(1)
    assert reader.path().endswith(f"/bulletins/{entry_id}/document")
    expect(reader.page.get_by_role("link", name="Revenir à la première page")).to_be_visible()


@pytest.mark.requirement("RE-08", "RE-09", "RE-11")
def test_a_balance_says_how_it_is_paid_at_ones_bank(
    make_reader: Callable[..., tuple[Visitor, Pupil, str]], school: SchoolSystem
) -> None:
    reader, child, child_id = make_reader(5, permissions=["clipboard-read", "clipboard-write"])
    school_year.statement(school, child, "garde-5")
    school_year.statement(school, child, "ecole-5", ledger="school", balance="0.00", lines=[], payee=None)

    reader.open(f"/enfants/{child_id}/finances")
    assert reader.says("Rien à payer")
    assert reader.says("182,75 $")
    assert reader.says("0098123")
    assert reader.page.locator("main input:visible").count() == 0
    reader.page.get_by_role("button", name="Copier").click()
    expect(reader.page.get_by_role("button", name="Copié")).to_be_visible()
    assert reader.page.evaluate("navigator.clipboard.readText()") == "0098123"
    assert reader.violations() == []
    reader.page.get_by_role("link", name="Voir l’état de compte – Service de garde").click()
    expect(reader.page.locator("main")).to_contain_text("Garde de novembre")


@pytest.mark.requirement("RE-14")
def test_messages_are_read_and_marked_without_javascript(
    make_reader: Callable[..., tuple[Visitor, Pupil, str]], school: SchoolSystem
) -> None:
    reader, child, child_id = make_reader(6, java_script_enabled=False)
    for source_id, subject in (("m-6-a", "Journée pédagogique"), ("m-6-b", "Photos scolaires")):
        school_year.message(school, child, source_id, subject)

    reader.open(f"/enfants/{child_id}/messages")
    assert reader.says("2 messages non lus")
    reader.page.get_by_role("link", name="Journée pédagogique").click()
    expect(reader.page.locator("main")).to_contain_text("L’école est fermée vendredi.")
    expect(reader.page.locator(".tiles-menu .count")).to_contain_text("1")
    reader.page.get_by_role("button", name="Marquer comme non lu").click()
    expect(reader.page.locator("main")).to_contain_text("Le message est marqué comme non lu.")
    assert reader.says("2 messages non lus")
    reader.page.get_by_role("button", name="Marquer comme lu – Photos scolaires").click()
    expect(reader.page.locator("main")).to_contain_text("1 message non lu")
    expect(reader.page).to_have_url(f"{reader.system.url}/enfants/{child_id}/messages")


@pytest.mark.requirement("RE-02")
def test_the_agenda_begins_with_today_and_leads_through_the_weeks(
    make_reader: Callable[..., tuple[Visitor, Pupil, str]], school: SchoolSystem
) -> None:
    reader, child, child_id = make_reader(7)
    today = datetime.now(QUEBEC).date()
    next_week = school_year.monday_of(today) + timedelta(days=8)
    school_year.agenda_entry(school, child, "Lecture", today)
    school_year.agenda_entry(school, child, "Examen", next_week, type="exam", starts_at="9h05")

    reader.open(f"/enfants/{child_id}/agenda")
    expect(reader.page.locator("main h2").first).to_contain_text("Aujourd’hui")
    assert reader.says("Lecture")
    assert not reader.says("9 h 05")
    reader.page.get_by_role("link", name="Semaine suivante").click()
    expect(reader.page.locator("main")).to_contain_text("9 h 05")
    assert reader.violations() == []
    reader.page.get_by_role("link", name="Cette semaine").click()
    expect(reader.page.locator("main")).to_contain_text("Lecture")


@pytest.mark.requirement("RE-04")
def test_ministerial_results_of_the_fourth_year_wait_for_their_day(
    make_reader: Callable[..., tuple[Visitor, Pupil, str]], school: SchoolSystem
) -> None:
    reader, child, child_id = make_reader(8)
    today = datetime.now(QUEBEC).date()
    page = f"/enfants/{child_id}/resultats/ministeriels"
    reader.open(page)
    before = reader.page.inner_text("main")
    school_year.send(
        school,
        "ministerial-results",
        "histoire-8",
        student_source_id=child.source_id,
        subject="Histoire du Québec et du Canada",
        session=f"{today:%Y-%m}",
        exam_on=today.isoformat(),
        mark="78",
        is_passed=True,
    )
    reader.open(page)
    assert reader.page.inner_text("main") == before

    session = f"/ministerial-sessions/{today:%Y-%m}"
    assert school.http.put(session, json={"released_on": today.isoformat()}).is_success
    reader.open(page)
    assert reader.says("Histoire du Québec et du Canada")
    assert reader.says("Réussi")
    assert reader.violations() == []


@pytest.mark.requirement("RE-02", "RE-04", "RE-07", "RE-10")
def test_a_child_in_primary_has_what_is_of_primary_and_is_told_why(
    make_reader: Callable[..., tuple[Visitor, Pupil, str]],
) -> None:
    reader, _, child_id = make_reader(9)

    reader.open(f"/enfants/{child_id}/agenda")
    assert reader.says("Au primaire, l’agenda ne contient pas encore d’informations.")
    reader.open(f"/enfants/{child_id}/resultats")
    expect(reader.page.get_by_role("link", name="Résultats ministériels")).to_have_count(0)
    reader.open(f"/enfants/{child_id}/finances/releves-fiscaux")
    assert reader.says("inscrits au service de garde")
    reader.open(f"/en/children/{child_id}/report-cards")
    assert reader.says("No report card is published yet.")


@pytest.mark.requirement("RE-12", "RE-13", "RE-15", "RE-16", "RE-17")
def test_the_file_and_what_the_school_offers(
    make_reader: Callable[..., tuple[Visitor, Pupil, str]], school: SchoolSystem
) -> None:
    reader, child, child_id = make_reader(10)
    school_year.file(school, child)
    links = [{"label": "Alloprof", "url": "https://www.alloprof.qc.ca/"}]
    school_year.send(school, "resources", "aide", title="Aide aux devoirs", links=links)
    school_year.send(school, "contacts", "centre", name="École du Fjord", phone="418 555-0123")

    reader.open(f"/enfants/{child_id}/dossier")
    expect(reader.page.get_by_role("link", name="Mme Roy")).to_have_attribute(
        "href", "mailto:roy@ecole-du-fjord.example.org"
    )
    assert reader.says("Autobus 21")
    assert reader.violations() == []
    reader.open(f"/enfants/{child_id}/ressources")
    expect(reader.page.get_by_role("link", name="Alloprof")).to_have_attribute("href", "https://www.alloprof.qc.ca/")
    reader.open(f"/enfants/{child_id}/nous-joindre")
    expect(reader.page.get_by_role("link", name="418 555-0123")).to_be_visible()
    reader.page.get_by_role("link", name="Demander de l’aide à l’école").click()
    expect(reader.page).to_have_url(f"{reader.system.url}/nous-joindre/ecrire?child_id={child_id}")
