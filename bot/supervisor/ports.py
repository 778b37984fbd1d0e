"""Ports: whether one can be had, free ones for the inner processes, and what to say when not."""

from __future__ import annotations

import errno
import os
import random
import socket

# Below the range from which systems number outgoing connections: one of those could take a
# child's port while it restarts.
INNER_PORTS = range(21_000, 32_000)


class PortError(Exception):
    """A port that cannot be had; the text says which, why and how to mend it."""


def check_port(host: str, port: int, setting: str) -> None:
    """Raise unless a server could listen there now.

    Raises:
        PortError: it could not.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise PortError(
            f"BELLHOP_HOST: {host!r} is no address of this machine; 127.0.0.1 reaches this machine only, "
            "0.0.0.0 is all of its addresses"
        ) from None
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            raise PortError(_explain(error, host, port, setting)) from error


def _explain(error: OSError, host: str, port: int, setting: str) -> str:
    if error.errno == errno.EADDRINUSE:
        other = (
            f"bellhop up --port {port + 1 if port < 65535 else 8080}" if setting == "PORT" else "0 takes any free one"
        )
        return (
            f"BELLHOP_{setting}: port {port} on {host} is used by another program; "
            f"stop that one, or choose another port ({other})"
        )
    if error.errno == errno.EACCES:
        return f"BELLHOP_{setting}: port {port} needs special rights; choose one above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"BELLHOP_HOST: {host} is no address of this machine; 127.0.0.1 reaches this machine only"
    return f"BELLHOP_{setting}: cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}"


def free_inner_port(choose: random.Random, taken: frozenset[int] = frozenset()) -> int:
    """A loopback port that nobody uses now."""
    for port in choose.sample(INNER_PORTS, 200):
        if port in taken:
            continue
        try:
            check_port("127.0.0.1", port, "INTERNAL_PORT")
        except PortError:
            continue
        return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reachable(host: str) -> str:
    """The address at which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  # compared, not listened on


def in_url(host: str) -> str:
    """`host` as it is written in a URL."""
    return f"[{host}]" if ":" in host else host
