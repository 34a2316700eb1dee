"""The arrays of a hazard pack, after a look at every number: none points outside, no coordinate is off the globe."""

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from merestone.bulk._compact_outlines import FORMS, IN_STEPS, expanded
from merestone.bulk._pack_file import PackFile, PackRefused
from merestone.bulk._pack_header import MAKE_AGAIN
from merestone.bulk.pack_names import Kinds, Texts
from merestone.screening import Outlines
from merestone.terms import Log, RecordKind

if TYPE_CHECKING:
    from merestone.screening.kernel import Cells


LOG: Final = Log("bulk")


def read_outlines(file: PackFile) -> Outlines:
    """The outlines, after a look at every number: none may point outside, and no coordinate be off the globe."""
    is_compact = "outlines.exponent" in file.names
    names = [field.name for field in fields(Outlines) if not (is_compact and field.name in IN_STEPS)]
    by_name = dict(zip(names, file.arrays(*(f"outlines.{name}" for name in names)), strict=True))
    if is_compact:
        by_name |= _from_steps(file)
    forms = {
        "lon_deg": "<f8", "lat_deg": "<f8", "ends": "|b1", "part_start": "<i8", "part_hazard": "<i4",
        "part_is_area": "|b1", "accuracy_m": "<f8", "unplaced": "<i4",
    }  # fmt: skip
    for name, array in by_name.items():
        if array.dtype.str != forms[name] or array.ndim != 1:
            raise PackRefused(file.path, f"outlines.{name} is {array.dtype.str}, {array.shape}", MAKE_AGAIN)
    out = Outlines(**by_name)
    vertices, parts, hazards = len(out.lon_deg), len(out.part_hazard), out.hazards
    sound = (
        len(out.lat_deg) == len(out.ends) == vertices
        and len(out.part_is_area) == parts
        and len(out.part_start) == parts + 1
        and all(int(array.view(np.uint8).max(initial=0)) <= 1 for array in (out.ends, out.part_is_area))
        and _within(out.lon_deg, -180.0, 180.0)
        and _within(out.lat_deg, -90.0, 90.0)
        and out.part_start[0] == 0
        and out.part_start[-1] == vertices
        and bool((np.diff(out.part_start) >= 2).all())  # a point is an edge from itself to itself
        and bool(out.ends[out.part_start[1:] - 1].all())
        and not bool((out.ends[1:] & out.ends[:-1]).any())
        and not bool(out.ends[:1].any())
        and _within(out.part_hazard, 0, hazards - 1)
        and _within(out.unplaced, 0, hazards - 1)
        and bool((np.isnan(out.accuracy_m) | ((out.accuracy_m >= 0.0) & np.isfinite(out.accuracy_m))).all())
    )
    if not sound:
        raise PackRefused(file.path, "its outlines point outside themselves or off the globe", MAKE_AGAIN)
    return out


def _from_steps(file: PackFile) -> dict[str, NDArray[Any]]:
    """Coordinates, ends and starts of parts of a compact pack."""
    arrays = dict(zip(FORMS, file.arrays(*(f"outlines.{name}" for name in FORMS)), strict=True))
    for name, array in arrays.items():
        if array.dtype.str != FORMS[name] or array.ndim != 1:
            raise PackRefused(file.path, f"outlines.{name} is {array.dtype.str}, {array.shape}", MAKE_AGAIN)
    whole = expanded(arrays)
    if whole is None:
        raise PackRefused(file.path, "the arrays of its outlines do not fit each other", MAKE_AGAIN)
    for array in whole.values():
        array.setflags(write=False)
    return whole


def _within(values: NDArray[Any], low: float, high: float) -> bool:
    """Whether all lie within; NaN does not."""
    return not len(values) or bool(values.min() >= low and values.max() <= high)


def read_record_ids(file: PackFile) -> Texts:
    """The identities of the records, in the order of the hazards."""
    utf8, start = file.arrays("record_ids.utf8", "record_ids.start")
    sound = (
        (utf8.dtype.str, utf8.ndim, start.dtype.str, start.ndim) == ("|u1", 1, "<i8", 1)
        and len(start) > 0
        and start[0] == 0
        and start[-1] == len(utf8)
        and bool((np.diff(start) >= 0).all())
    )
    if sound:
        try:
            utf8.tobytes().decode()
            inner = start[start < len(utf8)]
            sound = not bool(((utf8[inner] & 0xC0) == 0x80).any())  # no text begins inside a character
        except UnicodeDecodeError:
            sound = False
    if not sound:
        raise PackRefused(file.path, "its record identifiers are not texts", MAKE_AGAIN)
    return Texts(utf8, start)


def read_kinds(file: PackFile, names: Sequence[str]) -> Kinds:
    """The kinds of the hazards; ``names`` as the header lists them."""
    (number,) = file.arrays("kinds")
    known = {kind.value: kind for kind in RecordKind}
    if (number.dtype.str, number.ndim) != ("|u1", 1) or not _within(number, 0, len(names) - 1):
        raise PackRefused(file.path, "its kinds point outside their list", MAKE_AGAIN)
    for at in np.flatnonzero(np.bincount(number)).tolist():  # np.unique would load masked arrays
        name = names[at]
        if name not in known:
            raise PackRefused(file.path, f"holds a kind of record {name!r}", "install a newer Merestone")
    return Kinds(number, [known.get(name, RecordKind.SUSPECTED) for name in names])


def read_cells(file: PackFile, groups: list[dict[str, Any]], group: int, must_have_cells: bool) -> "Cells | None":
    from merestone.screening.kernel import Cells

    if group >= len(groups):
        return None
    scalars = groups[group]
    names = [name for name in Cells._fields if name not in scalars]
    try:
        arrays = file.arrays(*(f"cells.{group}.{name}" for name in names))
    except PackRefused as refused:
        if must_have_cells:
            raise
        LOG.debug("cells made anew", why=refused)
        return None
    values: dict[str, Any] = {**dict(zip(names, arrays, strict=True)), **scalars}
    return Cells(**values)
