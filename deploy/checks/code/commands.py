"""Arguments: every word of `args` is a command or an option of the part that it starts; what must run somewhere does."""

from collections.abc import Iterator

import click

from deploy.checks.code import parts
from deploy.checks.objects import SERVER, Finding, Objects, Workload, find

# The component that a command's pods bear.
_COMPONENTS = {"serve": SERVER}


def check(objects: Objects) -> Iterator[Finding]:
    """Yield what click would refuse, pods that bear another process's label, and processes that run nowhere."""
    seen: dict[str, set[str]] = {}
    for workload in objects.workloads:
        if workload.part not in parts.everyone():
            yield Finding(str(workload), "arguments", f"there is no part {workload.part}")
            continue
        try:
            command = _command(workload)
        except (click.ClickException, ValueError) as refusal:
            yield Finding(str(workload), "arguments", str(refusal))
            continue
        if workload.component != _COMPONENTS.get(command, command):
            yield Finding(str(workload), "arguments", f"runs {command} and calls itself {workload.component}")
        seen.setdefault(workload.part, set()).add(command)
        yield from _metrics(workload)
    for part in parts.everyone():
        wanted = {"serve", *parts.processes(part)} | ({"migrate", "sweep"} if part in parts.services() else set())
        for missing in sorted(wanted - seen.get(part, set())):
            yield Finding(part, "processes", f"nothing runs its `{missing}`")


def _command(workload: Workload) -> str:
    """Return the command that a workload's arguments lead to.

    Raises:
        click.ClickException, ValueError: they lead to none.
    """
    arguments = workload.arguments
    if not arguments or arguments[0] != parts.module(workload.part):
        raise ValueError(f"starts {arguments[:1]}, not {parts.module(workload.part)}")
    group = parts.group(workload.part)
    with click.Context(group, info_name=workload.part) as context:
        _, rest, _ = group.make_parser(context).parse_args(arguments[1:])
        command = group.get_command(context, rest[0]) if rest else None
        if command is None:
            raise ValueError(f"{workload.part} has no command {' '.join(rest)}")
        # A command that has a group's name needs the rest of the way too.
        command.make_context(rest[0], rest[1:], parent=context)
    return rest[0]


def _metrics(workload: Workload) -> Iterator[Finding]:
    if workload.kind != "Deployment":
        return
    arguments = workload.arguments
    named = {port.get("name"): port.get("containerPort") for port in find(workload.containers, 0, "ports", default=[])}
    told = arguments[arguments.index("--metrics-port") + 1] if "--metrics-port" in arguments else None
    if told is None or str(named.get("metrics")) != told:
        yield Finding(
            str(workload), "arguments", f"metrics are served at {told} and looked for at {named.get('metrics')}"
        )
    if "--metrics-host" not in arguments:
        yield Finding(str(workload), "arguments", "metrics listen on the loopback, where nobody scrapes them")
