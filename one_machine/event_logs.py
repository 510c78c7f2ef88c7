"""The event log that a run is pointed at: waited for, and given its topics, before any part starts."""

import threading
import time
from collections.abc import Callable, Iterable

from one_machine.places import CannotStart
from shared.broker import Broker, BrokerState, BrokerUnavailable, UnsuitableBroker, open_broker

_PAUSE = threading.Event()

_TROUBLES = {
    BrokerState.MISSING: (
        "Personne ne répond à l’adresse du journal d’événements. Kafka fonctionne-t-il (make kafka-up), et l’adresse de "
        "VITRAIL_BROKER_URL est-elle la bonne ?\n"
        "Nobody answers at the address of the event log. Is Kafka running (make kafka-up), and is VITRAIL_BROKER_URL right?"
    ),
    BrokerState.SLOW: (
        "Le journal d’événements accepte les connexions, mais ne répond pas à temps. Regardez son propre journal, puis "
        "recommencez.\n"
        "The event log takes connections and does not answer in time. Look at its own log, then try again."
    ),
    BrokerState.REFUSED: (
        "Le journal d’événements ne nous laisse pas entrer. Vérifiez l’utilisateur, le mot de passe et les certificats de "
        "VITRAIL_BROKER_URL.\n"
        "The event log does not let us in. See to the user, the password and the certificates of VITRAIL_BROKER_URL."
    ),
}


def are_elsewhere(urls: Iterable[str]) -> bool:
    """Tell whether some of these logs are not files of the run's own."""
    return any(not url.startswith("embedded:") for url in urls)


def get_ready(urls: Iterable[str], *, patience_s: float, on_waiting: Callable[[BrokerState], object]) -> list[str]:
    """Wait until these logs answer, make the topics that they lack, and return the names of those that were made.

    In:
        patience_s: how long to wait for one that is missing or slow; one that refuses us is not asked again.
        on_waiting: told what there is to wait for, now and then.

    Raises:
        CannotStart: a log does not answer, refuses us, or has topics unlike ours; the text says what to do, and never
            shows an address, which may hold a password.
    """
    made: list[str] = []
    for url in sorted(set(urls)):
        try:
            broker = open_broker(url)
        except (UnsuitableBroker, BrokerUnavailable) as fault:
            raise CannotStart(f"VITRAIL_BROKER_URL : {fault}") from fault
        try:
            made += _ready(broker, deadline=time.monotonic() + patience_s, on_waiting=on_waiting)
        except UnsuitableBroker as fault:
            raise CannotStart(f"Journal d’événements / event log: {fault}") from fault
        finally:
            broker.close()
    return made


def _ready(broker: Broker, *, deadline: float, on_waiting: Callable[[BrokerState], object]) -> list[str]:
    while True:
        state = broker.state()
        if state is BrokerState.READY:
            try:
                return broker.make_topics()
            except BrokerUnavailable:
                # It went away between the two questions, or lets us in and grants nothing.
                state = BrokerState.SLOW
        if state is BrokerState.REFUSED or time.monotonic() > deadline:
            raise CannotStart(_TROUBLES[state])
        on_waiting(state)
        _PAUSE.wait(0.2)
