"""`python -m deploy.checks …`: everything, one overlay before production, or what would be applied."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from deploy.checks import code, combinations, faults, lint, rendering, schemas, targets, tools
from deploy.checks.code import alerts
from deploy.checks.objects import Finding, Objects
from deploy.checks.rendering import KUBERNETES, CannotRender
from shared import logs


@click.group(invoke_without_command=True, help="Check what operators deploy.")
@click.pass_context
def commands(context: click.Context) -> None:
    """Without a command, check everything."""
    logs.configure(part="deploy checks", as_json=False, stream=sys.stderr)
    if context.invoked_subcommand is None:
        everything()


@commands.command("production")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def of_production(folder: Path) -> None:
    """Check the overlay FOLDER as it would be applied: nothing may still stand for another value."""
    report = Report()
    objects = rendering.render(folder)
    report.add(folder.name, [*lint.application(objects), *code.application(objects), *schemas.check(objects)])
    report.add(f"{folder.name}: values to change", lint.placeholders(objects))
    report.leave()


@commands.command("render")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def show(folder: Path) -> None:
    """Print what `kubectl apply -k FOLDER` would send."""
    click.echo(rendering.render_text(folder), nl=False)


@commands.command("install")
def install() -> None:
    """Fetch the tools that have an environment of their own."""
    tools.install_checkov()


class Report:
    """Says what was looked at, how long it took and what was found; leaves with 1 when anything was."""

    def __init__(self) -> None:
        self._count = 0
        self._begun = time.monotonic()

    def add(self, what: str, found: Iterable[Finding]) -> None:
        """Print what was found; the time is what finding it took."""
        begun, listed = time.monotonic(), list(found)
        state = "ok" if not listed else f"{len(listed)} found"
        click.echo(f"{what:<44} {state:<10} {time.monotonic() - begun:5.1f} s")
        for finding in listed:
            click.echo(f"    {finding}")
        self._count += len(listed)

    def leave(self) -> None:
        """End with the sum."""
        click.echo(f"{self._count} found in {time.monotonic() - self._begun:.0f} s")
        sys.exit(1 if self._count else 0)


def everything() -> None:
    """Check all overlays, components, the platform, the other files, and the checks themselves."""
    report, rendered = Report(), {}
    if not schemas.are_there():
        click.echo(f"SKIPPED: the schemas of custom resources are not in {schemas.CRD_SCHEMAS}")
        report.add("schemas of custom resources", tools.only_in_ci("the schemas of custom resources are missing"))
    for folder in rendering.overlays():
        rendered[folder.name] = objects = rendering.render(folder)
        report.add(f"overlays/{folder.name}", _application(objects, is_small=folder.name == "dev"))
    for folder in rendering.platforms():
        objects = rendering.render(folder)
        report.add(str(folder.relative_to(KUBERNETES)), _platform(objects))
    report.add("combinations of components", _combinations())
    report.add("targets of patches", targets.check_all())
    report.add("runbooks", alerts.without_alert())
    production = rendered["production"]
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "promtool": lambda: tools.promtool(production),
        "hadolint": tools.hadolint,
        "dclint": tools.dclint,
        "checkov": lambda: tools.checkov(rendering.render_text(KUBERNETES / "overlays" / "production")),
    }
    for name, check in checks.items():
        report.add(name, tools.unless_missing(check, say=click.echo))
    report.add(f"{len(faults.FAULTS)} seeded faults", _seeded())
    report.leave()


def _application(objects: Objects, *, is_small: bool) -> Iterator[Finding]:
    yield from lint.application(objects, is_small=is_small)
    yield from code.application(objects)
    yield from schemas.check(objects)


def _platform(objects: Objects) -> Iterator[Finding]:
    yield from lint.platform(objects)
    yield from code.platform(objects)
    yield from schemas.check(objects)


def _combinations() -> Iterator[Finding]:
    with combinations.copied() as tree:
        for names in combinations.chosen():
            where = " + ".join(names)
            try:
                documents = rendering.parse(combinations.render(names, tree=tree))
            except CannotRender as refusal:
                yield Finding(where, "rendering", str(refusal))
                continue
            objects = Objects(documents)
            for finding in [*lint.application(objects), *code.application(objects)]:
                yield Finding(f"{where}: {finding.where}", finding.rule, finding.what)
            yield from schemas.check(objects)


def _seeded() -> Iterator[Finding]:
    rendered: dict[str, Objects] = {}
    for fault in faults.FAULTS:
        if fault.needs_crd_schemas and not schemas.are_there():
            continue
        if fault.folder not in rendered:
            rendered[fault.folder] = rendering.render(KUBERNETES / fault.folder)
        objects = rendered[fault.folder]
        if fault.rule not in {finding.rule for finding in faults.found(fault, objects)}:
            yield Finding(fault.name, "faults", f"was seeded, and {fault.rule} did not find it")


if __name__ == "__main__":
    try:
        commands(prog_name="python -m deploy.checks")
    except CannotRender as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(2)
