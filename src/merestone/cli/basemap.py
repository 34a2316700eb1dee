"""`merestone basemap`: a base map of one's own region, made on this machine."""

import json
from pathlib import Path

import click

from merestone.cli.argument import force_option, json_option, output_option
from merestone.cli.progress import progress_line
from merestone.exchange.formats.base_maps import BaseMapBuilt, build_base_map
from merestone.terms import number_of


@click.group()
def basemap() -> None:
    """Make a base map of your region, with roads, waters, woods, buildings and names, from an OpenStreetMap extract."""


@basemap.command("build")
@click.argument("extract", metavar="REGION.osm.pbf", type=click.Path(path_type=Path, dir_okay=False))
@output_option("-o", "--output", required=True, help="Such as region.pmtiles.")
@click.option(
    "--dem",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A digital elevation model of the region (heights in metres, such as a GeoTIFF): its relief is drawn below.",
)
@force_option
@json_option
def build_command(extract: Path, output: Path, dem: Path | None, force: bool, as_json: bool) -> None:
    """Build one PMTiles file from an OpenStreetMap extract (.osm.pbf or .osm).

    GDAL reads the extract and cuts the tiles; nothing is fetched from anywhere. The extract may be
    larger than memory: temporary files of about five times its size are kept next to the output meanwhile.

    \b
    Example:
      merestone basemap build region.osm.pbf -o region.pmtiles
      merestone basemap build region.osm.pbf --dem heights.tif -o region.pmtiles
      merestone serve areas.gpkg --basemap region.pmtiles
    """  # noqa: D301 (click's own mark)
    steps: dict[str, None] = {}
    with progress_line("base map") as show:

        def progress(step: str, done: int, total: int | None) -> None:
            if step not in steps:
                steps[step] = None
                click.echo(f"{len(steps)} of {3 if dem is None else 4}: {step} ...", err=True)
            show(done, total)

        built = build_base_map(extract, output, dem=dem, overwrite=force, progress=progress)
    _say(built, as_json)


def _say(built: BaseMapBuilt, as_json: bool) -> None:
    if as_json:
        answer = {
            "file": str(built.path),
            "features": dict(built.feature_counts),
            "names": built.name_count,
            "tiles": built.tile_count,
            "size_bytes": built.size_bytes,
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    click.echo(
        f"{built.path}: {number_of(built.tile_count, 'tile')}, {number_of(built.size_bytes, 'byte')}, "
        f"{number_of(built.name_count, 'name')}"
    )
    for layer, count in built.feature_counts.items():
        click.echo(f"  {layer.replace('_', ' '):<14} {count:>12,}")
    click.echo("© OpenStreetMap contributors, ODbL: name them wherever you show it.")
    click.echo(f"Next: merestone serve REGISTER --basemap {built.path}")
