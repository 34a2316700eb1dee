"""A pack answers as its index does, holds what its viewer may see, and is refused when a single bit is wrong."""

import errno
import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
import shapely
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from merestone.bulk import _pack_file
from merestone.bulk.pack import Pack, PackRefused, load_pack, pack_snapshot, save_pack
from merestone.register import EXACT, PUBLIC, Entry, Register
from merestone.screening import Circumstances, Edges, HazardIndex, screen_footprints
from merestone.terms import DataDays, FileRefused, MerestoneError, RecordKind, Visibility

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "hazard-pack.md"
DAYS = DataDays(date(2019, 1, 1), date(2025, 1, 1), 1, 3)
GIVEN = Circumstances(date(2026, 5, 3), DAYS, 2, "synthetic exercise data", outlines_generalised=False)


def made_index(seed: int = 5, count: int = 30, edges: Edges = Edges.STRAIGHT) -> HazardIndex:
    """Areas with holes, lines and points; half of them of unstated accuracy, one without a place."""
    rng = np.random.default_rng(seed)
    centres: Any = shapely.points(rng.uniform(0, 0.1, count), rng.uniform(0, 0.1, count))
    shapes: Any = shapely.buffer(centres, rng.uniform(0.0005, 0.004, count))
    shapes[::3] = shapely.difference(shapes[::3], shapely.buffer(centres[::3], 0.0003))
    shapes[1], shapes[2], shapes[4] = centres[1], shapely.LineString([(0, 0), (0.05, 0.02)]), None
    kinds = [list(RecordKind)[i % 3] for i in range(count)]
    ids = [f"ärea-{i}" for i in range(count)]
    return HazardIndex.build(
        shapes, [25.0, None] * (count // 2), record_ids=ids, kinds=kinds, unplaced_rows=3, edges=edges
    )


def saved(path: Path, index: HazardIndex | None = None, *, cells: bool | None = None) -> Path:
    save_pack(
        made_index() if index is None else index, path, audience="exact", circumstances=GIVEN, sources="a", cells=cells
    )
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("pack") / "small.pack", cells=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("pack") / "whole.pack", cells=True)


def test_a_pack_answers_as_the_index_it_was_made_of(whole: Path) -> None:
    index, pack = made_index(), load_pack(whole)
    assert pack.has_cells
    rng = np.random.default_rng(6)
    lon, lat = rng.uniform(-0.05, 0.15, (2, 6000))
    for accuracy_m in (5.0, None):
        assert np.array_equal(pack.index.classify(lon, lat, accuracy_m), index.classify(lon, lat, accuracy_m))
        ours, theirs = pack.index.nearest(lon, lat, accuracy_m), index.nearest(lon, lat, accuracy_m)
        assert np.array_equal(ours.distance_m, theirs.distance_m, equal_nan=True)
        assert np.array_equal(ours.hazard, theirs.hazard)
        assert ours.record_ids.tolist() == theirs.record_ids.tolist()
    assert (pack.audience, replace(pack.circumstances, pack=None), pack.sources) == ("exact", GIVEN, "a")
    assert (pack.index.unplaced, pack.index.edges) == (4, Edges.STRAIGHT)
    assert list(pack.index.kinds or ()) == list(index.kinds or ())
    assert pack.hazards[3] == ("ärea-3", index.kinds[3], None, None) if index.kinds else False


def test_its_cells_are_read_and_not_made_again(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from merestone.screening.kernel import index_build

    def never(*_: object) -> None:
        raise AssertionError("cells were made anew")

    monkeypatch.setattr(index_build, "build", never)
    load_pack(whole).index.prepare()
    with pytest.raises(AssertionError, match="made anew"):
        load_pack(whole, cells=False).index.prepare()


def test_cells_of_other_code_are_left_and_made_anew(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("merestone.bulk._pack_header.cells_fingerprint", lambda: "0" * 64)
    pack = load_pack(whole)
    assert not pack.has_cells
    lon, lat = np.random.default_rng(7).uniform(-0.05, 0.15, (2, 3000))
    assert np.array_equal(pack.index.classify(lon, lat, 5.0), made_index().classify(lon, lat, 5.0))


def test_arrays_are_read_only_aligned_views_of_the_file(whole: Path) -> None:
    cells = [value for value in load_pack(whole).index.prepare()[0] if isinstance(value, np.ndarray)]
    assert len(cells) > 3
    for array in (load_pack(whole).index.outlines.lon_deg, *(array for array in cells if array.size)):
        assert not array.flags.writeable
        assert array.ctypes.data % 64 == 0
        with pytest.raises(ValueError, match="read-only"):
            array.ravel()[0] = 1
        held = array
        while isinstance(held.base, np.ndarray):
            held = held.base
        assert type(held.base).__name__ in ("mmap", "memoryview")


def test_the_same_index_gives_the_same_bytes(tmp_path: Path, small: Path) -> None:
    assert saved(tmp_path / "again.pack", cells=False).read_bytes() == small.read_bytes()


def test_geodesic_edges_are_told(tmp_path: Path) -> None:
    assert load_pack(saved(tmp_path / "g.pack", made_index(edges=Edges.GEODESIC))).index.edges is Edges.GEODESIC


def test_an_index_without_names_and_an_empty_one_come_back(tmp_path: Path) -> None:
    save_pack(HazardIndex.build([shapely.Point(1, 2)], 0.0), tmp_path / "a.pack", audience="exact", circumstances=GIVEN)
    pack = load_pack(tmp_path / "a.pack")
    assert pack.index.nearest(1.0, 2.0, 0.0).distance_m[0] == 0.0
    with pytest.raises(PackRefused, match="names no records"):
        _ = pack.hazards
    save_pack(HazardIndex.build([], 0.0), tmp_path / "b.pack", audience="exact", circumstances=Circumstances(None))
    empty = load_pack(tmp_path / "b.pack")
    assert empty.index.is_empty
    assert empty.index.classify(1.0, 2.0, 0.0)[0] == 255


@settings(max_examples=300, deadline=None)
@drawn(data=st.data())
def test_any_changed_byte_is_refused(
    data: st.DataObject, small: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = bytearray(small.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=3, unique=True)):
        whole[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("flip") / "x.pack"
    path.write_bytes(whole)
    with pytest.raises(PackRefused):
        load_pack(path, verify=True)


@settings(max_examples=40, deadline=None)
@drawn(share=st.floats(0, 1), bit=st.integers(0, 7))
def test_a_flipped_bit_in_the_cells_is_refused_before_they_are_used(
    share: float, bit: int, whole: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(whole.read_bytes())
    data[int(share * (len(data) - 1))] ^= 1 << bit
    path = tmp_path_factory.mktemp("flip") / "x.pack"
    path.write_bytes(data)
    with pytest.raises(PackRefused):
        load_pack(path).index.prepare()


def answered(pack: Pack) -> list[Any]:
    """Every kind of answer that a pack gives, for one place and for many."""
    rng = np.random.default_rng(6)
    lon, lat = rng.uniform(-0.05, 0.15, (2, 3000))
    index = pack.index
    few, many = index.nearest(lon[:1], lat[:1], 5.0), index.nearest(lon, lat, None)
    told = [hazard.record_id for hazard in pack.hazards], [hazard.kind for hazard in pack.hazards]
    near = [found.distance_m.tolist() + found.record_ids.tolist() for found in (few, many)]
    classes = [index.classify(lon[:n], lat[:n], 5.0).tolist() for n in (1, 3000)]
    plot = screen_footprints(index, [shapely.box(0.0, 0.0, 0.05, 0.05)], 5.0)
    return [
        *told,
        *near,
        *classes,
        plot.codes.tolist(),
        plot.distance_m.tolist(),
        pack.circumstances,
        dict(pack.begins_on),
    ]


@settings(max_examples=30, deadline=None)
@drawn(share=st.floats(0, 1), bit=st.integers(0, 7), has_cells=st.booleans())
def test_no_answer_rests_on_a_changed_byte_although_nothing_was_compared_first(
    share: float, bit: int, has_cells: bool, whole: Path, small: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """2026-11-28: `load_pack` compares blocks as it reads them: each answer is refused, or that of the whole pack."""
    source = whole if has_cells else small
    data = bytearray(source.read_bytes())
    data[int(share * (len(data) - 1))] ^= 1 << bit
    path = tmp_path_factory.mktemp("flip") / source.name
    path.write_bytes(data)
    try:
        found = answered(load_pack(path))
    except PackRefused:
        return
    np.testing.assert_equal(found, answered(load_pack(source)))


@settings(max_examples=60, deadline=None)
@drawn(share=st.floats(0, 1, exclude_max=True))
def test_a_pack_cut_off_anywhere_is_refused(
    share: float, small: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cut") / "x.pack"
    path.write_bytes(small.read_bytes()[: int(share * small.stat().st_size)])
    with pytest.raises(PackRefused):
        load_pack(path)


def test_bytes_behind_the_end_are_refused(small: Path, tmp_path: Path) -> None:
    (tmp_path / "x.pack").write_bytes(small.read_bytes() + b"\0")
    with pytest.raises(PackRefused, match="cut off or damaged"):
        load_pack(tmp_path / "x.pack")


def test_a_newer_version_and_another_order_are_told_apart(small: Path, tmp_path: Path) -> None:
    data = small.read_bytes()
    for at, value, words in (
        (8, struct.pack("<I", 4), "version 4"),
        (8, struct.pack("<I", 3), "a part of the areas"),  # for the page for phones alone
        (12, data[12:16][::-1], "byte order"),
    ):
        (tmp_path / "x.pack").write_bytes(data[:at] + value + data[at + 4 :])
        with pytest.raises(PackRefused, match=words):
            load_pack(tmp_path / "x.pack")
    (tmp_path / "x.pack").write_text("lon,lat\n" * 20)
    with pytest.raises(PackRefused, match="not a hazard pack"):
        load_pack(tmp_path / "x.pack")
    with pytest.raises(FileRefused, match="cannot be opened"):
        load_pack(tmp_path / "absent.pack")


def forged(source: Path, target: Path, change: Callable[[dict[str, Any], bytearray], None]) -> Path:
    """A pack changed by somebody who knows how to write its checksums."""
    data = source.read_bytes()
    length = int.from_bytes(data[16:24], "little")
    header, body = json.loads(data[64 : 64 + length]), bytearray(data[64 + length :])
    change(header, body)
    block = _pack_file.BLOCK
    header["crc32"] = header.get("forged_crc32") or [crc32(body[i : i + block]) for i in range(0, len(body), block)]
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 64)
    start = data[:16] + struct.pack("<QQ", len(text), len(body))
    target.write_bytes(start + sha256(start + text).digest() + text + body)
    return target


def moved(name: str, value: list[Any]) -> Callable[[dict[str, Any], bytearray], None]:
    def change(header: dict[str, Any], _: bytearray) -> None:
        header["arrays"][name] = value

    return change


def patched(name: str, which: int, value: bytes) -> Callable[[dict[str, Any], bytearray], None]:
    def change(header: dict[str, Any], body: bytearray) -> None:
        at = header["arrays"][name][2] + which * len(value)
        body[at : at + len(value)] = value

    return change


def said(key: str, value: object) -> Callable[[dict[str, Any], bytearray], None]:
    def change(header: dict[str, Any], _: bytearray) -> None:
        header["about"][key] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        moved("outlines.lon_deg", ["<f8", [1 << 62], 0]),
        moved("outlines.lon_deg", ["<f8", [1 << 31, 1 << 31], 0]),
        moved("outlines.lon_deg", ["<f8", [-8], 0]),
        moved("outlines.lon_deg", ["<f8", [8], 1 << 40]),
        moved("outlines.lon_deg", ["<f8", [8], -64]),
        moved("outlines.lon_deg", ["<f8", [8], 8]),
        moved("outlines.lon_deg", ["<f8", [8.0], 0]),
        moved("outlines.lon_deg", ["<f8", [True], 0]),
        moved("outlines.lon_deg", ["|O8", [8], 0]),
        moved("outlines.lon_deg", [">f8", [8], 0]),
        moved("outlines.lon_deg", ["<f8", [8], 0, 1]),
        moved("outlines.accuracy_m", ["<f4", [30], 0]),
        patched("outlines.lon_deg", 3, struct.pack("<d", 180.5)),
        patched("outlines.lat_deg", 3, struct.pack("<d", float("nan"))),
        patched("outlines.part_start", 1, struct.pack("<q", 1 << 40)),
        patched("outlines.part_start", 2, struct.pack("<q", -1)),
        patched("outlines.part_hazard", 0, struct.pack("<i", 30)),
        patched("outlines.part_hazard", 0, struct.pack("<i", -1)),
        patched("outlines.ends", 3, b"\x02"),
        patched("outlines.ends", 0, b"\x01"),
        patched("outlines.accuracy_m", 0, struct.pack("<d", -1.0)),
        patched("outlines.unplaced", 0, struct.pack("<i", 99)),
        patched("record_ids.start", 1, struct.pack("<q", 1 << 50)),
        patched("record_ids.start", 1, struct.pack("<q", 1)),
        patched("record_ids.utf8", 0, b"\xff"),
        patched("kinds", 0, b"\x09"),
        said("kinds", ["suspected", "a kind of tomorrow", "confirmed"]),
        said("kinds", "suspected"),
        said("unplaced_count", -1),
        said("unplaced_rows", None),
        said("written_on", "yesterday"),
        said("audience", None),
        said("edges", "curved"),
        said("cells", {"made_by": 3}),
        lambda header, _: header.update(arrays=[]),
        lambda header, _: header.pop("about"),
        lambda header, _: header.update(forged_crc32=["x"]),
        lambda header, _: header.update(forged_crc32=[1, 2, 3]),
        lambda header, _: header["arrays"].pop("outlines.ends"),
    ],
)
def test_a_forged_pack_that_says_what_cannot_be_is_refused(
    change: Callable[[dict[str, Any], bytearray], None], small: Path, tmp_path: Path
) -> None:
    assert isinstance(load_pack(forged(small, tmp_path / "same.pack", lambda *_: None)), Pack)
    with pytest.raises(PackRefused):
        load_pack(forged(small, tmp_path / "x.pack", change))


def test_a_full_disk_leaves_what_stood_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path / "a.pack")
    before = (tmp_path / "a.pack").read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileRefused, match="No space left"):
        save_pack(made_index(9), tmp_path / "a.pack", audience="exact", circumstances=GIVEN, overwrite=True)
    assert (tmp_path / "a.pack").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.pack"]


def test_ctrl_c_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stopped)
    with pytest.raises(KeyboardInterrupt):
        saved(tmp_path / "a.pack")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_stands_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "a.pack").write_text("mine")
    with pytest.raises(FileRefused, match="exists here"):
        saved(tmp_path / "a.pack")
    assert (tmp_path / "a.pack").read_text() == "mine"


def test_opening_a_pack_and_asking_of_one_place_needs_no_compiler(whole: Path) -> None:
    code = (
        "import sys; from merestone.bulk.pack import load_pack; index = load_pack(sys.argv[1]).index; "
        "print(index.classify(0.05, 0.05, 5.0)[0], 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(whole)], capture_output=True, text=True, check=True)
    assert done.stdout.split()[1] == "False"


SECRET = (5.012_345_678, 50.023_456_789)


@pytest.fixture
def register_path(tmp_path: Path) -> Path:
    x, y = SECRET
    outline = shapely.Polygon([(x, y), (x + 0.01, y), (x, y + 0.01)])
    entry = Entry(RecordKind.SUSPECTED, outline, 25.0, {"note": "the farmer told us"}, visibility=Visibility.RESTRICTED)
    with (
        Register.create(tmp_path / "areas.gpkg") as register,
        register.batch(by="tester", source="survey of May", why="test") as batch,
    ):
        batch.record(entry)
    return tmp_path / "areas.gpkg"


def test_a_public_pack_holds_nothing_that_the_public_may_not_see(register_path: Path, tmp_path: Path) -> None:
    with Register.open(register_path, read_only=True) as register:
        hidden = pack_snapshot(register.as_of(None, None, PUBLIC), tmp_path / "public.pack")
        exact = pack_snapshot(register.as_of(None, None, EXACT), tmp_path / "exact.pack")
    numbers = [struct.pack("<d", value) for value in SECRET]
    for path, is_secret_there in ((hidden.path, False), (exact.path, True)):
        data = path.read_bytes()
        assert all((number in data) is is_secret_there for number in numbers)
        assert b"farmer" not in data
    assert hidden.audience == "public"
    assert hidden.circumstances.outlines_generalised
    assert not exact.circumstances.outlines_generalised
    assert "made for the public" in hidden.circumstances.compared_with
    assert "not for the public" in exact.circumstances.compared_with
    assert shapely.contains(
        shapely.box(*hidden.index.outlines.bounds_deg[0]), shapely.box(*exact.index.outlines.bounds_deg[0])
    )


def test_the_page_shows_the_bytes_that_the_code_writes_and_reads(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    code = re.search(r"^```python\n(.*?)^```", page, re.S | re.M)
    dump = re.search(r"^```\n(00000000.*?)^```", page, re.S | re.M)
    assert code is not None
    assert dump is not None
    shown, repeated = bytearray(), False
    for line in dump[1].splitlines():
        if line == "*":
            repeated = True
            continue
        at = int(line[:8], 16)
        if repeated:
            shown += shown[-16:] * ((at - len(shown)) // 16)
            repeated = False
        assert at == len(shown)
        shown += bytes.fromhex(line[8:].partition("|")[0])
    subprocess.run([sys.executable, "-c", code[1]], cwd=tmp_path, check=True)
    assert (tmp_path / "tiny.pack").read_bytes() == bytes(shown)
    (tmp_path / "shown.pack").write_bytes(shown)
    pack = load_pack(tmp_path / "shown.pack")
    assert (pack.audience, pack.circumstances.written_on) == ("public", date(2026, 11, 23))
    assert pack.hazards[0] == ("A1", RecordKind.SUSPECTED, 25.0, None)
    assert pack.index.classify(0.05, 0.05, 1.0)[0] == 2


def test_every_refusal_is_an_error_of_ours_with_a_remedy() -> None:
    assert issubclass(PackRefused, MerestoneError)
    assert "; " in str(PackRefused("x.pack", "is not a hazard pack", "give another"))
