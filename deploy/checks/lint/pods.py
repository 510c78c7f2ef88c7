"""Pods: whom they run as, what they may use, how one knows that they live, how they go."""

from collections.abc import Iterator

from deploy.checks.objects import SERVER, Finding, Objects, Workload, find, quantity, selects

_HIGH_USER = 10_000
_SHORTEST_PAUSE_S = 5
_STOPPING_S = 30


def identity(objects: Objects) -> Iterator[Finding]:
    """A number for a user, and no way to be more."""
    for workload in objects.workloads:
        pod, where = workload.pod, str(workload)
        context = pod.get("securityContext") or {}
        wanted = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        for key, value in wanted.items():
            if context.get(key) != value:
                yield Finding(where, "pod-identity", f"securityContext.{key} is not {value}")
        for key in ("runAsUser", "runAsGroup", "fsGroup"):
            number = context.get(key)
            if not isinstance(number, int) or number <= _HIGH_USER:
                yield Finding(where, "pod-identity", f"securityContext.{key} is not above {_HIGH_USER}")
        for key in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
            if pod.get(key):
                yield Finding(where, "pod-identity", f"{key} is on")
        if pod.get("enableServiceLinks") is not False:
            yield Finding(where, "pod-identity", "enableServiceLinks is not off")
        for container in workload.containers:
            yield from _container_identity(where, container)


def _container_identity(where: str, container: dict[str, object]) -> Iterator[Finding]:
    context = find(container, "securityContext", default={})
    wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "runAsNonRoot": True}
    for key, value in wanted.items():
        if context.get(key) is not value:
            yield Finding(where, "container-identity", f"securityContext.{key} is not {value}")
    if find(context, "capabilities", "drop") != ["ALL"] or find(context, "capabilities", "add"):
        yield Finding(where, "container-identity", "not every capability is dropped")
    for key in ("privileged", "runAsUser", "procMount"):
        if context.get(key) not in (None, False):
            yield Finding(where, "container-identity", f"securityContext.{key} says other than the pod's")


def resources(objects: Objects) -> Iterator[Finding]:
    """What is asked for and what bounds it; no bound on the CPU, which would slow answers down for nothing."""
    for workload in objects.workloads:
        for container in workload.containers:
            for side, names in (
                ("requests", ("cpu", "memory", "ephemeral-storage")),
                ("limits", ("memory", "ephemeral-storage")),
            ):
                for name in names:
                    if find(container, "resources", side, name) is None:
                        yield Finding(str(workload), "resources", f"no {side}.{name}")
            if find(container, "resources", "limits", "cpu") is not None:
                yield Finding(str(workload), "resources", "a limit on the CPU")
            yield from _disk(workload, container)


def _disk(workload: Workload, container: dict[str, object]) -> Iterator[Finding]:
    limit = find(container, "resources", "limits", "ephemeral-storage")
    volumes = {volume.get("name"): volume for volume in workload.pod.get("volumes") or []}
    mounts = {mount.get("mountPath"): mount.get("name") for mount in find(container, "volumeMounts", default=[])}
    size = find(volumes.get(mounts.get("/tmp"), {}), "emptyDir", "sizeLimit")  # noqa: S108 - the pod's
    if size is None:
        yield Finding(
            str(workload), "writable-folder", "the folder that may be written is not an emptyDir with a sizeLimit"
        )
    elif limit is not None and quantity(size) > quantity(limit):
        yield Finding(str(workload), "writable-folder", f"a writable folder of {size} does not fit into {limit}")
    for volume in volumes.values():
        if "hostPath" in volume or "persistentVolumeClaim" in volume:
            yield Finding(str(workload), "writable-folder", f"the volume {volume.get('name')} is not the pod's own")


def probes(objects: Objects) -> Iterator[Finding]:
    """Started, alive, ready: three questions, and the second never asks the database."""
    for workload in objects.deployments:
        for container in workload.containers:
            paths = {}
            for name in ("startupProbe", "livenessProbe", "readinessProbe"):
                path = find(container, name, "httpGet", "path")
                if path is None:
                    yield Finding(str(workload), "probes", f"no {name} by HTTP")
                paths[name] = path
            if paths["livenessProbe"] == paths["readinessProbe"]:
                yield Finding(str(workload), "probes", "liveness asks what readiness asks")


def rollout(objects: Objects) -> Iterator[Finding]:
    """A new release takes nothing away: one more at a time, and time to finish for those who go."""
    for workload in objects.deployments:
        where = str(workload)
        update = workload.object.find("spec", "strategy", "rollingUpdate", default={})
        if update.get("maxUnavailable") != 0 or not update.get("maxSurge"):
            yield Finding(where, "rollout", "a rollout may take a pod away before another is there")
        for key in ("minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit"):
            if not workload.object.spec.get(key):
                yield Finding(where, "rollout", f"no {key}")
        pause = find(workload.containers, 0, "lifecycle", "preStop", "sleep", "seconds", default=0)
        grace = workload.pod.get("terminationGracePeriodSeconds", 30)
        if workload.component == SERVER and pause < _SHORTEST_PAUSE_S:
            yield Finding(
                where, "rollout", "no pause before SIGTERM: the edge still sends requests to a pod that stops"
            )
        if grace < pause + _STOPPING_S:
            yield Finding(where, "rollout", f"{grace} s are too short for a pause of {pause} s and what is under way")


def spread(objects: Objects) -> Iterator[Finding]:
    """No host, and if possible no zone, holds all of a workload."""
    for workload in objects.deployments:
        found = {}
        for constraint in workload.pod.get("topologySpreadConstraints") or []:
            if not selects(constraint.get("labelSelector"), workload.labels):
                yield Finding(str(workload), "spread", "a constraint selects other pods than its own")
            if constraint.get("matchLabelKeys") != ["pod-template-hash"]:
                yield Finding(str(workload), "spread", "a constraint counts the pods of other workloads and releases")
            found[constraint.get("topologyKey")] = constraint.get("whenUnsatisfiable")
        wanted = {"kubernetes.io/hostname": "DoNotSchedule", "topology.kubernetes.io/zone": "ScheduleAnyway"}
        if found != wanted:
            yield Finding(str(workload), "spread", f"spread by {found}, not by {wanted}")


def accounts(objects: Objects) -> Iterator[Finding]:
    """An account of its own, without a token: nothing of ours speaks to the API server."""
    seen: dict[str, str] = {}
    for workload in objects.workloads:
        name = workload.pod.get("serviceAccountName")
        if workload.pod.get("automountServiceAccountToken") is not False:
            yield Finding(str(workload), "accounts", "the pod holds a token of the API server")
        if name in (None, "default"):
            yield Finding(str(workload), "accounts", "no account of its own")
        elif name in seen:
            yield Finding(str(workload), "accounts", f"shares the account {name} with {seen[name]}")
        else:
            seen[name] = str(workload)
    for account in objects.of("ServiceAccount"):
        if account.find("automountServiceAccountToken") is not False:
            yield Finding(str(account), "accounts", "gives its pods a token of the API server")
    for right in objects.of("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
        yield Finding(str(right), "accounts", "nothing of Vitrail needs rights at the API server")


def images(objects: Objects) -> Iterator[Finding]:
    """One image for everything, named in full."""
    for workload in objects.workloads:
        for container in workload.containers:
            image = str(container.get("image"))
            name, _, tag = image.partition("@")[0].rpartition(":")
            if "@sha256:" not in image and (not name or "/" in tag or tag == "latest"):
                yield Finding(str(workload), "images", f"{image} may be another one tomorrow")
            if container.get("command") is not None:
                yield Finding(str(workload), "images", "`command` replaces the image's own entry")
    if len({find(each.containers, 0, "image") for each in objects.workloads}) > 1:
        yield Finding("all workloads", "images", "they run different images: releases are one")


RULES = (identity, resources, probes, rollout, spread, accounts, images)
