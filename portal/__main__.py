"""`python -m portal serve | settings`"""

import sys

import click

from portal import logs
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
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    help="Serve /metrics for Prometheus on this port, with /livez and /readyz, while the command runs.",
)
@click.option(
    "--metrics-host",
    default="127.0.0.1",
    show_default=True,
    help="The address of --metrics-port; in a cluster, 0.0.0.0.",
)
def commands(metrics_port: int | None, metrics_host: str) -> None:
    pass


@commands.command()
@click.option(
    "--drain",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seconds in which a stopping portal goes on answering, while the gateway leaves its connections.",
)
@click.pass_context
def serve(context: click.Context, drain: int) -> None:
    """Answer browsers (granian); SIGTERM finishes what is under way."""
    from portal import serving

    settings = _settings()
    logs.configure(as_json=settings.logs_as_json)
    given = context.find_root().params
    try:
        metrics = (
            None if given["metrics_port"] is None else serving.listen(given["metrics_host"], given["metrics_port"])
        )
        serving.listen(settings.host, settings.port).close()
    except serving.PortTaken as refusal:
        click.echo(f"portal: {refusal}", err=True)
        sys.exit(1)
    if metrics is not None:
        logs.tell("metrics_served", host=given["metrics_host"], port=metrics.getsockname()[1])
    serving.run(settings, drain_s=drain, metrics=metrics)


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
