"""The question how exactly everybody is to see what is imported, with what each answer does."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

from merestone.files import whole_file
from merestone.register import Record, Snapshot
from merestone.register.programme import default_visibility
from merestone.terms import LEVELS, FileRefused, MerestoneError, RecordKind, Visibility, number_of

ROWS: int = 500
"""Of so many rows at the beginning of the first file the effect is shown."""


def ask_level(
    files: tuple[Path, ...],
    kinds: tuple[str, ...],
    *,
    accuracy_m: float | None,
    mapping: Any,
    where: Any,
    **reading: Any,
) -> Visibility | None:
    """Show what each level does to the areas of a file, and ask for one.

    Returns
    -------
    The level; None where nothing is to be chosen: kinds without a layer, several kinds at once, rows of our own export,
    which keep the level that they state, or a file that cannot be read, which the import itself will say.
    """
    from merestone.exchange.imports import preview_file
    from merestone.exchange.publication import effect_lines

    if len(kinds) != 1 or kinds[0] not in set(RecordKind):
        return None
    kind = RecordKind(kinds[0])
    try:
        seen = preview_file(
            files[0], kind=kind, accuracy_m=accuracy_m, mapping=mapping, where=where, most_rows=ROWS, **reading
        )
    except MerestoneError:
        return None
    if not seen.entries or seen.is_own_export:
        return None
    few = "" if seen.is_whole and len(files) == 1 else f", by the first {len(seen.entries):,}"
    click.echo(f"How exactly is everybody to see each {kind.label}{few}? Nobody outside reads their words.", err=True)
    for line in effect_lines([entry.geometry for entry in seen.entries.values()], is_hazard=kind.is_hazard):
        click.echo(f"  {line}", err=True)
    choice = click.Choice([level.value for level in LEVELS])
    default = default_visibility(kind).value
    return Visibility(click.prompt("visibility", type=choice, default=default, show_choices=False, err=True))


def _by_kind(snapshot: Snapshot) -> dict[RecordKind, list[Record]]:
    kinds: dict[RecordKind, list[Record]] = {}
    for record in snapshot.records:
        kinds.setdefault(record.kind, []).append(record)
    return kinds


def effects_by_kind(snapshot: Snapshot) -> dict[str, Any]:
    """For a program: by kind, how many records have each level now, and what each would show, in m2."""
    from merestone.register.query import effects

    return {
        kind.value: {
            "records": dict(Counter(record.visibility.value for record in records)),
            "recorded_m2": level_effects[0].recorded_m2,
            "shown_m2": {effect.visibility.value: effect.shown_m2 for effect in level_effects},
        }
        for kind, records in _by_kind(snapshot).items()
        for level_effects in [effects([record.geometry for record in records], is_hazard=kind.is_hazard)]
    }


def show_effects(snapshot: Snapshot) -> None:
    """For a person: the same, kind by kind."""
    from merestone.exchange.publication import effect_lines

    for kind, records in _by_kind(snapshot).items():
        now = Counter(record.visibility.value for record in records)
        levels = ", ".join(f"{count:,} {level}" for level, count in now.items())
        click.echo(f"\n{kind.label.capitalize()}: {len(records):,} ({levels}); land shown to everybody at each level")
        for line in effect_lines([record.geometry for record in records], is_hazard=kind.is_hazard):
            click.echo(f"  {line}")


def draw_effect(snapshot: Snapshot, picture: Path, *, force: bool, inputs: list[Path]) -> None:
    """Draw the effect on the kind of hazard of which there are most areas."""
    from merestone.exchange.publication import write_effect_picture

    areas = {
        kind: [record.geometry for record in records if record.geometry.area > 0]
        for kind, records in _by_kind(snapshot).items()
        if kind.is_hazard
    }
    kind = max(areas, key=lambda area: len(areas[area]), default=None)
    if kind is None or not areas[kind]:
        raise FileRefused(picture, "the register holds no hazard with an extent to draw", "record an area first")
    title = (
        f"{number_of(len(areas[kind]), 'record')}: {kind.label}. Hatched: as recorded. Pale: what everybody sees. "
        "One of them:"
    )
    with whole_file(picture, overwrite=force, inputs=inputs) as part:
        write_effect_picture(part, areas[kind], title=title, is_hazard=True, suffix=picture.suffix)
