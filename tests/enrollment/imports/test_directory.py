from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from services.enrollment.context import Context
from services.enrollment.directory_files import BOARDS, DEMONSTRATION_PRIVATE_SCHOOLS, DEMONSTRATION_SCHOOLS
from services.enrollment.errors import DirectoryMalformed, OrganisationUnknown
from services.enrollment.models import Organisation, School
from services.enrollment.operations import directory, organisations, subscriptions
from tests.support.registries import ORGANISATION_CODE, Office, school_of

OPEN_DATA = Path(__file__).parents[4] / "shared" / "data"
NAMES = ("quebec_schools.csv", "quebec_private_schools.csv", "quebec_boards.csv")
SCHOOL_COLUMNS = "code,board_code,name,address,city,postal_code,preschool,primary,secondary,vocational,adult,website\n"


@pytest.fixture
def take_in(ctx: Context, tmp_path: Path) -> Callable[..., dict[str, int]]:
    """Import directory files (paths, or name → text) and return the counts."""

    def run(*paths: Path, **texts: str) -> dict[str, int]:
        written = []
        for name, content in texts.items():
            written.append(tmp_path / f"{name}.csv")
            written[-1].write_text(content, "utf-8")
        report = directory.import_directory(ctx, paths=[*paths, *written], rejections_path=tmp_path / "rejected.csv")
        return dict(report.counts)

    return run


def one(ctx: Context, model: Any, code: str) -> Any:
    with ctx.db.read() as session:
        return session.scalars(select(model).where(model.code == code)).one()


def first_page(ctx: Context, **asked: Any) -> list[str]:
    page = organisations.list_organisations(ctx, **{"search": "", "kind": "public", "offset": 0, "limit": 6, **asked})
    return [item["former_name"] or item["name"] for item in page.items]


@pytest.mark.skipif(not OPEN_DATA.is_dir(), reason=f"the open data is not at {OPEN_DATA}")
def test_import_directory_takes_the_open_data_of_the_ministry(ctx: Context, take_in: Callable) -> None:
    # Schools are given before their boards on purpose.
    assert take_in(*(OPEN_DATA / name for name in NAMES)) == {"organisations_new": 330, "schools_new": 2745}
    assert take_in(*(OPEN_DATA / name for name in NAMES)) == {}


@pytest.mark.requirement("EN-03", "EN-04", "EN-06", "EN-08")
def test_import_directory_takes_what_the_product_ships(ctx: Context, take_in: Callable) -> None:
    counts = take_in(DEMONSTRATION_SCHOOLS, DEMONSTRATION_PRIVATE_SCHOOLS, BOARDS)
    with ctx.db.read() as session:
        kinds = dict(session.execute(select(Organisation.kind, func.count()).group_by(Organisation.kind)).all())
    assert kinds["public"] == 72
    assert counts["organisations_new"] == sum(kinds.values())
    assert first_page(ctx, limit=5) == [
        *("CS au Coeur-des-Vallées", "CS Central Québec", "CS crie", "CS de Charlevoix"),
        "CS de Kamouraska-Rivière-du-Loup",
    ]
    assert first_page(ctx, search="css des phares") == ["CS des Phares"]
    assert first_page(ctx, kind="private") != []


def test_import_directory_corrects_and_takes_nothing_away(ctx: Context, take_in: Callable) -> None:
    columns = "code,name,former_name,network\n"
    take_in(boards=columns + "712000,CSS des Phares,CS des Phares,francophone\n713000,CSS Autre,,anglophone\n")
    before = one(ctx, Organisation, "712000")
    assert take_in(boards=columns + "712000,CSS du Fleuve,CSS des Phares,francophone\n") == {"organisations_changed": 1}
    after = one(ctx, Organisation, "712000")
    assert (after.id, after.name, after.former_name) == (before.id, "CSS du Fleuve", "CSS des Phares")
    assert first_page(ctx, search="fleuve") == ["CSS des Phares"]
    assert one(ctx, Organisation, "713000").name == "CSS Autre"


def test_import_directory_lists_what_it_leaves_out(take_in: Callable, tmp_path: Path) -> None:
    counts = take_in(
        boards="code,name,network\n712000,CSS des Phares,francophone\n712000,Encore,francophone\n71,Court,francophone\n",
        schools=SCHOOL_COLUMNS + "712001,712000,École,,,,1,1,0,0,0,\n999001,999000,École perdue,,,,1,0,0,0,0,\n",
        private_schools="code,name,city\n712000,Collège,Rimouski\n001500,Académie,Joliette\n",
    )
    assert counts == {"organisations_new": 2, "schools_new": 1, "lines_rejected": 4}
    lines = (tmp_path / "rejected.csv").read_text("utf-8").splitlines()[1:]
    assert sorted(line.split(",")[:3] for line in lines) == [
        ["boards.csv", "3", "line_twice"],
        ["boards.csv", "4", "code_malformed"],
        ["private_schools.csv", "2", "line_twice"],
        ["schools.csv", "3", "organisation_unknown"],
    ]


def test_import_directory_keeps_the_kind_of_an_organisation(take_in: Callable) -> None:
    take_in(boards="code,name,network\n712000,CSS des Phares,francophone\n")
    assert take_in(private_schools="code,name,city\n712000,Collège,Rimouski\n") == {"lines_rejected": 1}


def test_import_directory_refuses_a_file_of_no_kind_and_changes_nothing(ctx: Context, take_in: Callable) -> None:
    with pytest.raises(DirectoryMalformed) as refusal:
        take_in(boards="code,name,network\n712000,CSS des Phares,francophone\n", fruit="apples,pears\n1,2\n")
    assert (refusal.value.facts["file"], refusal.value.facts["reason"]) == ("fruit.csv", "columns_unknown")
    assert first_page(ctx) == []


def test_import_registry_finds_its_schools_in_the_directory(office: Office, take_in: Callable) -> None:
    schools = "712001,712000,École du Mistral,,Rimouski,,1,1,0,0,0,\n712099,712000,École seule,,,,0,0,1,0,0,\n"
    take_in(schools=SCHOOL_COLUMNS + schools)
    known = one(office.ctx, School, "712001")
    office.hand_over(school_of(2))
    school = one(office.ctx, School, "712001")
    assert (school.id, school.source_id, school.name, school.city) == (
        known.id,
        "school-1",
        "École school-1",
        "Rimouski",
    )
    assert office.student("s1").school_id == known.id
    # The registry's name stays, the rest follows the directory; a school that no registry names is not closed by one.
    assert take_in(schools=SCHOOL_COLUMNS + schools.replace("Rimouski", "Mont-Joli")) == {"schools_changed": 1}
    school = one(office.ctx, School, "712001")
    assert (school.name, school.city) == ("École school-1", "Mont-Joli")
    assert one(office.ctx, School, "712099").status == "active"


def test_import_registry_closes_a_school_that_its_file_no_longer_has(office: Office) -> None:
    office.hand_over(school_of(2))
    office.hand_over(school_of(2, schools=("school-1",)))
    assert one(office.ctx, School, "712002").status == "gone"
    office.hand_over(school_of(2))
    assert one(office.ctx, School, "712002").status == "active"


@pytest.mark.parametrize("ask", [subscriptions.subscribe, subscriptions.unsubscribe])
def test_subscribe_refuses_an_unknown_organisation(ctx: Context, ask: Callable) -> None:
    with pytest.raises(OrganisationUnknown):
        ask(ctx, organisation_code=ORGANISATION_CODE)
