"""The briefing of a day: law, border, people, claims and, if given, what a register holds."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from merestone.border import CLASS_TABLES, ClassTable, packaged_class_table, read_class_table
from merestone.documents.briefing import Briefing, Clearing, brief
from merestone.register import PUBLIC, Register, Snapshot, Viewer
from merestone.terms import FieldRefused


@dataclass(frozen=True, kw_only=True)
class LandCover:
    """A raster of land cover, and what its values mean."""

    raster: Path
    classes: ClassTable


@dataclass(frozen=True, kw_only=True)
class WrittenBriefing:
    """A briefing and what it was made of."""

    content: Briefing
    on: date
    snapshot: Snapshot | None
    """What the register held, for the viewer; None: no register was given."""

    @property
    def doubts_of_days(self) -> tuple[str, ...]:
        """What is to be said where the clock, or days stated of hazards, may be wrong."""
        return () if self.snapshot is None else self.snapshot.doubts_of_days


def written_briefing(
    *,
    today: date,
    on: date | None = None,
    register_path: Path | None = None,
    viewer: Viewer = PUBLIC,
    clearing: Clearing | None = None,
    land_cover: LandCover | None = None,
) -> WrittenBriefing:
    """Put a briefing together.

    Parameters
    ----------
    today
        The reader's own day.
    on
        The day for which the law is told. None: `today`, or the register's day where the clock was reset to before it.
    clearing
        The reader's own figures about clearing; none are assumed.

    Raises
    ------
    FileRefused, FieldRefused
        The register or the raster cannot be used.
    """
    snapshot = None
    if register_path is not None:
        with Register.open(register_path, read_only=True) as register:
            snapshot = register.as_of(viewer=viewer)
    day = on or (today if snapshot is None else max(today, snapshot.true_on))
    raster, classes = (None, None) if land_cover is None else (land_cover.raster, land_cover.classes)
    content = brief(on=day, snapshot=snapshot, clearing=clearing, raster=raster, classes=classes)
    return WrittenBriefing(content=content, on=day, snapshot=snapshot)


def land_cover_of(raster: Path, classes: str | None) -> LandCover:
    """A raster with its classes: the name of a packaged table, or the path of a CSV file.

    Raises
    ------
    FieldRefused
        No classes are named, or no such table is packaged and no such file is there.
    """
    if not classes:
        known = ", ".join(CLASS_TABLES)
        raise FieldRefused("classes", None, "is not given with --landcover", f"use {known} or a CSV file")
    own = Path(classes)
    is_packaged = classes in CLASS_TABLES or not own.exists()
    table = packaged_class_table(classes) if is_packaged else read_class_table(own.read_text("utf-8"), name=classes)
    return LandCover(raster=raster, classes=table)
