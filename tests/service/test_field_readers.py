"""Beside every field of the desk's form stands who will read it, and at each level what everybody would see."""

import html
import re
from pathlib import Path

import pytest

from merestone.register import Register
from merestone.register.events.rights import READ_BY_PUBLIC, Reader, reader_of
from merestone.service.draft_form import OWN, layers
from merestone.service.field_readers import ATTRIBUTE, reader_note
from merestone.terms import LEVELS, RecordKind, Visibility
from tests.service.test_desk_pages import Desk

_FIELD = re.compile(r"<(?:label(?! class=\"tick\")|fieldset)\b.*?</(?:label|fieldset)>", re.DOTALL)
_NAME = re.compile(r'name="([^"]+)"')


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("readers"))


@pytest.mark.parametrize("layer", layers())
def test_note_beside_every_field_is_that_of_the_table(desk: Desk, layer: RecordKind) -> None:
    page = desk.at("anna").get(f"/desk/new/{layer.value}").text
    form = page[page.index('<form class="filling"') :]
    form = re.sub(r'<input type="hidden"[^>]*>', "", form[: form.index("</form>")])
    # What is typed to draw on the map stands in the field of the outline, and is not sent by itself.
    form = re.sub(r'<details id="outline-drawing".*?</details>', "", form, flags=re.DOTALL)
    asked = set(_NAME.findall(form))
    noted = set()
    for field in _FIELD.findall(form):
        (name,) = set(_NAME.findall(field))
        notes = re.findall(r'<small class="read-by">(.*?)</small>', field)
        assert len(notes) == 1, name
        expected = reader_note(ATTRIBUTE if name.startswith(OWN) else name)
        assert html.unescape(notes[0]).startswith(expected), name
        noted.add(name)
    assert noted == asked
    assert {name for name in noted if reader_of(name, Visibility.OPEN) is Reader.PUBLIC} == noted & READ_BY_PUBLIC
    assert {"geometry", "accuracy_m", "true_from", "true_until", "visibility"} == noted & READ_BY_PUBLIC


def test_note_says_each_reader_and_the_level_at_which_it_differs() -> None:
    assert reader_note("geometry") == "Read by everybody."
    assert reader_note(ATTRIBUTE) == reader_note("why") == reader_note("a new field")
    assert reader_note("why") == "Read by signed-in staff; if restricted, by its own organisation."
    assert reader_note(ATTRIBUTE, is_personal=True).startswith("Read by sealed")


@pytest.mark.parametrize("layer", layers())
def test_form_proposes_the_level_of_the_kind_and_offers_three(desk: Desk, layer: RecordKind) -> None:
    page = desk.at("anna").get(f"/desk/new/{layer.value}").text
    choice = page[page.index('<select name="visibility"') :].split("</select>")[0]
    assert re.findall(r'option value="(\w+)"', choice) == [level.value for level in LEVELS]
    (chosen,) = re.findall(r'value="(\w+)" selected', choice)
    is_public = layer in (RecordKind.SUSPECTED, RecordKind.CONFIRMED)
    assert chosen == ("public" if is_public else "restricted")


def test_draft_shows_its_outline_as_everybody_would_see_it_at_each_level(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    draft_id = desk.drafted(visibility="public")
    for page in (desk.at("anna").get(f"/desk/{draft_id}").text, desk.at("anna").get(f"/desk/{draft_id}/form").text):
        shown = page[page.index('<div class="levels">') :].split("</div>")[0]
        assert shown.count("<svg") == len(LEVELS)
        ratios = [float(ratio) for ratio in re.findall(r'class="number">([\d.]+)<', shown)]
        assert ratios[0] == 1.0 < ratios[1] < ratios[2]
        assert re.findall(r"<strong>(\w+)</strong> \(chosen\)", shown) == ["public"]
    with Register.open(desk.path, read_only=True) as register:
        assert register.as_of().records == ()
