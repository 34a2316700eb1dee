"""One definition for each kind of record, and everything that is made from it agrees."""

import math
import runpy
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merestone.register.programme.attribute import check_attributes, json_schema
from merestone.register.programme.kind import DefinitionBroken, Field, FieldType, Kind, kind_from, kind_of_layer, kinds
from merestone.terms import RecordKind

ALL = list(kinds().values())
NAMES = [kind.name for kind in ALL]


def values(field: Field) -> st.SearchStrategy[Any]:
    """Values that the field's definition allows."""
    low, high = field.min, field.max
    one: st.SearchStrategy[Any]
    match field.type:
        case FieldType.CHOICE | FieldType.CHOICES:
            one = st.sampled_from(field.choices)
        case FieldType.DATE:
            one = st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(date.isoformat)
        case FieldType.INTEGER:
            one = st.integers(int(low or 0), int(high if high is not None else 10**6))
        case FieldType.NUMBER:
            one = st.floats(low or 0, high if high is not None else 1e9, allow_nan=False)
        case FieldType.POINT | FieldType.POINTS:
            one = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list)
        case _:
            text = st.from_regex(field.pattern, fullmatch=True) if field.pattern else st.text("abcäöü 123", min_size=1)
            one = text.map(str.strip).filter(bool)
    return st.lists(one, min_size=int(low or 1), max_size=4) if field.type.is_list else one


@st.composite
def records(draw: st.DrawFn, kind: Kind) -> dict[str, Any]:
    """Attributes that the definition allows: every required field, and some of the others."""
    shown = [field for field in kind.fields if not field.personal]
    chosen = {field.name: draw(values(field)) for field in shown if field.required or draw(st.booleans())}
    for check in kind.checks * 2:  # twice, for a date may stand in two checks
        if check.first in chosen and check.second in chosen and chosen[check.first] > chosen[check.second]:
            chosen[check.first], chosen[check.second] = chosen[check.second], chosen[check.first]
    return chosen


@pytest.mark.parametrize("kind", ALL, ids=NAMES)
@given(data=st.data())
def test_what_the_definition_allows_passes_both_the_check_and_the_schema(kind: Kind, data: st.DataObject) -> None:
    record = data.draw(records(kind))
    checked = check_attributes(kind, record)
    assert not checked.refused
    jsonschema.Draft202012Validator(json_schema(kind)).validate(checked.attributes)
    assert check_attributes(kind, checked.attributes).attributes == checked.attributes


@pytest.mark.parametrize("kind", ALL, ids=NAMES)
def test_what_the_schema_requires_the_check_requires(kind: Kind) -> None:
    assert {reason.field for reason in check_attributes(kind, {}).refused} == set(json_schema(kind)["required"])


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("hazardous_area", "recorded_area_m2", -1),
        ("hazardous_area", "recorded_area_m2", math.inf),
        ("hazardous_area", "status", "cleared of everything"),
        ("hazardous_area", "survey_on", "03.05.2026"),
        ("hazardous_area", "benchmark", "60.1, 200"),
        ("accident", "killed", 1.5),
        ("attachment", "sha256", "ABC"),
        ("released_area", "clearance_depth_m", -0.2),
    ],
)
def test_value_that_cannot_be_is_refused_alone(kind: str, field: str, value: object) -> None:
    checked = check_attributes(kinds()[kind], {field: value, "remarks": "kept", "unheard_of": 7})
    assert field in {reason.field for reason in checked.refused}
    assert checked.attributes["remarks"] == "kept"
    assert checked.attributes["unheard_of"] == 7
    assert not jsonschema.Draft202012Validator(json_schema(kinds()[kind])).is_valid({field: value})


def test_order_of_dates_is_checked() -> None:
    work = {
        "local_id": "T1",
        "activity": "NTS",
        "organisation": "o",
        "started_on": "2026-05-03",
        "ended_on": "2026-05-02",
    }
    assert [reason.field for reason in check_attributes(kinds()["activity"], work).refused] == ["ended_on"]


def test_personal_data_never_enters_an_event() -> None:
    victim = kinds()["victim"]
    checked = check_attributes(
        victim, {"full_name": "N. N.", "accident": "a", "outcome": "injured", "consent": "given"}
    )
    assert "full_name" not in checked.attributes
    assert [reason.field for reason in checked.refused] == ["full_name"]
    assert "N. N." not in str(checked.refused[0])
    assert not {field.name for field in victim.fields if field.personal} & set(json_schema(victim)["properties"])


def test_one_reference_point_is_taken_with_advice_and_none_is_refused() -> None:
    record = {"local_id": "7", "handed_over_by": "x", "handed_over_on": "2026-01-01", "reliability": "high"}
    minefield_record = kinds()["minefield_record"]
    one = check_attributes(minefield_record, {**record, "reference_points": [[0.1, 0.2]]})
    assert not one.refused
    assert one.advice == ("reference_points has 1 of at least 2 advised (AP II technical annex 1(a)(i))",)
    two = check_attributes(minefield_record, {**record, "reference_points": [[0.1, 0.2], [0.1, 0.3]]})
    assert not two.advice


@pytest.mark.parametrize("key", ["kind", "label", "what", "layers", "geometry", "source", "fields"])
def test_a_key_that_every_kind_needs_is_named_where_it_is_missing(key: str) -> None:
    """2026-11-28, by somebody who had read only DEVELOP.md: a file without ``layers`` ended in a bare KeyError."""
    whole = {"kind": "k", "label": "K", "what": "w", "layers": "[]", "geometry": "[]", "source": "s", "fields": "[]"}
    lines = "\n".join(f"{name}: {part}" for name, part in whole.items() if name != key)
    with pytest.raises(DefinitionBroken, match=f"k.yaml: the key {key} is missing"):
        kind_from(lines, origin="k.yaml")


def test_only_minefield_records_are_transcriptions() -> None:
    assert [kind.name for kind in ALL if kind.is_transcription] == ["minefield_record"]


def test_every_layer_belongs_to_one_kind() -> None:
    for layer in RecordKind:
        assert sum(layer in kind.layers for kind in ALL) == 1, layer
        assert layer in kind_of_layer(layer).layers


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour: red", "unknown key 'colour'"),
        ("source: ''", "source is empty"),
        ("fields: [{name: a, type: colour, label: A, from: own}]", "type 'colour'"),
        ("fields: [{name: a, type: choice, label: A, from: own}]", "needs choices"),
        ("fields: [{name: a, type: link, label: A, from: own}]", "needs the kind"),
        ("fields: [{name: a, type: text, label: A}]", "from is empty"),
        ("fields: [{type: text, label: A, from: own}]", "key name is missing"),
        ("checks: [{rule: not_after, first: a, second: b}]", "not a field of"),
    ],
)
def test_broken_definition_is_refused_with_its_file(text: str, told: str) -> None:
    whole = {"kind": "k", "label": "K", "what": "w", "layers": "[]", "geometry": "[]", "source": "s", "fields": "[]"}
    key, _, value = text.partition(": ")
    lines = "\n".join(f"{name}: {part}" for name, part in {**whole, key: value}.items())
    with pytest.raises(DefinitionBroken, match=told) as caught:
        kind_from(lines, origin="k.yaml")
    assert str(caught.value).startswith("k.yaml")


def test_reference_page_is_the_one_that_the_definitions_make() -> None:
    root = Path(__file__).parents[2]
    tool = runpy.run_path(str(root / "tools" / "records_page.py"))
    assert (root / "docs" / "reference" / "records.md").read_text(encoding="utf-8") == tool["page"]()
