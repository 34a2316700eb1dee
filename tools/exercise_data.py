"""Make the packaged exercise data: ``python tools/exercise_data.py [FOLDER]``. Same seed, same bytes.

Everything in it is invented: outlines are random blobs in the open sea around 0 N 0 E. A few rows of each file are
faulty in the ways that real files are.
"""

import json
import math
import random
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "src" / "merestone" / "exchange" / "exercise"
METRES_PER_DEGREE = 111_320.0  # near enough at the equator for something invented
LABEL = "SYNTHETIC exercise data: invented, around 0 N 0 E; never to be used for a real warning"

Position = tuple[float, float]


def blob(chance: random.Random, centre: Position, radius_m: float) -> list[list[list[float]]]:
    """A closed ring around a centre, anticlockwise, that does not cross itself."""
    count = chance.randint(7, 16)
    ring = []
    for corner in range(count):
        turn = 2 * math.pi * (corner + chance.uniform(-0.3, 0.3)) / count
        reach_deg = radius_m * chance.uniform(0.6, 1.0) / METRES_PER_DEGREE
        lon, lat = centre[0] + reach_deg * math.cos(turn), centre[1] + reach_deg * math.sin(turn)
        ring.append([round(lon, 7), round(lat, 7)])
    return [[*ring, ring[0]]]


def place(chance: random.Random, within_deg: float = 0.06) -> Position:
    """Somewhere near 0 N 0 E."""
    return chance.uniform(-within_deg, within_deg), chance.uniform(-within_deg, within_deg)


def area(number: int, prefix: str, coordinates: Any, **more: Any) -> dict[str, Any]:
    """A polygon feature."""
    properties = {"local_id": f"{prefix}-{number:03d}", "name": f"Exercise area {prefix} {number}", **more}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": coordinates}}


def suspected(chance: random.Random) -> list[dict[str, Any]]:
    """Blobs, the first around 0 N 0 E itself, and the faults of real files."""
    vegetation = ["grass", "bushes", "forest", "crops"]
    features = [
        area(
            number, "SHA", blob(chance, (0.0, 0.0) if number == 1 else place(chance), chance.uniform(80, 420)),
            status="open", vegetation=chance.choice(vegetation), priority=chance.choice(["high", "medium", "low"]),
        )
        for number in range(1, 25)
    ]  # fmt: skip
    bow_tie = [[[0.030, 0.030], [0.033, 0.033], [0.033, 0.030], [0.030, 0.033], [0.030, 0.030]]]
    features.append(area(25, "SHA", bow_tie, remarks="crosses itself"))
    unclosed = blob(chance, (-0.035, 0.02), 150)
    features.append(area(26, "SHA", [unclosed[0][:-1]], remarks="the ring is not closed"))
    spike = [
        [
            [-0.03, -0.03],
            [-0.028, -0.03],
            [-0.028, -0.028],
            [-0.02, -0.02],
            [-0.028, -0.028],
            [-0.03, -0.028],
            [-0.03, -0.03],
        ]
    ]
    features.append(area(27, "SHA", spike, remarks="a line runs out and back"))
    features.append({**area(28, "SHA", []), "geometry": None})
    features.append(area(29, "SHA", [[[0.04, 0.01], [0.041, 0.011]]], remarks="only two corners"))
    features.append(
        area(30, "SHA", [[[0.05, "0.01"], [0.051, 0.01], [0.051, 0.011], [0.05, 0.01]]], remarks="a latitude is text")
    )
    features.append(
        area(31, "SHA", [[[0.02, 95.0], [0.021, 95.0], [0.021, 95.001], [0.02, 95.0]]], remarks="latitude 95")
    )
    twice = features[4]
    features.append({**twice, "properties": {**twice["properties"], "local_id": "SHA-032", "remarks": "entered twice"}})
    features.append(
        area(33, "SHA", blob(chance, (0.045, -0.045), 120), survey_on="31 May", remarks="the date is no date")
    )
    return features


def confirmed(chance: random.Random) -> list[dict[str, Any]]:
    """Smaller blobs, some inside suspected areas."""
    return [
        area(
            number, "CHA", blob(chance, place(chance, 0.05), chance.uniform(40, 160)),
            status=chance.choice(["open", "worked_on"]),
            device_categories=chance.choice([["ap_mine"], ["ap_mine", "av_mine"], ["cluster_munition_remnant"]]),
        )
        for number in range(1, 13)
    ]  # fmt: skip


def restricted(chance: random.Random) -> list[dict[str, Any]]:
    """Large closed areas."""
    decree = {"authority": "exercise authority", "closed_from": "2026-01-01", "closed_to": ["everyone"]}
    return [
        area(number, "RA", blob(chance, place(chance, 0.09), chance.uniform(900, 1600)), **decree)
        for number in range(1, 4)
    ]


def cleared(chance: random.Random) -> list[dict[str, Any]]:
    """Released land, one outline crossing itself."""
    features = [
        area(number, "CL", blob(chance, place(chance, 0.05), chance.uniform(50, 200))) for number in range(1, 10)
    ]
    bow_tie = [[[0.010, -0.020], [0.012, -0.018], [0.012, -0.020], [0.010, -0.018], [0.010, -0.020]]]
    return [*features, area(10, "CL", bow_tie, remarks="crosses itself")]


def accidents(chance: random.Random) -> list[dict[str, Any]]:
    """Points, one without a place."""
    features: list[dict[str, Any]] = []
    for number in range(1, 13):
        lon, lat = place(chance)
        properties = {
            "local_id": f"ACC-{number:03d}",
            "happened_on": f"2026-{chance.randint(1, 6):02d}-{chance.randint(1, 28):02d}",
        }
        where = {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}
        features.append({"type": "Feature", "properties": properties, "geometry": None if number == 7 else where})
    return features


def text(name: str, features: list[dict[str, Any]]) -> str:
    """The file: one feature a line, so that changes can be read."""
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    head = json.dumps({"type": "FeatureCollection", "name": name, "label": LABEL}, ensure_ascii=False)
    return f'{head[:-1]}, "features": [\n{lines}\n]}}\n'


def files(seed: int = 20261123) -> dict[str, str]:
    """Every file's name and text. Each has a chance of its own, so that one may change without the others."""
    makers = {
        "suspected": suspected,
        "confirmed": confirmed,
        "restricted": restricted,
        "cleared": cleared,
        "accidents": accidents,
    }
    return {
        f"{name}.geojson": text(name, make(random.Random(seed + number)))
        for number, (name, make) in enumerate(makers.items())
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, content in files().items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
        print(f"{folder / name}: {len(content):,} characters")
