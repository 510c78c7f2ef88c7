"""`python -m portal serve | settings`"""

import sys

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from portal.config import Settings, SettingsError


def _settings() -> Settings:
    """Return the settings, or leave with every mistake told on standard error."""
    try:
        return Settings.from_env()
    except SettingsError as mistakes:
        click.echo(f"portal: {mistakes}", err=True)
        sys.exit(2)


@click.group(
    help="The portal: pages for parents, over the public API.", context_settings={"help_option_names": ["-h", "--help"]}
)
def commands() -> None:
    pass


@commands.command()
def serve() -> None:
    """Answer browsers (granian); SIGTERM finishes what is under way."""
    settings = _settings()
    server = Granian(
        "portal.app:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        blocking_threads=settings.threads,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
    )
    server.serve()


@commands.command()
@click.option("--example", is_flag=True, help="Print deploy/env/…: every variable with its default.")
def settings(example: bool) -> None:
    """Tell which variables the portal reads, and whether the present ones are complete."""
    if example:
        click.echo(Settings.example(), nl=False)
    else:
        _settings()
        click.echo("portal: the settings are complete.")


if __name__ == "__main__":
    commands(prog_name="python -m portal")
