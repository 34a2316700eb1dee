"""Make the base map of the exercise: an invented island around 0 N 0 E, so that roads and names lie around the areas.

    python tools/exercise_region.py [OUTPUT.pmtiles]

Nothing of it exists: the sea is open there. It is written as an OpenStreetMap file, from which `merestone basemap
build` makes tiles, as it does from a real region's extract. The town's name says in several languages what it is.
"""

import math
import random
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from merestone.exchange.formats.base_maps import build_base_map

OUTPUT = Path(__file__).parents[1] / "src" / "merestone" / "exchange" / "exercise" / "region.pmtiles"
ATTRIBUTION = "Invented land of the exercise"
SEED = 20261129
ISLAND_DEG = 0.15
Position = tuple[float, float]
TOWN = {
    "name": "Exercise Town", "name:et": "Õppuselinn", "name:fi": "Harjoituskaupunki", "name:lv": "Mācību pilsēta",
    "name:lt": "Pratybų miestas", "name:pl": "Miasto Ćwiczebne", "name:ru": "Учебный Город", "name:be": "Вучэбны Горад",
    "name:uk": "Навчальне Місто",
}  # fmt: skip
VILLAGES: dict[str, Position] = {
    "Drillby": (-0.052, 0.038), "Trainham": (0.055, 0.044), "Practice Hill": (0.062, -0.03),
    "Rehearsal": (-0.03, -0.062),
    "Mock Harbour": (0.012, -0.112), "Samplewick": (-0.098, -0.004), "Testing Bay": (0.016, 0.112),
    "Lessonford": (0.024, -0.036),
}  # fmt: skip


class Drawing:
    """An OpenStreetMap file in the making."""

    def __init__(self) -> None:
        self.root = ElementTree.Element("osm", version="0.6", generator="tools/exercise_region.py")
        self.nodes: list[ElementTree.Element] = []
        self.ways: list[ElementTree.Element] = []

    def node(self, at: Position, **tags: str) -> str:
        """A point; its number."""
        number = str(len(self.nodes) + 1)
        lon, lat = f"{at[0]:.7f}", f"{at[1]:.7f}"
        self.nodes.append(ElementTree.Element("node", id=number, version="1", lon=lon, lat=lat))
        _tag(self.nodes[-1], tags)
        return number

    def way(self, line: list[Position], *, is_closed: bool = False, **tags: str) -> None:
        """A line, or an area."""
        numbers = [self.node(at) for at in line]
        self.ways.append(ElementTree.Element("way", id=str(len(self.ways) + 1), version="1"))
        for number in numbers + (numbers[:1] if is_closed else []):
            ElementTree.SubElement(self.ways[-1], "nd", ref=number)
        _tag(self.ways[-1], tags)

    def write(self, path: Path) -> None:
        """Points first, as readers expect it."""
        self.root.extend([*self.nodes, *self.ways])
        ElementTree.ElementTree(self.root).write(path, encoding="utf-8", xml_declaration=True)


def _tag(element: ElementTree.Element, tags: dict[str, str]) -> None:
    for key, value in tags.items():
        ElementTree.SubElement(element, "tag", k=key, v=value)


def ring(chance: random.Random, centre: Position, radius_deg: float, count: int) -> list[Position]:
    """An uneven ring, anticlockwise: as a coast it has the land on its left."""
    waves = [(chance.uniform(0.02, 0.07), chance.randint(2, 9), chance.uniform(0, 6.28)) for _ in range(5)]
    made = []
    for corner in range(count):
        turn = 2 * math.pi * corner / count
        reach = radius_deg * (1 + sum(share * math.sin(times * turn + phase) for share, times, phase in waves))
        made.append((centre[0] + reach * math.cos(turn), centre[1] + reach * math.sin(turn)))
    return made


def bent(chance: random.Random, start: Position, end: Position, parts: int = 14) -> list[Position]:
    """A line from one place to another that is not straight."""
    across = (start[1] - end[1], end[0] - start[0])
    first, second = chance.uniform(-0.12, 0.12), chance.uniform(-0.05, 0.05)
    made = []
    for part in range(parts + 1):
        along = part / parts
        aside = first * math.sin(math.pi * along) + second * math.sin(3 * math.pi * along)
        made.append(tuple(start[axis] + along * (end[axis] - start[axis]) + aside * across[axis] for axis in (0, 1)))
    return made  # type: ignore[return-value]


def settle(drawing: Drawing, chance: random.Random, centre: Position, streets: int) -> None:
    """Streets in a grid that is turned by chance, and houses along them."""
    turn, step = chance.uniform(0, 1.5), 0.0011
    east, north = (math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))

    def at(x: float, y: float) -> Position:
        return centre[0] + step * (x * east[0] + y * north[0]), centre[1] + step * (x * east[1] + y * north[1])

    for nth in range(-streets, streets + 1):
        drawing.way(
            [at(nth, -streets), at(nth, streets)], highway="residential", name=f"Exercise Street {nth + streets + 1}"
        )
        drawing.way([at(-streets, nth), at(streets, nth)], highway="residential")
        for x in range(-4 * streets, 4 * streets):
            if chance.random() < 0.6:
                left, low = x / 4 + 0.05, nth + 0.12
                corners = [(left, low), (left + 0.13, low), (left + 0.13, low + 0.12), (left, low + 0.12)]
                drawing.way([at(*corner) for corner in corners], is_closed=True, building="house")


def island() -> Drawing:
    """All of it."""
    chance, drawing = random.Random(SEED), Drawing()
    drawing.way(ring(chance, (0.0, 0.0), ISLAND_DEG, 220), is_closed=True, natural="coastline")
    for centre, radius_deg in (
        ((-0.075, 0.065), 0.03),
        ((0.085, 0.0), 0.024),
        ((-0.06, -0.075), 0.028),
        ((0.03, 0.075), 0.02),
    ):
        drawing.way(ring(chance, centre, radius_deg, 60), is_closed=True, landuse="forest", name="Exercise Forest")
    drawing.way(ring(chance, (-0.018, 0.05), 0.009, 50), is_closed=True, natural="water", name="Exercise Lake")
    drawing.way(bent(chance, (-0.02, 0.042), (0.04, -0.2), 40), waterway="river", name="Exercise River")
    for number, corner in enumerate(((-0.21, -0.21), (0.21, -0.21), (0.21, 0.21), (-0.21, 0.21)), start=1):
        coast = ring(chance, corner, 0.004, 24)
        drawing.way(coast, is_closed=True, natural="coastline")
        # At its outermost: the sea reaches as far as places do, and beyond it would lie a strip of land.
        outermost = [math.copysign(max(abs(at[axis]) for at in coast), corner[axis]) for axis in (0, 1)]
        drawing.node((outermost[0], outermost[1]), place="hamlet", name=f"Exercise Islet {number}")
    town = (-0.004, 0.012)
    drawing.node(town, place="town", **TOWN)
    settle(drawing, chance, town, 6)
    for name, centre in VILLAGES.items():
        drawing.node(centre, place="village", name=name)
        settle(drawing, chance, centre, 2)
        drawing.way(bent(chance, town, centre), highway="secondary", ref="E 0", name=f"Road to {name}")
    centres = sorted(VILLAGES.values(), key=lambda at: math.atan2(at[1], at[0]))
    for centre, other in zip(centres, centres[1:] + centres[:1], strict=True):
        drawing.way(bent(chance, centre, other), highway="unclassified")
        drawing.way(bent(chance, centre, (0.6 * other[0], 0.6 * other[1])), highway="track")
    return drawing


def main() -> None:
    """Write it."""
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    with tempfile.TemporaryDirectory() as folder:
        extract = Path(folder) / "exercise.osm"
        island().write(extract)
        built = build_base_map(extract, output, attribution=ATTRIBUTION, overwrite=True)
    print(built)


if __name__ == "__main__":
    main()
