"""`merestone border terrain` and `merestone border people`: what lies along a border, and who lives there."""

import sys
from pathlib import Path
from typing import Any

import click
import shapely

from merestone.border import (
    CLASS_TABLES,
    FIVE_STATES_BORDERS,
    PLACES_SOURCE,
    AlongWater,
    ClassTable,
    Cover,
    LandCover,
    Terrain,
    along_water,
    land_cover,
    packaged_border,
    packaged_class_table,
    packaged_water,
    people_in_raster,
    people_near,
    raster_terrain,
    read_class_table,
    read_places,
    strip_of,
    water_terrain,
)
from merestone.cli.json_output import print_json
from merestone.exchange import read
from merestone.terms import FieldRefused, FileRefused

file_option = click.Path(exists=True, dir_okay=False, path_type=Path)
area_option = click.option("--area", type=file_option, help="Your own areas instead of a border.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("pair", required=False)
@area_option
@click.option("--width-km", default=10.0, show_default=True, help="Full width of the strip along the border.")
@click.option("--landcover", type=file_option, help="Your land-cover raster (GeoTIFF, COG).")
@click.option("--classes", help=f"What its values mean: {', '.join(CLASS_TABLES)}, or a CSV file.")
@click.option("--band", default=1, show_default=True, help="Band of the raster.")
@json_option
def terrain(
    pair: str | None,
    *,
    area: Path | None,
    width_km: float,
    landcover: Path | None,
    classes: str | None,
    band: int,
    as_json: bool,
) -> None:
    """Share of water, forest, wetland, settlement and farmland in a strip along a border.

    Without --landcover only water is known, from the packaged water bodies; the rest is "unknown", not zero. The
    figures describe; they do not rank places. Without PAIR: the five states' eight borders.

    \b
    Examples:
      merestone border terrain EST-RUS --width-km 10
      merestone border terrain EST-RUS --landcover worldcover.tif --classes esa-worldcover
    """  # noqa: D301 (click's own mark)
    if landcover and not classes:
        known = (
            f"say what its values mean: --classes {'|'.join(CLASS_TABLES)}, or a CSV file with code,name,cover,source"
        )
        raise FieldRefused("classes", classes, "is missing, and cannot be guessed because tables share values", known)
    table = _table(classes) if landcover and classes else None
    rows: list[tuple[str, Terrain, AlongWater | None]] = []
    for name, line, strip in _strips(pair, area, width_km * 500):
        if landcover and table:
            rows.append((name, raster_terrain(strip, _covered(name, strip, landcover, table, band)), None))
        else:
            water = packaged_water()
            rows.append((name, water_terrain(strip, water), along_water(line, water) if line is not None else None))
    if as_json:
        print_json([_terrain_json(*row) for row in rows])
        return
    click.echo(f"strip of {width_km:g} km along the border" if not area else f"areas of {area}")
    click.echo("             area km2 " + "".join(f"{cover:>12}" for cover in Cover))
    for name, people_within, _ in rows:
        shares = "".join(f"{_percent(people_within.shares[cover]):>12}" for cover in Cover)
        click.echo(f"{name:<10} {people_within.area_m2 / 1e6:11,.0f} {shares}")
    if any(along for _, _, along in rows):
        click.echo("the border itself:   in water   within 100 m of water   rest: land, or water that the data miss")
    for name, _, along in rows:
        if along:
            parts = [each / along.length_m for each in (along.in_water_m, along.along_water_m, along.rest_m)]
            click.echo(f"{name:<20} {parts[0]:>9.1%} {parts[1]:>15.1%} {parts[2]:>20.1%}")
    click.echo(f"source: {rows[0][1].source}; {rows[0][1].resolution}")


@click.command()
@click.argument("pair", required=False)
@area_option
@click.option("--within-km", multiple=True, type=float, default=(5, 10, 25, 50), show_default=True,
              help="Distance from the border or the areas; may be given several times.")  # fmt: skip
@click.option("--places", type=file_option, help="Your own places: CSV with name,state,lon_deg,lat_deg,population.")
@click.option("--raster", type=file_option, help="Your own raster of people per cell, instead of places.")
@json_option
def people(
    pair: str | None,
    *,
    area: Path | None,
    within_km: tuple[float, ...],
    places: Path | None,
    raster: Path | None,
    as_json: bool,
) -> None:
    """Settlements and people within distances of a border, or of your own (hazardous) areas.

    \b
    Examples:
      merestone border people LTU-BLR --within-km 5 --within-km 10
      merestone border people --area hazards.gpkg --places villages.csv
    """  # noqa: D301 (click's own mark)
    if raster:
        _people_in_raster(pair, area, within_km, raster, as_json)
        return
    own = read_places(places.read_text(encoding="utf-8"), origin=str(places)) if places else None
    rows = []
    for name, target in _targets(pair, area):
        distances_m = [km * 1000 for km in within_km]
        if own is None:
            people_counts = people_near(target, distances_m)
        else:
            people_counts = people_near(
                target, distances_m, places=own, source=str(places), gaps="as your file has them"
            )
        rows.append((name, people_counts))
    if as_json:
        content = [{"name": name, "within": [each.as_json() for each in people_within]} for name, people_within in rows]
        print_json(content)
        return
    click.echo("              within   places   without        people  of them in")
    click.echo("                  km           population")
    for name, people_counts in rows:
        for each in people_counts:
            states = ", ".join(f"{state} {count:,}" for state, count in sorted(each.people_by_state.items()))
            click.echo(f"{name:<10} {each.within_m / 1000:9g} {each.places:8} {each.without_population:9} "
                       f"{each.people:13,}  {states}")  # fmt: skip
    last = rows[0][1][0]
    click.echo(f"source: {last.source}" + (f"; {last.gaps}" if last.source == PLACES_SOURCE else ""))


def _people_in_raster(
    pair: str | None, area: Path | None, within_km: tuple[float, ...], raster: Path, as_json: bool
) -> None:
    rows: list[dict[str, Any]] = []
    for name, target in _targets(pair, area):
        for km in within_km:
            count, known = people_in_raster(strip_of(target, km * 1000), raster)
            rows.append({"name": name, "within_m": km * 1000, "people": count, "known_share": known})
    if as_json:
        print_json(rows)
        return
    click.echo("              within        people   raster knows of the area")
    for row in rows:
        click.echo(
            f"{row['name']:<10} {row['within_m'] / 1000:7g} km {_counted(row['people']):>13}   {row['known_share']:.1%}"
        )
    click.echo(f"source: {raster}")


def _counted(people: float | None) -> str:
    return "not known" if people is None else f"{people:,.0f}"


def _covered(name: str, strip: Any, raster: Path, table: ClassTable, band: int) -> LandCover:
    with click.progressbar(length=1000, label=name, file=sys.stderr) as bar:

        def advance(_done: int, windows: int) -> None:
            bar.update(1000 // windows)

        return land_cover(strip, raster, table, band=band, progress=advance)


def _targets(pair: str | None, area: Path | None) -> list[tuple[str, Any]]:
    if pair and area:
        raise click.UsageError("name a border or give --area, not both")
    if area:
        return [(area.stem[:10], _areas(area))]
    return [(name, packaged_border(name).side_a) for name in ([pair] if pair else FIVE_STATES_BORDERS)]


def _strips(pair: str | None, area: Path | None, half_width_m: float) -> list[tuple[str, Any, Any]]:
    return [
        (
            name.upper() if not area else name,
            None if area else target,
            target if area else strip_of(target, half_width_m),
        )
        for name, target in _targets(pair, area)
    ]


def _areas(path: Path) -> Any:
    areas = [row.geometry for row in read(path) if row.geometry is not None]
    if not areas or not {each.geom_type for each in areas} <= {"Polygon", "MultiPolygon"}:
        raise FileRefused(path, "does not hold polygons alone", "give a file of areas")
    return shapely.union_all([each if each.is_valid else shapely.make_valid(each) for each in areas])


def _table(classes: str) -> ClassTable:
    if classes in CLASS_TABLES or not Path(classes).exists():
        return packaged_class_table(classes)
    return read_class_table(Path(classes).read_text(encoding="utf-8"), name=classes)


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"


def _terrain_json(name: str, measured: Terrain, along: AlongWater | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": name,
        "area_m2": measured.area_m2,
        "shares": dict(measured.shares),
        "sea_share": measured.sea_share,
        "source": measured.source,
        "resolution": measured.resolution,
    }
    if along:
        row["line"] = {"length_m": along.length_m, "in_water_m": along.in_water_m, "along_water_m": along.along_water_m,
                       "bank_m": along.bank_m}  # fmt: skip
    return row
