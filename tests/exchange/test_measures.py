"""Lengths in columns: names in any spelling, units in name or cell, and nothing ever read as less than it may be."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange.places.measures import (
    accuracy_measures,
    column_words,
    length_m,
    radius_measures,
    words_of,
    worst_m,
)

ACCURACY = (
    "accuracy", "accuracy_m", "Accuracy (m)", "ACCURACY", "horizontal_accuracy", "horizontalAccuracy", "hacc", "h_acc",
    "hAcc", "gps_accuracy", "GPSAccuracy", "_location_precision", "location-Accuracy", "group/location.Accuracy",
    "precision", "positional_accuracy", "Précision (m)", "precisión", "dokładność", "точность", "точність, м",
    "Genauigkeit [m]", "tarkkuus", "täpsus", "coordinateUncertaintyInMeters", "position_error", "accuracy_radius",
    "error", "Uncertainty", "Fehler", "margin of error", "погрешность", "paklaida",
    "±", "+/-", "+/- (m)", "± km",
)  # fmt: skip
NO_ACCURACY = (
    "hdop", "ele", "vertical_accuracy", "altitudeAccuracy", "vAcc", "esrignss_v_rms", "date_accuracy", "accuracy_note",
    "error_message", "status", "precision_class", "location-Altitude", "area", "attribute_accuracy_m",
)  # fmt: skip
RADIUS = (
    "radius", "radius_m", "Radius (m)", "buffer", "buffer_m", "BUFF_DIST", "rayon", "radio", "promień", "säde",
    "радиус", "Радіус, м", "circle radius", "danger_radius", "mRadius", "circleRadius", "نصف القطر",
    "Gefahrenradius", "riskradie", "ohuraadius (m)",
)  # fmt: skip
NO_RADIUS = (
    "radio_callsign",
    "corner-radius",
    "search radius",
    "accuracy_radius",
    "radius_unit",
    "name",
    "gradient",
    "Suchradius",
    "Sicherheitsradius",
)


@pytest.mark.parametrize("name", ACCURACY)
def test_a_column_of_accuracies_is_known_by_any_usual_name(name: str) -> None:
    """2026-11-28: only three names were known, and only for positions; a stated 800 m became the option's 25 m."""
    assert [measure.column for measure in accuracy_measures(["id", name])] == [name]


@pytest.mark.parametrize("name", NO_ACCURACY)
def test_what_is_not_a_horizontal_accuracy_is_left_alone(name: str) -> None:
    assert accuracy_measures([name]) == ()


def test_an_error_that_is_no_length_is_one_that_a_program_met() -> None:
    """2026-11-29: `error` = `<600 m` beside a point was left alone."""
    [measure] = accuracy_measures(["error"])
    assert [measure.metres_of({"error": cell}) for cell in ("<600 m", 600, "timeout", "")] == [600.0, 600.0, None, None]


@pytest.mark.parametrize("name", RADIUS)
def test_a_column_of_radii_is_known_by_any_usual_name(name: str) -> None:
    assert [measure.column for measure in radius_measures(["id", name])] == [name]


@pytest.mark.parametrize("name", NO_RADIUS)
def test_other_radii_are_left_alone(name: str) -> None:
    assert radius_measures([name]) == ()


def test_units_stand_in_the_name_in_the_cell_or_in_a_column_beside() -> None:
    assert accuracy_measures(["accuracy_km"])[0].metres_of({"accuracy_km": "0.5"}) == 500.0
    assert accuracy_measures(["accuracy_ft"])[0].metres_of({"accuracy_ft": 10}) == pytest.approx(3.048, rel=1e-5)
    assert accuracy_measures(["accuracy (cm)"])[0].metres_of({"accuracy (cm)": 250}) == 2.5
    assert accuracy_measures(["accuracy_km"])[0].metres_of({"accuracy_km": "500 m"}) == 500.0
    [radius] = radius_measures(["radius", "radius_units"])
    assert radius.metres_of({"radius": 2, "radius_units": "km"}) == 2000.0
    assert math.isnan(radius.metres_of({"radius": 2, "radius_units": "parsec"}) or 0.0)
    assert radius_measures(["diameter"])[0].metres_of({"diameter": "1 km"}) == 500.0


def test_other_shares_than_95_percent_are_brought_to_it() -> None:
    assert accuracy_measures(["esrignss_h_rms"])[0].metres_of({"esrignss_h_rms": 4}) == 8.0
    assert accuracy_measures(["location-Accuracy"])[0].metres_of({"location-Accuracy": "10"}) == pytest.approx(16.3)
    assert accuracy_measures(["cep"])[0].metres_of({"cep": 1}) == pytest.approx(2.91)


@pytest.mark.parametrize(
    ("cell", "metres"),
    [
        ("500", 500.0), ("500 m", 500.0), ("0,5 km", 500.0), ("±5 m", 5.0), ("< 10", 10.0), ("5 - 8 m", 8.0),
        ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1 200 m", 1200.0), ("1,200", 1200.0), ("4.123", 4.123),
        ("3 км", 3000.0), ("30 ft", 9.144018288), (7, 7.0), (0, 0.0), ("1e3", 1000.0),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_people_write_it(cell: object, metres: float) -> None:
    assert length_m(cell) == pytest.approx(metres)


@pytest.mark.parametrize("cell", ["good", "-3", -3, "12 pixels", "> 100", "10 %", math.inf, True, "2026-05-02"])
def test_what_is_written_and_no_length_is_unknown_and_not_absent(cell: object) -> None:
    assert math.isnan(length_m(cell) or 0.0)


@pytest.mark.parametrize("cell", [None, "", "   ", math.nan, "NULL"])
def test_a_blank_cell_says_nothing(cell: object) -> None:
    assert length_m(cell) is None


@given(st.floats(0, 1e6), st.sampled_from(["", " m", "m", " km", "ft", " cm"]))
def test_a_number_with_a_point_is_read_as_it_stands(number: float, unit: str) -> None:
    metres = {"": 1, " m": 1, "m": 1, " km": 1000, "ft": 0.3048006096012192, " cm": 0.01}[unit]
    assert length_m(f"{number:.4f}{unit}") == pytest.approx(round(number, 4) * metres)


@given(st.text(max_size=40))
def test_no_text_stops_the_reading(text: str) -> None:
    length = length_m(text)
    assert length is None or math.isnan(length) or length >= 0
    accuracy_measures([text])
    radius_measures([text, text + "_unit"])
    words_of(text)


def test_of_several_columns_the_worst_counts() -> None:
    measures = accuracy_measures(["start-Accuracy", "accuracy_m"])
    assert worst_m(measures, {"start-Accuracy": "100", "accuracy_m": 5}) == pytest.approx(163.0)
    assert worst_m(measures, {"start-Accuracy": "", "accuracy_m": 5}) == 5.0
    assert math.isnan(worst_m(measures, {"start-Accuracy": "?", "accuracy_m": 5}) or 0.0)
    assert worst_m(measures, {}) is None


def test_no_word_stands_in_lists_that_exclude_each_other() -> None:
    known = column_words()
    assert not known["accuracy"] & known["not_horizontal"]
    assert not (known["radius"] | known["diameter"] | known["buffer"]) & known["not_of_hazard"]
    assert not known["radius"] & known["diameter"]


def test_darwin_cores_coordinate_precision_is_in_degrees() -> None:
    """Its `coordinateUncertaintyInMeters` is in metres, and the worse of both counts."""
    degrees, metres = accuracy_measures(["coordinatePrecision", "coordinateUncertaintyInMeters"])
    assert worst_m([degrees], {"coordinatePrecision": "0.01"}) == pytest.approx(1117.0)
    assert worst_m([metres], {"coordinateUncertaintyInMeters": "800"}) == pytest.approx(800.0)
