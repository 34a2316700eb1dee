"""`merestone serve`: the register as a web page on this machine."""

import ipaddress
import socket
from pathlib import Path

import click
import uvicorn

from merestone.register import Register
from merestone.service import Tier, create_app
from merestone.terms import FieldRefused

TRIES = 20
"""How many ports after the first are tried when it is taken."""


@click.command()
@click.argument("register", type=click.Path(path_type=Path))
@click.option("--port", default=8750, show_default=True, help="The port; the next free one is taken if it is in use.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--tier",
    type=click.Choice([tier.value for tier in Tier]),
    default=Tier.PUBLIC.value,
    show_default=True,
    help="public: larger outlines, which contain the true ones. exact: for the holder alone, on loopback only.",
)
def serve(register: Path, port: int, host: str, tier: str) -> None:
    r"""Serve REGISTER as a map, a check of places, and an OGC API, on this machine.

    The public tier shows and checks larger outlines that contain the true ones. No outside server is called.

    \b
    Example:
      merestone serve areas.gpkg
      merestone serve areas.gpkg --tier exact --port 9000
    """
    if tier == Tier.EXACT.value and not _is_loopback(host):
        raise FieldRefused(
            "--host",
            host,
            "is reached from other machines, and the exact tier has no sign-in",
            "serve --tier public there",
        )
    with Register.open(register, read_only=True):
        pass  # a missing or broken register is told now, and not on the first page
    free = _free_port(host, port)
    if free != port:
        click.echo(f"Port {port} is in use; taking {free}.")
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{free}"  # noqa: S104
    click.echo(f"{register} is served at {address}  ({tier} tier; Ctrl-C stops it)")
    click.echo(f"  the map        {address}/")
    click.echo(f"  check a place  {address}/check?position=0.001,0.001")
    click.echo(f"  as JSON        {address}/check.json?position=0.001,0.001&accuracy_m=10")
    click.echo(f"  in QGIS        Add layer > WFS / OGC API - Features > {address}/ogc")
    uvicorn.run(create_app(register, tier=Tier(tier)), host=host, port=free, log_level="warning")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _free_port(host: str, port: int) -> int:
    for candidate in range(port, port + TRIES):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    raise FieldRefused("--port", port, f"and the {TRIES} after it are in use on {host}", "give another port")
