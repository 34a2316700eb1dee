"""Running the service on this machine: which addresses only this machine reaches, a free port, and the server."""

import ipaddress
import socket
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from merestone.register import Register, RegisterOlder
from merestone.register.account import Accounts
from merestone.service.app import LOOPBACK_NAMES, create_app
from merestone.service.holding import Tier
from merestone.terms import FieldRefused

TRIES = 20
"""How many ports after the first are tried when it is taken."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def free_port(host: str, port: int) -> int:
    """The first free port from ``port`` on.

    Raises
    ------
    FieldRefused
        It and the `TRIES` after it are taken, or the address is not this machine's.
    """
    for candidate in range(port, port + TRIES):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    raise FieldRefused(
        "port", port, f"and the {TRIES} after it cannot be had on {host}", "give another port or address"
    )


def check_servable(register: Path, *, host: str, tier: Tier) -> None:
    """Refuse what must not be served, before anybody is told an address.

    Raises
    ------
    FieldRefused
        The exact tier on an address that other machines reach: it has no sign-in.
    FileRefused
        The register is missing, or is none.
    """
    if tier is Tier.EXACT and not is_loopback(host):
        why = "is reached from other machines, and the exact tier has no sign-in"
        raise FieldRefused("host", host, why, "serve the public tier there")
    try:
        Register.open(register, read_only=True).close()
    except RegisterOlder:
        Register.open(register).close()  # brings it up to date


def ready(register: Path, *, host: str, tier: Tier) -> FastAPI:
    """The application with its register read, so that the first visitor does not wait for it.

    Raises
    ------
    FieldRefused, FileRefused
        As `check_servable`.
    """
    check_servable(register, host=host, tier=tier)
    # Passwords go over this machine's own wires alone: elsewhere the service has no TLS, and therefore no desk.
    is_here = is_loopback(host)
    accounts = Accounts.beside(register) if is_here else None
    app = create_app(register, tier=tier, allowed_hosts=LOOPBACK_NAMES if is_here else ("*",), accounts=accounts)
    holding = app.state.context.keeper.current()
    assert holding.index is not None
    assert holding.map_areas.etag
    return app


def run(app: FastAPI, *, host: str, port: int) -> None:
    """Serve until stopped."""
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)
