"""A file of JSON read window by window gives what reading it whole gives: features, other members and refusals."""

import json
import tracemalloc
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from merestone.exchange.formats import _json_stream
from merestone.exchange.formats._json_quick import quick_object
from merestone.exchange.formats._json_stream import pieces_of
from merestone.exchange.formats._json_text import pieces, text_of
from merestone.terms import FileRefused

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
members = st.dictionaries(st.sampled_from(["type", "name", "crs", "numberMatched", "ü"]), plain, max_size=3)
features = st.lists(st.dictionaries(st.text(max_size=3), plain, max_size=3) | plain, max_size=6)
collections = st.builds(
    lambda before, listed, after: {**before, "features": listed, **after, "type": "FeatureCollection"},
    members, features, members,
)  # fmt: skip
texts = st.builds(
    lambda value, indent, ascii_only, lines: json.dumps(value, indent=indent, ensure_ascii=ascii_only).replace(
        "}, {", "},\n{" if lines else "}, {"
    ),
    collections, st.sampled_from([None, 0, 2]), st.booleans(), st.booleans(),
)  # fmt: skip


def _outcome(read: Any) -> tuple[list[Any], dict[str, Any], str]:
    header: dict[str, Any] = {}
    given_so_far = []
    try:
        for text, value in read(header):
            given_so_far.append((text, value))
    except FileRefused as refused:
        return given_so_far, {}, str(refused)
    return given_so_far, header, ""


def _agree(path: Path, data: bytes, window_bytes: int) -> None:
    path.write_bytes(data)

    def whole(header: dict[str, Any]) -> Any:
        yield from pieces(text_of(path), path, header)

    streamed = _outcome(lambda header: pieces_of(path, header, window_bytes=window_bytes))
    by_whole = _outcome(whole)
    assert repr(streamed[1:]) == repr(by_whole[1:])
    if not streamed[2]:
        assert repr(streamed[0]) == repr(by_whole[0])
    else:  # of a file that is refused, so much may have been given before the fault was come to
        assert repr(streamed[0])[:-1].startswith(repr(by_whole[0])[:-1])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=texts,
    cut=st.none() | st.integers(0, 200),
    put=st.sampled_from(["", "x", "]", "}", ",", "{}", " \n"]),
    at=st.integers(0, 200),
    window=st.integers(1, 90),
)
@example(
    text='{"a": {"features": [{"b": 1}]}, "features": [{}], "type": "FeatureCollection"}',
    cut=None,
    put="",
    at=0,
    window=9,
)
@example(
    text='{"type": "FeatureCollection", "features": [{}], "features": [{"a": 1}]}', cut=None, put="", at=0, window=9
)
@example(text='\ufeff{"type": "FeatureCollection", "features": [{}, {}]}', cut=None, put="", at=0, window=2)
def test_windows_of_any_size_give_what_the_whole_text_gives(
    tmp_path: Path, text: str, cut: int | None, put: str, at: int, window: int
) -> None:
    """2026-11-28: an import held the whole text of a file in memory, twice."""
    text = text[:at] + put + text[at:]
    _agree(tmp_path / "any.geojson", text[:cut].encode("utf-8"), window)


@pytest.mark.parametrize(
    "data",
    [
        b'{"type": "FeatureCollection", "features": [{"a": "\xff"}]}',
        b'{"type": "FeatureCollection", "features": [{}, {"a": 1}]} trailing',
        b'{"type": "Feature", "properties": {"features": [{}]}, "geometry": null}',
        b'{"type": "FeatureCollection", "numberMatched": 9, "features": [{}, {}]}',
        b'\x1e{"type": "Feature"}\n\x1e{"type": "Feature"}\n',
        b'{"features": [' + b"[" * 5000 + b"]" * 5000 + b'], "type": "FeatureCollection"}',
        b'{"features": [{"a": ' + b"[" * 5000 + b"]" * 5000 + b'}], "type": "FeatureCollection"}',
        b"",
        b"{",
    ],
)
def test_faults_are_told_as_of_the_whole_text(tmp_path: Path, data: bytes) -> None:
    for window_bytes in (1, 16, 1 << 20):
        _agree(tmp_path / "any.geojson", data, window_bytes)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**62, 2**65) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
positions = st.lists(st.lists(st.integers(-(2**70), 2**70) | st.floats(), min_size=2, max_size=3), max_size=3)
geometries = st.fixed_dictionaries({"type": st.sampled_from(["Polygon", "Point"]), "coordinates": positions})


@settings(max_examples=150, deadline=None)
@given(
    feature=st.dictionaries(st.sampled_from(["type", "geometry", "properties", "id", "x"]), values | geometries),
    ascii_only=st.booleans(),
    noise=st.sampled_from(["", "\t", "-", "0", "9" * 19, "e5", "\\ud800", "\x01", "NaN", "}"]),
    at=st.integers(0, 60),
)
def test_the_quick_reader_gives_what_the_library_gives_or_nothing(
    feature: dict[str, Any], ascii_only: bool, noise: str, at: int
) -> None:
    """2026-11-28: orjson makes a double of an integer of more than 64 bits: an identifier would be another one."""
    text = json.dumps(feature, ensure_ascii=ascii_only)
    text = text[:at] + noise + text[at:]
    quick = quick_object(text) if is_utf8(text) else None
    if quick is None:
        return
    plainly = json.loads(text)
    if isinstance(plainly.get("geometry"), dict) and quick["geometry"].keys() == {"type", "coordinates"}:
        for value in (plainly, quick):  # coordinates become doubles in any case
            value["geometry"]["coordinates"] = as_doubles(value["geometry"]["coordinates"])
    assert repr(quick) == repr(plainly)


def is_utf8(text: str) -> bool:
    return text.encode("utf-8", "replace").decode("utf-8") == text


def as_doubles(value: Any) -> Any:
    if isinstance(value, list):
        return [as_doubles(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**63) - 1, 10**30, 1.5e19])
def test_a_large_integer_stays_what_it_is(tmp_path: Path, number: float) -> None:
    """2026-11-28: the quick reader alone would give 1.0000000000000000199e30 for 10**30."""
    features = [{"type": "Feature", "properties": {"id": number}, "geometry": None}] * 2
    path = tmp_path / "large.geojson"
    lines = ",\n".join(map(json.dumps, features))
    path.write_text(f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}')
    read = [value["properties"]["id"] for _, value in pieces_of(path)]
    assert read == [number, number]
    assert {type(one) for one in read} == {type(number)}


def test_memory_does_not_grow_with_the_number_of_features(tmp_path: Path) -> None:
    line = json.dumps({"type": "Feature", "properties": {"a": "b" * 200}, "geometry": None})
    peaks = []
    for count in (2_000, 10_000):
        path = tmp_path / f"{count}.geojson"
        path.write_text('{"type": "FeatureCollection", "features": [' + ",\n".join([line] * count) + "]}")
        tracemalloc.start()
        deque(pieces_of(path, window_bytes=1 << 16), maxlen=0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


@pytest.mark.parametrize("between", [",\n", ", ", ",\n ", "\n,\n", ",\r\n"])
def test_a_line_is_tried_once_however_features_are_separated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    """2026-11-28: to look for the end of the line again for each feature takes a time that grows with its square."""
    tried: list[int] = []

    def counted(text: str) -> dict[str, Any] | None:
        tried.append(len(text))
        return quick_object(text)

    monkeypatch.setattr(_json_stream, "quick_object", counted)
    line = json.dumps({"type": "Feature", "properties": {"a": "b" * 50}, "geometry": None})
    path = tmp_path / "separated.geojson"
    path.write_bytes(f'{{"type": "FeatureCollection", "features": [{between.join([line] * 3000)}]}}'.encode())
    assert len(list(pieces_of(path))) == 3000
    assert sum(tried) <= 2 * path.stat().st_size
