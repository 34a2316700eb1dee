"""What `merestone screen` compares with: a register, as a viewer sees it, or a hazard pack."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import click

from merestone.bulk import RegisterQuestion, hazards_of_register, load_pack
from merestone.cli.compiler import NO_CACHE
from merestone.cli.exit_codes import UNKNOWN
from merestone.cli.json_output import print_json
from merestone.languages import gettext
from merestone.register import EXACT, PARTNER, PUBLIC, RegisterDamaged, Viewer
from merestone.screening import Circumstances, Class, Hazard, HazardIndex

TIERS = {viewer.name: viewer for viewer in (PUBLIC, PARTNER, EXACT)}
tier_option = click.option(
    "--tier",
    type=click.Choice(list(TIERS)),
    default=EXACT.name,
    show_default=True,
    help="Outlines as this viewer may see them.",
)
"""Of the commands that answer whoever holds the register."""


def _note_no_cache(context: click.Context, _: click.Parameter, is_off: bool) -> None:
    context.meta[NO_CACHE] = is_off


no_cache_option = click.option(
    "--no-cache",
    is_flag=True,
    expose_value=False,
    callback=_note_no_cache,
    help="Do not use or store an index of the register in your cache folder.",
)


@dataclass(frozen=True)
class Compared:
    """Hazards, ready to be measured against, and what answers must tell of them."""

    index: HazardIndex
    hazards: Sequence[Hazard]
    circumstances: Circumstances
    pack: Path | None = None
    rebuild_cells: bool = False

    @property
    def circumstances_with_unplaced(self) -> Circumstances:
        """With the hazards that have no usable outline counted among what could not be compared with."""
        return replace(self.circumstances, unplaced_count=self.circumstances.unplaced_count + self.index.unplaced)


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


def from_register(question: RegisterQuestion) -> Compared:
    """The hazards that a viewer sees in a register; what was made anew is kept when the command ends."""
    context = click.get_current_context()
    recorded = hazards_of_register(question, use_cache=not context.meta.get(NO_CACHE, False))
    context.call_on_close(recorded.keep)
    return Compared(recorded.index, recorded.hazards, recorded.circumstances)


def from_pack(path: Path, *, rebuild_cells: bool) -> Compared:
    """The hazards of a pack, every byte of which was compared with its checksum."""
    pack = load_pack(path, verify=True, cells=not rebuild_cells)
    return Compared(pack.index, pack.hazards, pack.circumstances, path, rebuild_cells)


def compared_with(
    register_path: Path | None,
    pack: Path | None,
    true_on: date | None,
    known_on: date | datetime | None,
    viewer: Viewer,
    edges: str,
    *,
    rebuild_cells: bool = False,
    as_json: bool,
) -> Compared:
    """The hazards of the register or the pack; of a damaged register "unknown" is said, and the command ends."""
    if register_path is None:
        assert pack is not None
        return from_pack(pack, rebuild_cells=rebuild_cells)
    try:
        return from_register(RegisterQuestion(register_path, true_on, known_on, viewer, edges))
    except RegisterDamaged as damaged:
        say_damaged(damaged, as_json)
        click.get_current_context().exit(UNKNOWN)


def refuse_mixture(register_path: Path | None, pack: Path | None, rebuild_cells: bool = False) -> None:
    """Either a register or a pack, and no option that does not go with it."""
    if (register_path is None) == (pack is None):
        raise click.UsageError(
            gettext("give {first} or {second}, and not both", first="REGISTER", second="--pack FILE")
        )
    if pack is None and rebuild_cells:
        raise click.UsageError(gettext("{option} goes with {others}", option="--rebuild-cells", others="--pack"))
    source_of = click.get_current_context().get_parameter_source
    for name in ("tier", "edges", "true_on", "known_on"):
        if pack is not None and source_of(name) is click.core.ParameterSource.COMMANDLINE:
            option = "--" + name.replace("_", "-")
            command = f"merestone pack ... {option}"
            text = gettext("{option} is chosen when a pack is made: {command}", option=option, command=command)
            raise click.UsageError(text)


def say_damaged(damaged: RegisterDamaged, as_json: bool) -> None:
    """What is said where no answer can be given: unknown, and why; never a "none recorded" from what is left."""
    if as_json:
        fields = {"class": Class.UNKNOWN.value, "headline": gettext("Unknown"), "sentences": [str(damaged)]}
        print_json(fields)
    else:
        click.echo(f"{gettext('Unknown')}.\n  {damaged}")
