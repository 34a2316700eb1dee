"""What `merestone screen` compares with: a register, as a viewer sees it, or a hazard pack."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from merestone.exchange.pack import circumstances_of, index_of, load_pack
from merestone.register import Viewer
from merestone.screening import Circumstances, HazardIndex
from merestone.screening.answer import Hazard


@dataclass(frozen=True)
class Compared:
    """Hazards, ready to be measured against, and what answers must tell of them."""

    index: HazardIndex
    hazards: Sequence[Hazard]
    given: Circumstances
    pack: Path | None = None
    rebuild_cells: bool = False

    @property
    def given_with_unplaced(self) -> Circumstances:
        """With the hazards that have no usable outline counted among what could not be compared with."""
        return replace(self.given, unplaced_count=self.given.unplaced_count + self.index.unplaced)


@dataclass(frozen=True)
class Asked:
    """What is screened against what, and where the answers go."""

    compared: Compared
    accuracy_m: float | None
    warn_m: float
    output: Path | None
    force: bool
    as_json: bool
    crs: str | None = None
    layer: str | None = None
    columns: tuple[str, ...] | None = None
    spark: str | None = None
    """Spark's master, ``local`` for this machine; None: in this process."""
    width_m: float = 0.0
    """Width of a corridor around a way."""


def from_register(
    path: Path, true_on: date | None, known_on: date | datetime | None, viewer: Viewer, edges: str
) -> Compared:
    """The hazards that a viewer sees in a register."""
    from merestone.register import Register  # a pack needs no database

    with Register.open(path, read_only=True) as register:
        snapshot = register.as_of(true_on, known_on, viewer)
    return Compared(index_of(snapshot, edges), snapshot.hazards, circumstances_of(snapshot))


def from_pack(path: Path, *, rebuild_cells: bool) -> Compared:
    """The hazards of a pack, every byte of which was compared with its checksum."""
    pack = load_pack(path, verify=True, cells=not rebuild_cells)
    return Compared(pack.index, pack.hazards, pack.given, path, rebuild_cells)
