"""Attacks on public outlines by somebody who knows the code and the shape, but not the key.

An attacker makes up thousands of areas of the guessed shape, masks each with keys of their own, and learns what the
outlines seen say of the distance between the outline shown and the true side: that averages over all areas that are
consistent with what is seen. Everything that a real attacker would have to find out first is given away: which part of
the outline belongs to which side, and the side's exact direction.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import shapely
from privacy_shapes import PLACES, Area, Floats, Side

Release = Callable[[Sequence[shapely.Geometry], np.random.Generator], list[list[shapely.Geometry]]]
"""(areas in metres, chance) -> for each area, all outlines of it that the attacker sees."""


def insets_m(shown: Sequence[shapely.Geometry], areas: Sequence[Area], reach_m: float) -> list[list[Floats]]:
    """Of each side of each area: how far from it, along its normals, the outline runs, at each place.

    NaN where it is not met within reach, of sides that look inside; negative where the outline lies on the other side.
    """
    starts, ends, lines, signs, inside = [], [], [], [], []
    for outline, area in zip(shown, areas, strict=True):
        for side in area.sides:
            sign = -1.0 if side.is_inside and outline.covers(area.outline) else 1.0
            starts.append(side.places)
            ends.append(side.places + side.normals * reach_m * sign)
            lines += [outline] * PLACES
            signs += [sign] * PLACES
            inside += [side.is_inside] * PLACES
    start, end = np.vstack(starts), np.vstack(ends)
    rays = shapely.linestrings(np.stack([start, end], axis=1))
    met = shapely.intersection(rays, shapely.boundary(np.array(lines, dtype=object)))
    apart = shapely.distance(met, shapely.points(start))
    apart = np.where(np.isnan(apart) & ~np.array(inside), reach_m, apart) * np.array(signs)
    walk = iter(apart.reshape(-1, PLACES))
    return [[next(walk) for _ in area.sides] for area in areas]


def features(
    areas: Sequence[Area], releases: Sequence[Sequence[shapely.Geometry]], reach_m: float
) -> tuple[Floats, Floats]:
    """What is seen of each side, one row each, and what the attacker seeks: the mean inset of the last outline.

    All that is seen is relative to what is shown: no row holds the inset itself.
    """
    turns = [insets_m([release[turn] for release in releases], areas, reach_m) for turn in range(len(releases[0]))]
    hulls = np.array([release[-1] for release in releases], dtype=object)
    sizes = np.column_stack([shapely.area(hulls) ** 0.5, shapely.length(hulls)])
    cuts = _corner_cuts(hulls)
    rows: list[Floats] = []
    targets: list[float] = []
    for number, area in enumerate(areas):
        for which, side in enumerate(area.sides):
            every = np.array([found[number][which] for found in turns])
            mean = every[-1].mean()
            has_frame = side.is_straight or side.known_m is not None
            seen = [_smooth(every[-1] - mean) if has_frame else _radii(hulls[number]), sizes[number], cuts[number]]
            if side.opposite is None:
                seen.append([_thickness(hulls[number], side, reach_m)])
            else:
                across = turns[-1][number][side.opposite]
                apart = np.hypot(*(side.places.mean(axis=0) - area.sides[side.opposite].places.mean(axis=0)))
                seen.append([(mean + across.mean()) * (-1 if side.is_inside else 1) + apart])
                if has_frame:
                    seen.append(_smooth(across - across.mean()))
            if side.known_m is not None:
                seen.append([mean + side.known_m])
            if len(every) > 1:
                means = every.mean(axis=1)
                if has_frame:  # of a curved side, the profile along the true one would tell where that lies
                    seen.append(_smooth(every.mean(axis=0) - means.mean()))
                seen.append([means[:-1].mean() - mean, means[:-1].min() - mean, means[:-1].max() - mean])
                if side.opposite is not None:
                    others = np.array([found[number][side.opposite].mean() for found in turns[:-1]])
                    seen.append([(means[:-1] + others).mean() * (-1 if side.is_inside else 1) + apart])
            rows.append(np.concatenate([np.asarray(part, float) for part in seen]))
            targets.append(mean)
    return np.array(rows), np.array(targets)


def _smooth(profile: Floats) -> Floats:
    """The slope, the bend and two finer waves of a profile along a side."""
    x = np.linspace(-1, 1, PLACES)
    return np.array([profile @ x, profile @ (x * x), profile @ np.cos(2 * np.pi * x), np.abs(np.diff(profile)).sum()])


def _radii(outline: shapely.Geometry) -> Floats:
    """How far a rounded outline lies from its middle, by the angle from its own long axis; both ways of it alike."""
    corners = shapely.get_coordinates(shapely.segmentize(outline, shapely.length(outline) / 200))
    middle = shapely.get_coordinates(shapely.centroid(outline))[0]
    east, north = (corners - middle).T
    axis = np.arctan2(2 * (east * north).mean(), (east**2).mean() - (north**2).mean()) / 2
    angle = np.arctan2(north, east) - axis
    away = np.hypot(east, north)
    folded = np.abs((angle + np.pi / 2) % np.pi - np.pi / 2)
    steps = np.linspace(0, np.pi / 2, 7)
    means = [away[(folded >= low) & (folded <= high)].mean() for low, high in pairwise(steps)]
    return np.array([*means, np.abs(np.diff(away)).sum()])


def _corner_cuts(hulls: Floats) -> Floats:
    """How round the corners are: the distances from the corners of the tightest box to the outline."""
    boxes = shapely.oriented_envelope(hulls)
    corners = np.array([shapely.get_coordinates(box)[:4] for box in boxes])
    cuts = np.array([shapely.distance(shapely.points(c), hull) for c, hull in zip(corners, hulls, strict=True)])
    return np.column_stack([np.sort(cuts, axis=1), cuts.mean(axis=1), shapely.area(hulls) / shapely.area(boxes)])


def _thickness(outline: shapely.Geometry, side: Side, reach_m: float) -> float:
    """How thick what is shown is, across the middle of a side."""
    middle, normal = side.places[PLACES // 2], side.normals[PLACES // 2]
    ahead_m = 40 * reach_m if side.is_inside else reach_m
    chord = shapely.LineString([middle + normal * ahead_m, middle - normal * 40 * reach_m])
    return float(shapely.length(shapely.intersection(outline, chord)))


def learned(seen: Floats, sought: Floats, new: Floats) -> dict[str, Floats]:
    """Estimates for new outlines by what was learned from made-up ones, by method."""
    middle, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-9

    def terms(rows: Floats) -> Floats:
        z = np.clip((rows - middle) / spread, -4, 4)
        pairs = np.stack([z[:, i] * z[:, j] for i in range(z.shape[1]) for j in range(i, z.shape[1])], axis=1)
        return np.column_stack([np.ones(len(z)), z, pairs])

    train, test = terms(seen), terms(new)
    weights = np.linalg.solve(train.T @ train + 3.0 * np.eye(train.shape[1]), train.T @ sought)
    fitted, ridge = train @ weights, test @ weights
    # The regression's answer and the strongest single features say which made-up outlines look alike.
    strength = np.abs(np.nan_to_num(np.corrcoef(seen.T, sought)[-1, :-1]))
    best = np.argsort(strength)[-3:]

    def summary(value: Floats, rows: Floats) -> Floats:
        return np.column_stack([2 * value / (fitted.std() + 1e-9), (rows[:, best] - middle[best]) / spread[best]])

    known, asked = summary(fitted, seen), summary(ridge, new)
    near = np.array([np.median(sought[np.argsort(((known - one) ** 2).sum(axis=1))[:60]]) for one in asked])
    return {"expected growth": np.full(len(new), np.median(sought)), "regression": ridge, "averaging": near}


def attack(
    make: Callable[[np.random.Generator], Area] | Sequence[Area],
    release: Release,
    *,
    reach_m: float,
    draw: np.random.Generator,
    count: int,
) -> dict[str, float]:
    """The mean error of the long sides after each attack, in metres."""
    areas = [make(draw) for _ in range(count + 300)] if callable(make) else list(make)
    asked = min(300, len(areas) // 3)
    releases = release([area.outline for area in areas], draw)
    rows, sought = features(areas, releases, reach_m)
    sides = [len(area.sides) for area in areas]
    cut = sum(sides[: len(areas) - asked])
    estimates = learned(rows[:cut], sought[:cut], rows[cut:])
    return {name: float(np.abs(found - sought[cut:]).mean()) for name, found in estimates.items()}


def _cells(corners: Floats, by_m: float, origin: Floats) -> frozenset[tuple[int, int, int]]:
    """The runs of cells that a convex area touches: row, first and last column."""
    outline = shapely.Polygon(corners + origin)
    _, south, _, north = outline.bounds
    rows = np.arange(np.floor(south / by_m), np.floor(north / by_m) + 1)
    bands = shapely.box(-1e6, rows * by_m, 1e6, (rows + 1) * by_m)
    bounds = shapely.bounds(shapely.intersection(outline, bands))
    columns = np.floor(bounds[:, [0, 2]] / by_m)
    return frozenset(zip(rows.astype(int), *columns.astype(int).T, strict=True))


def cells_by_search(length_m: float, width_m: float, by_m: float, draw: np.random.Generator) -> float:
    """What the cells of a known grid gave away: walk among the rectangles with just those cells, and average them."""
    errors = []
    for _ in range(4):
        origin, angle = draw.uniform(0, by_m, 2), draw.uniform(0, np.pi)

        def corners(state: Floats) -> Floats:
            half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.exp(state[3:5]) / 2
            turn = np.array([[np.cos(state[2]), np.sin(state[2])], [-np.sin(state[2]), np.cos(state[2])]])
            return half @ turn + state[:2]

        truth = np.array([0.0, 0.0, angle, np.log(length_m), np.log(width_m)])
        seen = _cells(corners(truth), by_m, origin)
        state, met = truth.copy(), []  # beginning at the truth only saves the search for a first one
        steps = np.array(
            [by_m / 4, by_m / 4, by_m / 4 / length_m, by_m / 3 / length_m, by_m / 3 / max(width_m, by_m / 2)]
        )
        for step in range(6000):
            tried = state + draw.normal(0, 1, 5) * steps * 10 ** draw.uniform(-1.5, 0.3)
            if _cells(corners(tried), by_m, origin) == seen:
                state = tried
            if step > 1000:
                met.append(corners(state))
        guess, true = np.mean(met, axis=0), corners(truth)
        for a, b in ((0, 1), (2, 3)):
            along = true[a] + np.linspace(0.1, 0.9, PLACES)[:, None] * (true[b] - true[a])
            edge = (guess[b] - guess[a]) / np.hypot(*(guess[b] - guess[a]))
            errors.append(np.abs((along - guess[a]) @ np.array([-edge[1], edge[0]])).mean())
    return float(np.mean(errors))
