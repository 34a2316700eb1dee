"""What clearing an area would take in time, money and people, and who lives beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml
from shapely.geometry.base import BaseGeometry

from merestone.border import NoPlacesData, PeopleWithin, people_near, read_places
from merestone.exchange import read
from merestone.geodesy import area_m2
from merestone.release import Assumed, Burden, burden, percentile_of, read_assumptions
from merestone.terms import FieldRefused, FileRefused
from merestone.use_cases.clearance_due import ClearanceDuty, NoClearanceDay, clearance_due_on
from merestone.use_cases.open_areas import is_register, open_areas
from merestone.use_cases.united_areas import united

PERCENTILES: Final = (10, 50, 90)
BURDEN_MEANING: Final = (
    "This is what contamination costs to remove, and whom it endangers until then. It speaks for no use of any weapon "
    "and ranks no place."
)
_SEE_EXAMPLE: Final = "see `merestone burden - --example`"


@dataclass(frozen=True, kw_only=True)
class BurdenFigures:
    """The user's own figures, each with its source."""

    assumptions: Mapping[str, Assumed]
    label: str = ""
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class AreaBurden:
    """The burden of one area, and what is not known of it."""

    burden: Burden
    label: str
    currency: str
    due_unknown_because: str | None
    """Why there is no due day; None: there is one."""
    people: tuple[PeopleWithin, ...] | None
    """For each distance; None: unknown, which is not nobody."""
    people_unknown_because: str | None
    area_notes: tuple[str, ...]
    """What is to be said of the areas that were taken from a register."""

    def as_json(self) -> dict[str, Any]:
        """All figures: m2, days, years, and costs in `currency`, each with its percentiles."""
        drawn = self.burden
        quantities: Mapping[str, Any] = {
            "to_clear_m2": drawn.to_clear_m2,
            "team_days": drawn.team_days,
            "person_days": drawn.person_days,
            "years": drawn.years,
            "cost": drawn.cost,
        }
        return {
            "label": self.label,
            "meaning": BURDEN_MEANING,
            "area_m2": drawn.area_m2,
            "starts_on": drawn.starts_on.isoformat(),
            "due_on": drawn.due_on and drawn.due_on.isoformat(),
            "on_time": drawn.on_time,
            "currency": self.currency,
            "draws": len(drawn.years),
            "seed": drawn.seed,
            **{
                name: None if values is None else {f"p{share}": percentile_of(values, share) for share in PERCENTILES}
                for name, values in quantities.items()
            },
            "ends_on": {f"p{share}": (end := drawn.ends_on(share)) and end.isoformat() for share in PERCENTILES},
            "assumptions": {
                name: {"low": figure.low, "likely": figure.likely, "high": figure.high, "source": figure.source}
                for name, figure in drawn.assumptions.items()
            },
            "due_on_unknown_because": self.due_unknown_because,
            "people": None if self.people is None else [within.as_json() for within in self.people],
            "people_unknown_because": self.people_unknown_because,
            "area_from": list(self.area_notes),
        }


def read_burden_figures(path: Path | None, own: Sequence[str] = (), *, source: str = "") -> BurdenFigures:
    """Figures from a YAML file, and single ones written ``NAME=NUMBER`` or ``NAME=low:likely:high``, which go before.

    Parameters
    ----------
    source
        Where the single figures come from.

    Raises
    ------
    FileRefused
        The file cannot be read, or holds no assumptions.
    FieldRefused
        A figure is missing, unknown, without a source, or not a number.
    """
    content, label, currency = _content(path)
    content |= _figures(own, source)
    assumptions = read_assumptions(content, origin=str(path or "--set"))
    return BurdenFigures(assumptions=assumptions, label=label, currency=currency)


def area_burden(
    path: Path | str,
    figures: BurdenFigures,
    *,
    starts_on: date,
    due: date | ClearanceDuty | None = None,
    within_km: Sequence[float] = (1.0, 5.0, 10.0),
    places: Path | None = None,
    draws: int = 10_000,
    seed: int = 1,
) -> AreaBurden:
    """Draw what clearing an area would take from the user's figures, and count who lives within some distances.

    Parameters
    ----------
    path
        A register, of which the suspected and confirmed areas are taken, or a file of polygons in any format.
    due
        The day by which it has to be done, or the duty that sets it. Where that duty has no day, the answer says so.
    within_km
        Distances from the area, km.
    places
        The user's own places (CSV: name, state, lon_deg, lat_deg, population). None: those of the border data.

    Raises
    ------
    FileRefused
        The file holds no area, or something that is not one.
    """
    due_on, due_unknown_because = _due(due, starts_on)
    area, notes, label = _area(Path(path))
    people, people_unknown_because = _people(area, within_km, places)
    return AreaBurden(
        burden=burden(area_m2(area), figures.assumptions, starts_on=starts_on, due_on=due_on, draws=draws, seed=seed),
        label=figures.label or label,
        currency=figures.currency,
        due_unknown_because=due_unknown_because,
        people=people,
        people_unknown_because=people_unknown_because,
        area_notes=notes,
    )


def _content(path: Path | None) -> tuple[dict[str, Any], str, str]:
    if path is None:
        return {}, "", ""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FileRefused(path, f"cannot be read ({error})", _SEE_EXAMPLE) from error
    if not isinstance(content, dict) or not isinstance(content.get("assumptions"), dict):
        raise FileRefused(path, "holds no assumptions", _SEE_EXAMPLE)
    return dict(content["assumptions"]), str(content.get("label") or ""), str(content.get("currency") or "")


def _figures(texts: Sequence[str], source: str) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for text in texts:
        name, _, values = text.partition("=")
        parts = values.split(":")
        if len(parts) not in (1, 3):
            raise FieldRefused("--set", text, "is not a figure", "write NAME=NUMBER or NAME=low:likely:high")
        low, likely, high = parts * 3 if len(parts) == 1 else parts
        figures[name.strip()] = {"low": low, "likely": likely, "high": high, "source": source}
    return figures


def _due(due: date | ClearanceDuty | None, on: date) -> tuple[date | None, str | None]:
    """The due day; or None, and why there is none."""
    if due is None:
        return None, "no state was named"
    if isinstance(due, date):
        return due, None
    try:
        return clearance_due_on(due, on), None
    except NoClearanceDay as unknown:
        return None, unknown.why


def _area(path: Path) -> tuple[BaseGeometry, tuple[str, ...], str]:
    """The union of the areas, what is to be said of them, and the label of a register."""
    if is_register(path):
        open_land = open_areas(path)
        if not open_land.areas:
            raise FileRefused(path, "the register holds no open area with an outline", "import one first")
        return united([area.outline for area in open_land.areas]), open_land.sentences, open_land.label
    areas = [row.geometry for row in read(path) if row.geometry is not None]
    if not areas or not {area.geom_type for area in areas} <= {"Polygon", "MultiPolygon"}:
        raise FileRefused(path, "does not hold polygons alone", "give a file of areas")
    return united(areas), (), ""


def _people(
    area: BaseGeometry, within_km: Sequence[float], places: Path | None
) -> tuple[tuple[PeopleWithin, ...] | None, str | None]:
    distances_m = [km * 1000.0 for km in within_km]
    if places is not None:
        own = read_places(places.read_text(encoding="utf-8"), origin=str(places))
        return people_near(area, distances_m, places=own, source=str(places), gaps="as your file has them"), None
    try:
        return people_near(area, distances_m), None
    except NoPlacesData as missing:
        return None, str(missing)
