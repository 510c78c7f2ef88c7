"""What of all that may leave a subscriber is granted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.enrollment.errors import FieldNotExportable, TypeNotExportable
from shared.exporting.exportable import Exportable


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What one type is subscribed for; no fields: all that may leave."""

    type: str
    fields: Sequence[str] = ()


def choose(
    exportable: Mapping[str, Exportable], *, domains: Collection[str], wishes: Sequence[Wish]
) -> dict[str, list[str]]:
    """Return the fields of each type that is asked for: the wishes, and every type of a domain without any.

    Raises:
        TypeNotExportable: a type, or a whole domain, may not leave.
        FieldNotExportable: a field of a type may not leave.
    """
    chosen: dict[str, list[str]] = {}
    for wish in wishes:
        name = wish.type if wish.type in exportable else f"ca.vitrail.{wish.type}"
        if name not in exportable:
            raise TypeNotExportable(asked=wish.type, known=", ".join(exportable))
        may_leave = list(exportable[name].outside)
        if refused := sorted(set(wish.fields) - set(may_leave)):
            raise FieldNotExportable(type=name, fields=", ".join(refused), known=", ".join(may_leave))
        before = chosen.get(name, [])
        chosen[name] = [each for each in may_leave if each in wish.fields or each in before or not wish.fields]
    for domain in domains:
        of_domain = [each for each in exportable.values() if each.domain == domain]
        if not of_domain:
            raise TypeNotExportable(
                asked=domain, known=", ".join(sorted({each.domain for each in exportable.values()}))
            )
        if not any(each.type in chosen for each in of_domain):
            chosen |= {each.type: list(each.outside) for each in of_domain}
    if not chosen:
        raise TypeNotExportable(asked="", known=", ".join(exportable))
    return {name: chosen[name] for name in sorted(chosen)}
