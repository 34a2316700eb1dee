"""The effect of the levels of visibility for a person who chooses: as lines of text, and as a picture.

Drawn by Matplotlib as SVG, PNG or PDF. Nothing is told by colour alone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import metres_per_degree
from merestone.register.query import Effect, effects
from merestone.terms import FieldRefused, FileRefused, Visibility

SUFFIXES: Final = (".svg", ".png", ".pdf")
BAR_OF_RECORDED: Final = 4
"""Characters that stand for the recorded land in a bar of text."""
LONGEST_BAR: Final = 60
_RECORDED: Final = {"edgecolor": "#1d1d1d", "facecolor": "#b30000", "hatch": "////", "linewidth": 1.0}
_SHOWN: Final = {"edgecolor": "#b87400", "facecolor": "#f7dfb5", "linewidth": 1.2}


def effect_lines(outlines: Sequence[BaseGeometry], *, is_hazard: bool) -> list[str]:
    """A line for each level: what everybody sees, the land shown, how many times the recorded land, and a bar."""
    level_effects = effects(outlines, is_hazard=is_hazard)
    bar = "=" * BAR_OF_RECORDED if level_effects[0].recorded_m2 else ""
    lines = [f"{'recorded':<11}{_km2(level_effects[0].recorded_m2):>12}          {bar}".rstrip()]
    for effect in level_effects:
        times = "" if effect.ratio is None else f"{effect.ratio:.1f} x"
        length = 0 if effect.ratio is None else min(LONGEST_BAR, round(BAR_OF_RECORDED * effect.ratio))
        bar = "=" * length + (" ..." if length == LONGEST_BAR else "")
        lines.append(f"{effect.visibility:<11}{_km2(effect.shown_m2):>12}{times:>8}  {bar}".rstrip())
        lines.append(f"{'':<11}{label_of(effect.visibility, is_hazard=is_hazard)}")
    return lines


def label_of(visibility: Visibility, *, is_hazard: bool) -> str:
    """What everybody sees of a record at a level, in words."""
    if is_hazard or visibility is Visibility.OPEN:
        return visibility.label
    return "everybody sees a smaller outline that lies within it, or none"


def write_effect_picture(
    path: Path, outlines: Sequence[BaseGeometry], *, title: str, is_hazard: bool, suffix: str
) -> None:
    """Draw one of the areas, of usual size, and around it what everybody sees at each level, all at one scale.

    Parameters
    ----------
    path
        A new file.
    suffix
        The form, as the ending of a file's name.

    Raises
    ------
    FieldRefused
        Another form.
    FileRefused
        No area has an extent.
    """
    if suffix.lower() not in SUFFIXES:
        raise FieldRefused("suffix", suffix, "is not a kind of picture", f"name the picture {', '.join(SUFFIXES)}")
    areas = [outline for outline in outlines if outline.area > 0]
    if not areas:
        raise FileRefused(path, "no record has an extent to draw", "choose a kind of record with areas")
    import matplotlib as mpl
    from matplotlib.figure import Figure

    level_effects = effects(areas, is_hazard=is_hazard)
    place = sorted(range(len(areas)), key=lambda at: areas[at].area)[len(areas) // 2]
    window = shapely.total_bounds([areas[place], *(effect.outlines[place] for effect in level_effects)])
    with mpl.rc_context({"svg.hashsalt": "merestone", "svg.fonttype": "none", "hatch.linewidth": 0.4}):
        figure = Figure(figsize=(9.0, 3.9), layout="constrained")
        for axes, effect in zip(
            figure.subplots(1, len(level_effects), sharex=True, sharey=True), level_effects, strict=True
        ):
            _panel(axes, areas[place], effect, place, window)
        figure.suptitle(title, fontsize=9)
        metadata: Any = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix.lower())
        figure.savefig(path, format=suffix.lower()[1:], metadata=metadata, dpi=130)


def _panel(axes: Any, recorded: BaseGeometry, effect: Effect, place: int, window: Any) -> None:
    from matplotlib.patches import PathPatch

    if effect.visibility is not Visibility.OPEN:
        for path in _paths(effect.outlines[place]):
            axes.add_patch(PathPatch(path, **_SHOWN))
    for path in _paths(recorded):
        axes.add_patch(PathPatch(path, **_RECORDED))
    west, south, east, north = window
    margin_deg = 0.03 * max(east - west, north - south)
    lon_m, lat_m = metres_per_degree((south + north) / 2)
    axes.set(
        xlim=(west - margin_deg, east + margin_deg), ylim=(south - margin_deg, north + margin_deg),
        aspect=lat_m / lon_m, xticks=[], yticks=[],
    )  # fmt: skip
    times = "" if effect.ratio is None else f"\n{_km2(effect.shown_m2)} shown, {effect.ratio:.1f} x recorded"
    axes.set_title(f"{effect.visibility}{times}", fontsize=9)


def _paths(outline: BaseGeometry) -> list[Any]:
    from matplotlib.path import Path as Drawn

    parts = [part for part in shapely.get_parts(outline) if part.geom_type == "Polygon"]
    return [
        Drawn.make_compound_path(*(Drawn(ring.coords, closed=True) for ring in (part.exterior, *part.interiors)))
        for part in parts
    ]


def _km2(area_m2: float) -> str:
    return f"{area_m2 / 1e6:,.2f} km2" if area_m2 < 1e8 else f"{area_m2 / 1e6:,.0f} km2"
