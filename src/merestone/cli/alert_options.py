"""Options of `merestone alert`: by which account, of which ground, for which time."""

import functools
import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from merestone.register import Actor, AlertDesk, Register
from merestone.register.sidecars import Accounts, AlertKeys
from merestone.terms import WIDENED_M, FieldRefused, FileRefused

F = TypeVar("F", bound=Callable[..., Any])


class Instant(click.ParamType[datetime]):
    """An instant with its offset from UTC."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The instant; click's usage error for anything else."""
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time; write it as 2026-05-03T14:00+02:00", param, ctx)
        if instant.utcoffset() is None:
            self.fail(f"{value!r} has no offset from UTC; write it as 2026-05-03T14:00+02:00", param, ctx)
        return instant


def acting_options(command: F) -> F:
    """--as and --why: by which account, and why."""
    why = click.option("--why", required=True, help="The reason; kept in the history.")
    name = click.option("--as", "name", required=True, help="Your account (`merestone account list`).")
    return why(name(command))


def when_options(command: F) -> F:
    """--onset, --expires and --text: when it holds, and the authority's own words."""
    text = click.option(
        "--text",
        "texts",
        multiple=True,
        metavar="LANGUAGE=TEXT",
        help="Your own words, such as en=...; may be repeated.",
    )
    expires = click.option("--expires", type=Instant(), help="When it ends. Default: set by its reason.")
    onset = click.option("--onset", type=Instant(), help="When it begins. Default: when it is published.")
    return onset(expires(text(command)))


def where_options(command: F) -> F:
    """--record and --area: the ground to warn of."""
    record = click.option("--record", "records", multiple=True, metavar="ID", help="A hazard; may be repeated.")
    area = click.option(
        "--area",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="A file with the outline of an area.",
    )
    return record(area(command))


def with_desk(command: F) -> F:
    """Open the register and the desk of the account named; the command gets ``desk`` in the place of its name."""

    @functools.wraps(command)
    def opened(register_path: Path, name: str, **others: Any) -> Any:
        actor = _actor(register_path, name)
        with Register.open(register_path) as register:
            return command(AlertDesk(register, actor, AlertKeys.beside(register_path)), **others)

    return cast(F, opened)


def _actor(register_path: Path, name: str) -> Actor:
    account = Accounts.beside(register_path).find(name)
    if account is None:
        raise FieldRefused("as", name, "is not an open account of this register", "see `merestone account add --help`")
    return account.actor


def text_in(text: str) -> tuple[str, str]:
    """A language and the words in it; click's usage error if no language is named."""
    language, separator, message = text.partition("=")
    if not separator:
        raise click.BadParameter(f"{text!r} names no language; write it as en=...", param_hint="--text")
    return language.strip(), message.strip()


def outline_in(path: Path) -> Any:
    """The outlines of a file as one area, wider by what they state of their accuracy.

    Raises
    ------
    FileRefused
        A row is not an area, or cannot be read: no row is left out unseen.
    """
    import shapely

    from merestone.exchange.positions import read_shapes
    from merestone.geodesy import widen_all

    shapes = read_shapes(path)
    shapes.put_aside(path, is_area=False, why="is not an area")
    if shapes.faults:
        row, fault = next(iter(shapes.faults.items()))
        why = f"cannot be warned of as a whole: row {row + 1} {fault}"
        raise FileRefused(path, why, "correct it, or take the row out: nothing may be missing from an alert unseen")
    widened = widen_all(shapes.geometries, [_doubt_m(shapes, row) for row in range(len(shapes))])
    return shapely.union_all(widened)


def _doubt_m(shapes: Any, row: int) -> float:
    """What a row states of its accuracy and its transformation to WGS 84 added, in metres; 0 if it states nothing."""
    doubts = (shapes.row_accuracy_m.get(row, 0.0), shapes.row_shift_m.get(row, shapes.shift_m))
    return float(sum(WIDENED_M if math.isnan(doubt) else doubt for doubt in doubts))
