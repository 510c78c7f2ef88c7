"""Secrets are files that an operator makes: none is in the manifests, and none in an environment."""

from collections.abc import Iterator

from deploy.checks.lint.references import expected_secrets
from deploy.checks.objects import Finding, Objects, find

_FOLDER = "/run/secrets/app"


def none_here(objects: Objects) -> Iterator[Finding]:
    """No Secret is committed, sealed ones aside."""
    for secret in objects.of("Secret"):
        yield Finding(str(secret), "secrets", "a Secret in the manifests is known to whoever reads them")


def as_files(objects: Objects) -> Iterator[Finding]:
    """A variable is seen by every child process and by whoever dumps one; a file by those who open it."""
    for workload in objects.workloads:
        for container in workload.containers:
            variables = container.get("env") or []
            if any(find(each, "valueFrom", "secretKeyRef") for each in variables) or any(
                "secretRef" in each for each in container.get("envFrom") or []
            ):
                yield Finding(str(workload), "secrets-as-files", "a secret is a variable of its environment")
            mounts = {each.get("mountPath"): each for each in container.get("volumeMounts") or []}
            if _FOLDER not in mounts or mounts[_FOLDER].get("readOnly") is not True:
                yield Finding(str(workload), "secrets-as-files", f"{_FOLDER} is not mounted to be read only")
        for volume in workload.pod.get("volumes") or []:
            mode = find(volume, "projected", "defaultMode")
            if "projected" in volume and mode != 0o440:
                yield Finding(str(workload), "secrets-as-files", "others than the pod's own group may read the secrets")


def made_whole(objects: Objects) -> Iterator[Finding]:
    """What a store or a seal gives has every file that is expected, under its name."""
    for given in objects.of("ExternalSecret", "SealedSecret"):
        keys = (
            {each.get("secretKey") for each in given.spec.get("data") or []}
            if given.kind == "ExternalSecret"
            else set(given.spec.get("encryptedData") or {})
        )
        wanted = set(expected_secrets().get(given.name, {}))
        if keys != wanted:
            yield Finding(str(given), "secrets-whole", f"differs from deploy/secrets.toml by {sorted(keys ^ wanted)}")


EVERYWHERE = (none_here,)
RULES = (none_here, as_files, made_whole)
