"""How far from the true edge an attacker stays who sees public outlines, knows the code, and lacks the key.

Run: python benchmarks/privacy.py [--quick] [LEVEL_M]

Shapes: `privacy_shapes.py`. Attacks: `privacy_attacks.py`. Sizes are for the 100 m level; for 1 km all are ten times as
large. The goal is a mean error of the long sides of at least 30 m at 100 m and 300 m at 1 km after the best attack,
while the land that the outlines of the Bosnian file cover is at most 1.4 times that of the cells they replaced.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import shapely
from privacy_attacks import Release, attack, cells_by_search
from privacy_shapes import BOSNIAN, FAMILIES, LAT_DEG, LON_DEG, SCALE, Area, Floats, Maker, recorded

from merestone.geodesy import CHANCES, areas_m2, mask_of, masked_all, outward_all
from merestone.register.query.outline_history import _anchors

LEVELS = ((100.0, 1.0), (1000.0, 10.0))
SEED = 20261128


def placed(outlines: Sequence[shapely.Geometry]) -> Floats:
    """From metres to degrees."""
    return shapely.transform(np.array(outlines, dtype=object), lambda c: c / SCALE + [LON_DEG, LAT_DEG])


def in_metres(outlines: Floats) -> Floats:
    """From degrees to metres."""
    return shapely.transform(np.asarray(outlines, dtype=object), lambda c: (c - [LON_DEG, LAT_DEG]) * SCALE)


def masked(*levels_m: float) -> Release:
    """One outline at each level."""

    def release(outlines: Sequence[shapely.Geometry], draw: np.random.Generator) -> list[list[shapely.Geometry]]:
        ground = placed(outlines)
        made = [
            in_metres(masked_all(ground, ground, draw.random((len(ground), CHANCES)), mask_of(level_m)))
            for level_m in levels_m
        ]
        return [list(row) for row in zip(*made, strict=True)]

    return release


def versions(
    level_m: float, change: Callable[[shapely.Geometry, int, np.random.Generator], shapely.Geometry], count: int
) -> Release:
    """The outlines of successive versions of each record, the present one last, by the register's own rule."""

    def release(outlines: Sequence[shapely.Geometry], draw: np.random.Generator) -> list[list[shapely.Geometry]]:
        mask, out = mask_of(level_m), []
        for outline, chance in zip(outlines, draw.random((len(outlines), CHANCES)), strict=True):
            every = placed([*(change(outline, turn, draw) for turn in range(count)), outline])
            anchors = _anchors([one.wkb for one in every], mask.tolerance_m)
            bases = np.array([anchors[one.wkb] for one in every], dtype=object)
            frames = np.array([every[0]] * len(every), dtype=object)
            out.append(list(in_metres(masked_all(bases, frames, np.tile(chance, (len(every), 1)), mask))))
        return out

    return release


def surveyed(outline: shapely.Geometry, _: int, draw: np.random.Generator) -> shapely.Geometry:
    """Surveyed again, each corner 5 m off."""
    corners = shapely.get_coordinates(outline)[:-1]
    again = shapely.Polygon(corners + draw.normal(0, 5.0, corners.shape))
    return again if again.is_valid else outline


def larger(outline: shapely.Geometry, _: int, draw: np.random.Generator) -> shapely.Geometry:
    """As it was before a part of it was released: it reached farther to one side, by up to a quarter of its length."""
    west, south, east, north = outline.bounds
    far = max(east - west, north - south) * draw.uniform(0.05, 0.25)
    way = draw.uniform(0, 2 * np.pi)
    there = shapely.transform(outline, lambda places: places + far * np.array([np.cos(way), np.sin(way)]))
    return shapely.convex_hull(shapely.union(outline, there))


def area_of_the_file() -> None:
    """The land that the outlines of the Bosnian file cover, beside that of the cells."""
    if not BOSNIAN.exists():
        print("The Bosnian file is not at hand: its area is not measured.")
        return
    areas = recorded(10**6, np.random.default_rng(0), 0.0, every=True)
    ground = np.array([area.outline for area in areas], dtype=object)

    def km2(outlines: Floats) -> float:
        return float(areas_m2([shapely.union_all(outlines)])[0] / 1e6)

    print(f"{len(ground):,} areas, {km2(ground):,.0f} km2 in truth")
    for level_m, _ in LEVELS:
        chance = np.random.default_rng(SEED).random((len(ground), CHANCES))
        shown, cells = (
            masked_all(ground, ground, chance, mask_of(level_m)),
            outward_all(ground, level_m, accuracy_m=0.0),
        )
        assert shapely.covers(shown, ground).all()
        ratio = km2(shown) / km2(cells)
        print(f"  {level_m:5.0f} m: {km2(shown):,.0f} km2; cells {km2(cells):,.0f} km2; {ratio:.2f} times (bound 1.40)")


def row(name: str, errors: dict[str, float]) -> None:
    best = min(errors.values())
    print(
        f"| {name} | {best:.0f} m | " + ", ".join(f"{way} {error:.0f}" for way, error in errors.items()) + " |",
        flush=True,
    )


def main() -> None:
    """Print the tables."""
    quick = "--quick" in sys.argv
    count, few = (800, 400) if quick else (4000, 1200)
    area_of_the_file()
    chosen = [float(word) for word in sys.argv[1:] if word[0] != "-"]
    for level_m, factor in LEVELS:
        if chosen and level_m not in chosen:
            continue
        print(f"\n## {level_m:,.0f} m\n| the attacker sees | mean error after the best attack | each attack |")
        print("|---|---|---|")
        table(level_m, factor, count, few)


def table(level_m: float, factor: float, count: int, few: int) -> None:
    """Print the rows of one level."""

    def told(name: str, made: Maker | list[Area], release: Release, tries: int) -> None:
        make = made if isinstance(made, list) else partial(made, factor=factor)
        draw = np.random.default_rng(SEED)
        row(name, attack(make, release, reach_m=9 * level_m, draw=draw, count=tries))

    for name, make in FAMILIES.items():
        told(name, make, masked(level_m), count)
    kept = recorded(count + 300, np.random.default_rng(SEED), 1500.0)
    told("polygons of the Bosnian file", kept, masked(level_m), 0)
    belt = FAMILIES["belt 2000 m, width 20-200 m"]
    if level_m == LEVELS[0][0]:  # who has the finer outline does not need the coarser one
        told("belt, both levels", belt, masked(1000.0, 100.0), few)
    told("belt, ten surveys with 5 m noise", belt, versions(level_m, surveyed, 10), few // 2)
    told("belt, before and after parts were released", belt, versions(level_m, larger, 2), few)
    for length_m, width_m in ((2000 * factor, 40 * factor), (1000 * factor, 300 * factor)):
        error = cells_by_search(length_m, width_m, level_m, np.random.default_rng(SEED))
        print(f"| *cells as before, {length_m:,.0f} x {width_m:,.0f} m* | {error:.1f} m | search |", flush=True)


if __name__ == "__main__":
    main()
