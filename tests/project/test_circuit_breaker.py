"""A server that timed out is left alone for a moment."""

from techlist.local.processes import wait_until
from techs.circuit_breaker import CircuitBreaker


def test_opens_and_closes() -> None:
    breaker = CircuitBreaker(pause=60)
    assert not breaker.is_open
    breaker.open()
    assert breaker.is_open
    breaker.close()
    assert not breaker.is_open


def test_closes_by_itself() -> None:
    breaker = CircuitBreaker(pause=0.2)
    breaker.open()
    assert wait_until(lambda: not breaker.is_open, timeout=60)


def test_each_server_has_its_own() -> None:
    one, other = CircuitBreaker(pause=60), CircuitBreaker(pause=60)
    one.open()
    assert not other.is_open
