"""How far from the true edge of released land an attacker stays, who sees what the public sees of it.

Run: python benchmarks/privacy_released.py [--quick]

The attacks of `privacy_attacks.py` on outlines that lie within the true ones (`masked_within_all`), of areas so large
that some of them is shown; also where the same land was seen before as a hazard, drawn by the same chance.
"""

import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import shapely
from privacy import LEVELS, SEED, in_metres, placed
from privacy_attacks import attack, insets_m
from privacy_shapes import Area, ellipse, l_shape, log_uniform, rectangle

from merestone.geodesy import CHANCES, mask_of, masked_all, masked_within_all

Maker = Callable[[np.random.Generator, float], Area]
FAMILIES: dict[str, Maker] = {
    "rectangle 2000 x 1000 m, size known": lambda d, f: rectangle(d, 2000 * f, 1000 * f),
    "rectangle of any size": lambda d, f: rectangle(d, log_uniform(d, 1200, 3000) * f, log_uniform(d, 600, 1200) * f),
    "L of any size": lambda d, f: l_shape(d, log_uniform(d, 1600, 3000) * f, log_uniform(d, 600, 900) * f),
    "ellipse of any size": lambda d, f: ellipse(d, log_uniform(d, 1200, 3000) * f, log_uniform(d, 700, 1200) * f),
}


def looked_at_from_inside(area: Area) -> Area:
    """The same area, its sides sought from what is shown within."""
    return replace(area, sides=[replace(side, normals=-side.normals, is_inside=True) for side in area.sides])


def error_m(make: Maker, level_m: float, factor: float, count: int, *, was_hazard: bool) -> dict[str, float]:
    """The mean error after each attack, over the areas of which something is shown along their long sides."""
    draw, mask = np.random.default_rng(SEED), mask_of(level_m)
    areas = [looked_at_from_inside(make(draw, factor)) for _ in range(count)]
    ground = placed([area.outline for area in areas])
    chance = draw.random((count, CHANCES))
    within = in_metres(masked_within_all(ground, ground, chance, mask, 0.0))
    around = in_metres(masked_all(ground, ground, chance, mask))
    for area, shown in zip(areas, within, strict=True):
        assert area.outline.covers(shown)
    reach_m = 4 * level_m
    insets = insets_m(list(within), areas, reach_m)
    kept = [at for at, inset_m in enumerate(insets) if np.isfinite(np.concatenate(inset_m)).all()]
    turns = [around, within] if was_hazard else [within]
    seen = {shapely.to_wkb(areas[at].outline): [turn[at] for turn in turns] for at in kept}
    errors = attack(
        [areas[at] for at in kept],
        lambda outlines, _: [seen[shapely.to_wkb(outline)] for outline in outlines],
        reach_m=reach_m, draw=draw, count=0,
    )  # fmt: skip
    return errors | {"areas": float(len(kept))}


def main() -> None:
    """Print the table."""
    count = 900 if "--quick" in sys.argv else 3000
    print(
        "| level | the attacker sees | mean error after the best attack | each attack | areas |\n|---|---|---|---|---|"
    )
    for level_m, factor in LEVELS:
        for name, make in FAMILIES.items():
            for was_hazard in (False, True):
                errors = error_m(make, level_m, factor, count, was_hazard=was_hazard)
                areas = errors.pop("areas")
                also = ", also as a hazard before" if was_hazard else ""
                each = ", ".join(f"{way} {error:.0f}" for way, error in errors.items())
                best = min(errors.values())
                print(f"| {level_m:,.0f} m | {name}{also} | {best:.0f} m | {each} | {areas:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
