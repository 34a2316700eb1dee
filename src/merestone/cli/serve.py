"""`merestone serve`: the register as a web page on this machine."""

from pathlib import Path

import click

from merestone.service import Tier, free_port, ready, run


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
    """Serve REGISTER as a map, a check of places, and an OGC API, on this machine.

    The public tier shows and checks larger outlines that contain the true ones. No outside server is called.

    \b
    Example:
      merestone serve areas.gpkg
      merestone serve areas.gpkg --tier exact --port 9000
    """  # noqa: D301 (click's own mark)
    click.echo(f"Reading {register} ...", err=True)
    app = ready(register, host=host, tier=Tier(tier))
    free = free_port(host, port)
    if free != port:
        click.echo(f"Port {port} is in use; taking {free}.")
    address = f"http://{f'[{host}]' if ':' in host else host}:{free}"
    click.echo(f"{register} is served at {address}  ({tier} tier; Ctrl-C stops it)")
    click.echo("Try next:")
    click.echo(f"  the map        {address}/")
    click.echo(f"  check a place  {address}/check?position=0.003,0.003")
    click.echo(f"  as JSON        {address}/check.json?position=0.003,0.003&accuracy_m=10")
    click.echo(f"  in QGIS        Layer > Add WFS / OGC API - Features Layer, address {address}/ogc")
    run(app, host=host, port=free)
