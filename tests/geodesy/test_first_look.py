"""The first look measures few rings: what it says of all of them is what their measured areas say."""

import numpy as np
import pytest
import shapely

from merestone.geodesy import _first_look
from merestone.geodesy._flat import Lines
from merestone.geodesy.ellipsoid import areas_of_rings_m2, ring_areas_m2


def _rings(seed: int) -> list[shapely.Polygon | shapely.LineString]:
    """Small and large ones, crossing themselves or not, either way round, with holes, without area, in any latitude."""
    random = np.random.default_rng(seed)
    shapes: list[shapely.Polygon | shapely.LineString] = []
    for _ in range(400):
        size = 10.0 ** random.uniform(-7, 1.5)
        count = int(random.integers(3, 9))
        middle = random.choice([0.0, 17.1, 179.9, -60.0]), random.choice([0.0, 44.9, -70.0, 89.0])
        ring = middle + size * random.uniform(-1, 1, (count, 2))
        if random.random() < 0.2:  # a bow tie of two nearly equal lobes
            ring = middle + size * np.array([[0, 0], [1, 1], [1, 0], [0, 1 + 10.0 ** random.uniform(-16, -2)]])
        if random.random() < 0.1:
            ring[:, 1] = ring[0, 1]
        hole = [ring.mean(0) + (ring - ring.mean(0)) * 0.3] if random.random() < 0.2 else None
        shapes.append(shapely.LineString(ring) if random.random() < 0.1 else shapely.Polygon(ring, hole))
    return shapes


@pytest.mark.parametrize("seed", range(5))
def test_what_is_seen_in_a_plane_is_what_is_measured(seed: int) -> None:
    shapes = _rings(seed)
    lines = Lines.of(np.array(shapes, dtype=object))
    measured = ring_areas_m2(lines.coordinates, lines.starts)
    seen = _first_look._looked_at_m2(lines, len(shapes))
    is_ring = lines.role != 0
    assert (np.sign(seen) == np.sign(measured))[is_ring].all()
    least = _first_look.TINY_AREA_M2
    wanted, got = (areas_of_rings_m2(lines, ring_m2, len(shapes)) for ring_m2 in (measured, seen))
    assert ((got == 0) == (wanted == 0))[shapely.get_type_id(shapes) == 3].all()
    is_tiny = (wanted > 0) & (wanted < least)
    assert (((got > 0) & (got < least)) == is_tiny).all()
    assert (got[is_tiny] == wanted[is_tiny]).all()  # it is told in words


def test_few_rings_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = [shapely.box(17 + at / 100, 44.9, 17.001 + at / 100, 44.901) for at in range(50)]
    monkeypatch.setattr(_first_look, "ring_areas_m2", None)
    assert _first_look.FirstLook(np.array(boxes, dtype=object), must_be_area=True).is_sound.all()
