"""What a token may be good for: the scopes of RFC 6749 §3.3, each named `<what>.<read or write>`."""

from collections.abc import Collection, Iterable
from typing import Final

SCOPES: Final = {
    "registry.read": "Lire le registre des élèves. | Read the student registry.",
    "registry.write": "Importer et corriger le registre des élèves. | Import and correct the student registry.",
    "claims.read": "Lire les demandes refusées et ce qui y diffère du registre."
    " | Read refused claims, and where they differ from the registry.",
    "claims.write": "Contester des liens et décider des contestations. | Dispute links, and decide disputes.",
    "pins.write": "Produire des NIP. | Make PINs.",
    "campaigns.read": "Lire les réponses à la réinscription. | Read the answers to re-registration.",
    "campaigns.write": "Ouvrir et modifier des campagnes de réinscription. | Open and change re-registration campaigns.",
    "attendance.read": "Lire les avis d’absence et les motivations. | Read absence notices and motivations.",
    "attendance.write": "Inscrire les absences et traiter les avis et les motivations."
    " | Record absences, and handle notices and motivations.",
    "records.read": "Lire les dossiers publiés. | Read published records.",
    "records.write": "Publier résultats, bulletins, documents et messages. | Publish results, report cards, documents and messages.",
    "subscriptions.read": "Lire ce que reçoivent les abonnés de l’organisation."
    " | Read what the organisation’s subscribers receive.",
    "subscriptions.write": "Changer ce que reçoivent les abonnés de l’organisation."
    " | Change what the organisation’s subscribers receive.",
}


def unknown(words: Iterable[str]) -> list[str]:
    """Return the words that are no scope of ours."""
    return sorted(set(words) - SCOPES.keys())


def joined(words: Iterable[str]) -> str:
    """Return scopes as they are stored and told: each once, in one order, with spaces between them."""
    return " ".join(sorted(set(words)))


def granted(asked: str, *, held: Collection[str]) -> tuple[str, ...] | None:
    """Return what a token is good for whose client asks for `asked` and has `held`, or None when that is refused.

    Whoever asks for nothing gets everything that the client has (RFC 6749 §3.3). One space between two scopes, as the
    grammar there says.
    """
    if not asked:
        return tuple(sorted(held))
    words = set(asked.split(" "))
    return tuple(sorted(words)) if words <= set(held) else None
