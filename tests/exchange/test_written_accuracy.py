"""An accuracy that stands only in a remark or in a column of qualities counts, in whatever words."""

import math
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from merestone.exchange import import_file
from merestone.exchange.places.accuracy_text import accuracy_in_text, accuracy_of_quality, quality_columns
from merestone.register import Register
from merestone.terms import RecordKind

UNKNOWN = math.nan
REMARKS = {
    "accuracy {n} m": 1, "Accuracy: {n}m": 1, "accurate to {n} m": 1, "UXO, ±{n} m": 1, "+/- {n} km": 1000,
    "GPS+-{n}m": 1,
    "within {n} m": 1, "accurate to within {n} metres": 1, "GPS accuracy is no better than {n} m": 1, "good to {n}m": 1,
    "correct to {n} km": 1000, "{n} m accuracy": 1, "{n}m error": 1, "margin of error {n} m": 1,
    "uncertainty of {n} m": 1,
    "to the nearest {n} m": 1, "approximate position ({n} m)": 1, "accuracy {n}": 1, "±{n}": 1, "acc {n}": 1,
    "accuracy {n} yards": 0.9144, "accurate to {n} minutes": 1855, "точность {n} м": 1, "с точностью до {n} м": 1,
    "погрешность {n} км": 1000, "в пределах {n} м": 1, "точність {n} м": 1, "похибка {n} м": 1, "précision {n} m": 1,
    "à {n} m près": 1, "precisión de {n} m": 1, "precisione {n} m": 1, "precisão de {n} m": 1, "auf {n} m genau": 1,
    "Genauigkeit ca. {n} m": 1, "tačnost {n} m": 1, "točnost +-{n} m": 1, "unutar {n} m": 1,
    "z dokładnością do {n} m": 1,
    "täpsus {n} m": 1, "tarkkuus {n} m": 1, "tikslumas {n} m": 1, "doğruluk {n} m": 1, "دقة {n} متر": 1,
    "±{n},5 km": 1000,
    "accuracy 10-{n} m": 1, "<b>Accuracy</b>&nbsp;{n} m": 1,
}  # fmt: skip


@given(form=st.sampled_from(sorted(REMARKS)), number=st.integers(11, 2000), before=st.sampled_from(["", "3 mines; "]))
@example(form="±{n}", number=11, before="")  # shorter than a remark was taken to be
def test_a_length_in_a_remark_is_never_read_as_less(form: str, number: int, before: str) -> None:
    """2026-11-30: `accuracy 600 m` in a remark was passed over, and 500 m from the point none recorded."""
    written = accuracy_in_text(before + form.format(n=number))
    assert written is not None
    assert number * REMARKS[form] <= written.metres <= (number + 1) * REMARKS[form] * 1.01


@pytest.mark.parametrize(
    "remark",
    [
        "approximate location", "coordinates are approximate", "Location estimated", "position: approx",
        "inaccurate GPS",
        "координаты приблизительные", "приблизительное местоположение", "координати неточні", "ubicación aproximada",
        "coordonnées approximatives", "Lage ungenau", "Position geschätzt", "približna lokacija",
        "koordinate su približne",
        "współrzędne przybliżone", "asukoht ligikaudne",
    ],
)  # fmt: skip
def test_a_place_that_is_said_not_to_be_exact_has_an_unknown_accuracy(remark: str) -> None:
    written = accuracy_in_text(remark)
    assert written is not None
    assert math.isnan(written.metres)


@pytest.mark.parametrize(
    "remark",
    [
        "no houses within 600 m", "within 600 m of the road", "600 m north of the river", "approx. 600 m from the road",
        "height accuracy 600 m", "vertical accuracy ±600 m", "2 mines found, 3 people", "3fa4-77aa accuracy",
        "accuracy 95 %", "approximately 200 mines", "estimated 20 families", "Minefield near the old school",
    ],
)  # fmt: skip
def test_other_words_are_no_accuracy(remark: str) -> None:
    assert accuracy_in_text(remark) is None


@pytest.mark.parametrize(
    ("cell", "metres"),
    [
        ("approximate (600 m)", 600), ("estimated, 1 km", 1000), ("C (±600 m)", 600), ("> 5 km", 5000), ("> 600 m",
        UNKNOWN),
        ("map 1:50000", 100), ("1:25.000", 50), ("карта 1:100 000", 200), ("1:50k", 100), ("approximate", UNKNOWN),
        ("Estimated", UNKNOWN), ("poor", UNKNOWN), ("very low", UNKNOWN), ("map", UNKNOWN), ("неточно", UNKNOWN),
        ("town centroid", UNKNOWN), ("Handheld GPS (5 m)", 5), ("GPS", None), ("good", None), ("accurate", None),
        ("A", None),
    ],
)  # fmt: skip
def test_a_column_of_qualities_is_read(cell: str, metres: float | None) -> None:
    written = accuracy_of_quality(cell)
    assert (None if written is None else written.metres) == (pytest.approx(metres, nan_ok=True) if metres else None)


@pytest.mark.parametrize(
    ("name", "is_quality"),
    [
        ("location_quality", True), ("Coordinate source", True), ("accuracy_class", True), ("Accuracy note", True),
        ("position_method", True), ("quality", True), ("qualité des coordonnées", True), ("Качество координат", True),
        ("calidad ubicación", True), ("kvaliteta lokacije", True), ("geocoding method", True),
        ("source", False), ("method", False), ("water quality", False), ("hazard_source", False), ("accuracy", False),
    ],
)  # fmt: skip
def test_columns_of_qualities_are_known_by_their_names(name: str, is_quality: bool) -> None:
    assert quality_columns([name]) == ((name,) if is_quality else ())


def test_what_words_say_of_an_accuracy_counts_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "id,lat,lon,remarks,location_quality,accuracy\n"
        "1,44.905,17.105,accuracy 600 m,GPS,\n2,44.906,17.105,,approximate,\n3,44.907,17.105,accuracy 5 km,estimated,\n"
        "4,44.908,17.105,,,approximate (2 km)\n5,44.909,17.105,,good,3\n"
    )
    with Register.create(tmp_path / "register.gpkg") as register:
        report = import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=25.0, by="tester")
        records = sorted(register.as_of().records, key=lambda record: record.geometry.bounds[1])
    assert [record.accuracy_m for record in records] == [600.0, None, 5000.0, 2000.0, 25.0]
    assert [set(row.reasons) & {"accuracy_in_words", "accuracy_not_exact"} for row in report.rows] == [
        {"accuracy_in_words"}, {"accuracy_not_exact"}, {"accuracy_in_words", "accuracy_not_exact"}, set(), set(),
    ]  # fmt: skip
    assert any("location_quality states no length ('GPS', 'good')" in note for note in report.notes)
