"""Ports that can and cannot be had."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import pytest

from bot.supervisor.ports import INNER_PORTS, PortError, check_port, free_inner_port, in_url, reachable


@pytest.fixture
def used() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        yield server.getsockname()[1]


def test_a_used_port_is_named_with_a_way_out(used: int) -> None:
    with pytest.raises(PortError) as refused:
        check_port("127.0.0.1", used, "PORT")

    assert str(refused.value) == (
        f"BELLHOP_PORT: port {used} on 127.0.0.1 is used by another program; "
        f"stop that one, or choose another port (bellhop up --port {used + 1})"
    )


@pytest.mark.parametrize("host", ["not a host", "192.0.2.1"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(PortError, match=r"BELLHOP_HOST: .* is no address of this machine"):
        check_port(host, 8080, "PORT")


def test_a_free_inner_port_is_not_one_that_connections_are_numbered_from() -> None:
    port = free_inner_port(random.Random(1))

    assert port in INNER_PORTS
    check_port("127.0.0.1", port, "INTERNAL_PORT")


def test_ports_already_given_away_are_not_given_again() -> None:
    first = free_inner_port(random.Random(1))

    assert free_inner_port(random.Random(1), frozenset({first})) != first


@pytest.mark.parametrize(
    ("host", "expected"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("127.0.0.1", "127.0.0.1"), ("10.0.0.7", "10.0.0.7")],
)
def test_a_server_on_all_addresses_is_reached_over_loopback(host: str, expected: str) -> None:
    assert reachable(host) == expected


def test_an_ipv6_address_is_bracketed_in_a_url() -> None:
    assert (in_url("::1"), in_url("127.0.0.1")) == ("[::1]", "127.0.0.1")
