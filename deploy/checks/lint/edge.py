"""The way in: one host, by TLS, to the gateway and to nobody else."""

from collections.abc import Iterator

from deploy.checks.objects import Finding, Objects, find


def leads_to_the_gateway(objects: Objects) -> Iterator[Finding]:
    """Routes lead to the gateway alone, at a port that its Service has."""
    for route in objects.of("HTTPRoute"):
        for rule in route.spec.get("rules") or []:
            for backend in rule.get("backendRefs") or []:
                yield from _backend(objects, str(route), backend.get("name"), backend.get("port"))
            if not find(rule, "timeouts", "request"):
                yield Finding(str(route), "edge", f"{rule.get('name')} has no time-out")
    for ingress in objects.of("Ingress"):
        hosts = {host for tls in ingress.spec.get("tls") or [] for host in tls.get("hosts") or []}
        for rule in ingress.spec.get("rules") or []:
            if rule.get("host") not in hosts:
                yield Finding(str(ingress), "edge", f"{rule.get('host')} is served without TLS")
            for path in find(rule, "http", "paths", default=[]):
                service = find(path, "backend", "service", default={})
                yield from _backend(objects, str(ingress), service.get("name"), find(service, "port", "name"))


def _backend(objects: Objects, where: str, name: object, port: object) -> Iterator[Finding]:
    service = objects.get("Service", str(name))
    if name != "gateway" or service is None:
        yield Finding(where, "edge", f"leads to {name}, past the gateway")
    elif not any(port in (each.get("port"), each.get("name")) for each in service.spec.get("ports") or []):
        yield Finding(where, "edge", f"the Service {name} has no port {port}")


def has_a_door(objects: Objects) -> Iterator[Finding]:
    """There is one way in, and the settings know its name."""
    hosts = {host for route in objects.of("HTTPRoute") for host in route.spec.get("hostnames") or []}
    hosts |= {rule.get("host") for each in objects.of("Ingress") for rule in each.spec.get("rules") or []}
    if len(hosts) != 1:
        yield Finding("HTTPRoute or Ingress", "door", f"{len(hosts)} hosts lead in")
    for settings in objects.of("ConfigMap"):
        address = settings.find("data", "PUBLIC_URL")
        if address is not None and address not in {f"https://{host}" for host in hosts}:
            yield Finding(str(settings), "door", f"PUBLIC_URL is {address}, and the way in is {', '.join(hosts)}")


RULES = (leads_to_the_gateway, has_a_door)
