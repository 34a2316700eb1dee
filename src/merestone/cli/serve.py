"""`merestone serve`: the register as a web page on this machine."""

from functools import partial
from pathlib import Path

import click

from merestone.cli.compiler import keep_machine_code_apart, load_compiler
from merestone.exchange import BaseMap
from merestone.screening import is_machine_code_kept
from merestone.service import (
    Context,
    Tier,
    default_workers,
    free_port,
    opened_port,
    ready,
    run,
    view_of,
    write_to,
)


@click.command()
@click.argument("register", type=click.Path(path_type=Path))
@click.option("--port", default=8750, show_default=True, help="The port; the next free one is taken if it is in use.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--tier",
    type=click.Choice([tier.value for tier in Tier]),
    default=Tier.PUBLIC.value,
    show_default=True,
    help="public: larger outlines, which contain the true ones. exact: for the register's owner only, on loopback.",
)
@click.option(
    "--basemap",
    "base_map",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A PMTiles file of your region (roads, places, rivers), drawn below the areas. No outside server is called.",
)
@click.option("--public-url", metavar="URL", help="The address by which people reach it through a TLS proxy here.")
@click.option("--trusted-proxy", metavar="ADDRESS", help="The proxy whose X-Forwarded headers are trusted.")
@click.option(
    "--workers",
    type=click.IntRange(0, 64),
    help="Processes that check places. Default: one for each core; 0: one process for checks and pages.",
)
@click.option(
    "--audit-log",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Append sign-ins, failures and downloads to this file, as JSON lines. Default: standard error.",
)
def serve(
    register: Path,
    port: int,
    host: str,
    tier: str,
    base_map: Path | None,
    public_url: str | None,
    trusted_proxy: str | None,
    audit_log: Path | None,
    workers: int | None,
) -> None:
    """Serve REGISTER as a map, a check of places, and an OGC API, on this machine.

    The public tier shows and checks larger outlines that contain the true ones. No outside server is called.

    \b
    Example:
      merestone serve areas.gpkg
      merestone serve areas.gpkg --tier exact --port 9000
      merestone serve areas.gpkg --basemap region.pmtiles
      merestone serve areas.gpkg --public-url https://mines.example.org --trusted-proxy 127.0.0.1
    """  # noqa: D301 (click's own mark)
    free = free_port(host, port)
    if free != port:
        click.echo(f"Port {port} is in use; taking {free}.")
    address = f"http://{f'[{host}]' if ':' in host else host}:{free}"
    with opened_port(host, free, Tier(tier)) as opened:
        click.echo(
            f"Reading {register} and getting ready; this takes some seconds, and {address} says so ...", err=True
        )
        keep_machine_code_apart()
        if not is_machine_code_kept():
            load_compiler()
        app = ready(register, host=host, tier=Tier(tier), public_url=public_url, base_map=base_map)
        write_to(audit_log)
        announce = partial(_announce, app.state.context, register, address)
        workers = default_workers() if workers is None else workers
        run(app, host=host, port=free, opened=opened, trusted_proxy=trusted_proxy, workers=workers, announce=announce)


def _announce(context: Context, register: Path, address: str) -> None:
    bounds_deg = context.keeper.current().bounds_deg
    place, region = _example_place(bounds_deg), region_apart(context.base_map, bounds_deg)
    click.echo(f"{register} is served at {address}  ({context.keeper.tier} tier; Ctrl-C stops it)")
    click.echo("Try next:")
    click.echo(f"  the map        {address}/")
    click.echo(f"  check a place  {address}/check?position={place}")
    click.echo(f"  as JSON        {address}/check.json?position={place}&accuracy_m=10")
    if region is not None:
        click.echo(f"  your region    {address}/?{region}  (no record lies within it)")
    click.echo(f"  in QGIS        Layer > Add WFS / OGC API - Features Layer, address {address}/ogc")


def region_apart(base_map: BaseMap | None, bounds_deg: tuple[float, float, float, float] | None) -> str | None:
    """The question that shows a base map where no record lies, and the map would not begin; None: records do."""
    if base_map is None or bounds_deg is None:
        return None
    (west, south, east, north), (left, low, right, high) = base_map.bounds_deg, bounds_deg
    is_apart = east < left or right < west or north < low or high < south
    if not is_apart:
        return None
    lat_deg, lon_deg, zoom = view_of(base_map.bounds_deg)
    return f"show={_example_place((lon_deg, lat_deg, lon_deg, lat_deg))}&zoom={zoom:.1f}"


def _example_place(bounds_deg: tuple[float, float, float, float] | None) -> str:
    """The middle of the records, latitude first, as people write it."""
    west, south, east, north = bounds_deg or (0.0, 0.0, 0.0, 0.0)
    lon_deg, lat_deg = (west + east) / 2, (south + north) / 2
    return f"{abs(lat_deg):.5f}{'N' if lat_deg >= 0 else 'S'},{abs(lon_deg):.5f}{'E' if lon_deg >= 0 else 'W'}"
