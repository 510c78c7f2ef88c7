import pytest

from gateway.circuits import FAILURES, PAUSE, Circuit
from shared.problems import Unavailable
from tests.gateway.conftest import FakeSeconds


@pytest.fixture
def circuit(seconds: FakeSeconds) -> Circuit:
    return Circuit("identity", now=seconds)


def open_it(circuit: Circuit) -> None:
    for _ in range(FAILURES):
        circuit.enter()
        circuit.failed()


@pytest.mark.requirement("GWY-5")
def test_circuit_opens_after_five_failures_in_a_row(circuit: Circuit) -> None:
    open_it(circuit)

    with pytest.raises(Unavailable) as refused:
        circuit.enter()

    assert refused.value.retry_after == PAUSE


@pytest.mark.requirement("GWY-5")
def test_circuit_stays_closed_when_an_answer_comes_between(circuit: Circuit) -> None:
    for _ in range(3 * FAILURES):
        circuit.failed()
        circuit.succeeded()

    circuit.enter()


@pytest.mark.requirement("GWY-5")
def test_circuit_lets_one_probe_pass_after_the_pause(circuit: Circuit, seconds: FakeSeconds) -> None:
    open_it(circuit)
    seconds.advance(PAUSE.total_seconds())

    circuit.enter()

    with pytest.raises(Unavailable):
        circuit.enter()


@pytest.mark.requirement("GWY-5")
def test_circuit_closes_when_the_probe_answers(circuit: Circuit, seconds: FakeSeconds) -> None:
    open_it(circuit)
    seconds.advance(PAUSE.total_seconds())
    circuit.enter()

    circuit.succeeded()

    circuit.enter()
    circuit.enter()


@pytest.mark.requirement("GWY-5")
def test_circuit_opens_again_when_the_probe_fails(circuit: Circuit, seconds: FakeSeconds) -> None:
    open_it(circuit)
    seconds.advance(PAUSE.total_seconds())
    circuit.enter()

    circuit.failed()

    with pytest.raises(Unavailable):
        circuit.enter()
    seconds.advance(PAUSE.total_seconds())
    circuit.enter()


def test_circuit_sends_another_probe_when_the_first_never_came_back(circuit: Circuit, seconds: FakeSeconds) -> None:
    open_it(circuit)
    seconds.advance(PAUSE.total_seconds())
    circuit.enter()

    seconds.advance(10 * PAUSE.total_seconds())

    circuit.enter()
