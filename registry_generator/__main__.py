"""`python -m registry_generator`: write a synthetic registry."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from registry_generator.files import FORMATS, Format
from registry_generator.generation import generate
from registry_generator.people import MOST_STUDENTS

_TOLD_EVERY = 500


@click.command()
@click.option("--organisation", required=True, metavar="CODE", help="Six-digit code of the board or private school.")
@click.option("--students", type=click.IntRange(0, MOST_STUDENTS), default=1000, show_default=True, help="How many.")
@click.option("--format", type=click.Choice(FORMATS), default="oneroster-1.1", show_default=True, help="File format.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same registry.")
@click.option(
    "--output", required=True, type=click.Path(path_type=Path), help="Folder to write to; with --zip, the file."
)
@click.option(
    "--directory",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Directory CSV of boards, schools or private schools (may be given several times). "
    "Without it, a few invented demonstration schools serve.",
)
@click.option("--zip", "as_zip", is_flag=True, help="Write one zip instead of a folder.")
@click.option("--replace", is_flag=True, help="Replace the registry that is there.")
@click.option(
    "--shared-with", metavar="CODE", help="Another organisation, to share families with: same seed, both ways."
)
@click.option(
    "--shared-families", type=click.IntRange(0), default=0, help="How many: one e-mail, three children, two boards."
)
@click.option(
    "--changed",
    "changed_percent",
    type=click.FloatRange(0, 100),
    default=0.0,
    help="Percentage of students whose given name was corrected since (for a second import).",
)
@click.option("--change-seed", type=int, default=1, help="Which students were corrected.")
@click.option(
    "--school-year", type=click.IntRange(2005, 2080), default=2026, show_default=True, help="Year in which it begins."
)
def main(
    *,
    organisation: str,
    students: int,
    format: Format,
    seed: int,
    output: Path,
    directory: tuple[Path, ...],
    as_zip: bool,
    replace: bool,
    shared_with: str | None,
    shared_families: int,
    changed_percent: float,
    change_seed: int,
    school_year: int,
) -> None:
    """Write a synthetic student registry of one organisation.

    Names and cases are those that trip software up: accents, hyphens, apostrophes, two-letter and compound names, twins, same-name pairs,
    separated guardians, one e-mail for three children in two boards, permanent codes of girls and of people born before 2000. E-mails lie at
    example.com, .org and .net.

    \b
    python -m registry_generator --organisation 712000 --students 1000 --seed 7 --output var/registry
    python -m registry_generator --organisation 732000 --students 70000 --format sds-2.1 --zip \\
        --directory quebec_schools.csv --output var/capitale.zip
    """
    if not (len(organisation) == 6 and organisation.isascii() and organisation.isdigit()):
        raise click.BadParameter("a code has six digits", param_hint="--organisation")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # The bar goes where it disturbs nobody who reads the output.
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("students", total=students)
        told = 0

        def tell(made: int) -> None:
            nonlocal told
            if made - told >= _TOLD_EVERY:
                told = made
                progress.update(task, completed=made)

        try:
            generated = generate(
                output,
                organisation=organisation,
                students=students,
                format=format,
                seed=seed,
                directory=directory,
                as_zip=as_zip,
                replace=replace,
                shared_with=shared_with,
                shared_families=shared_families,
                changed_percent=changed_percent,
                change_seed=change_seed,
                school_year=school_year,
                on_progress=tell,
            )
        except (ValueError, OSError) as refused:
            raise click.ClickException(str(refused)) from None
    click.echo(
        f"{generated.path}: {generated.students} students, {generated.guardians} guardians, {generated.schools} schools ({format})"
    )


if __name__ == "__main__":
    main()
