"""What runs and ends: migrations and sweeps, one of each for every service."""

from collections.abc import Iterator

from deploy.checks.objects import Finding, Objects

_LONGEST_MIGRATION_S = 900


def services(objects: Objects) -> set[str]:
    """Return the services: the parts that have a database."""
    return {each.part for each in objects.deployments if any("database" in name for name in each.secrets)}


def migrations(objects: Objects) -> Iterator[Finding]:
    """A Job a service, bounded, with the owner's role, which nobody else has."""
    present = {each.part for each in objects.workloads if each.component == "migrate"}
    for missing in services(objects) - present:
        yield Finding(missing, "migrations", "no Job brings its database to the newest schema")
    for workload in objects.workloads:
        owns = {name for name in workload.secrets if name.endswith("-owner")}
        if workload.component != "migrate":
            if owns:
                yield Finding(str(workload), "migrations", f"{', '.join(owns)} is the migration's alone")
            continue
        spec = workload.object.spec
        if owns != {f"{workload.part}-database-owner"}:
            yield Finding(str(workload), "migrations", "does not migrate as the owner of its database")
        if not 0 < spec.get("activeDeadlineSeconds", 0) <= _LONGEST_MIGRATION_S:
            yield Finding(str(workload), "migrations", f"activeDeadlineSeconds is not within {_LONGEST_MIGRATION_S}")
        for key in ("backoffLimit", "ttlSecondsAfterFinished"):
            if spec.get(key) is None:
                yield Finding(str(workload), "migrations", f"no {key}")
        if workload.pod.get("restartPolicy") != "Never":
            yield Finding(str(workload), "migrations", "what it said is lost when it is started again in place")


def sweeps(objects: Objects) -> Iterator[Finding]:
    """A CronJob a service, never two at a time, in Québec's time."""
    present = {each.part for each in objects.workloads if each.component == "sweep" and each.kind == "CronJob"}
    for missing in services(objects) - present:
        yield Finding(missing, "sweeps", "nothing deletes what has expired (Law 25)")
    for job in objects.of("CronJob"):
        wanted = {"timeZone": "America/Toronto", "concurrencyPolicy": "Forbid"}
        for key, value in wanted.items():
            if job.spec.get(key) != value:
                yield Finding(str(job), "sweeps", f"{key} is not {value}")
        for key in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
            if job.spec.get(key) is None:
                yield Finding(str(job), "sweeps", f"no {key}")
        if job.spec.get("suspend"):
            yield Finding(str(job), "sweeps", "is suspended")
        if not job.find("spec", "jobTemplate", "spec", "activeDeadlineSeconds"):
            yield Finding(str(job), "sweeps", "no activeDeadlineSeconds: one that hangs stops all others")


RULES = (migrations, sweeps)
