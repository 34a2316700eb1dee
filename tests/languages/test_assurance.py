"""In no language does a message of ours, or an authority's own text, call a place safe."""

import re

import pytest

from merestone.alerts import refuse_assurance
from merestone.languages import LANGUAGES, catalogue_of
from merestone.terms import FieldRefused

ASSURING = {
    "en": "The forest path is safe, do not worry.",
    "et": "Metsarada on ohutu, ärge muretsege.",
    "fi": "Metsäpolku on turvallinen, älkää huolehtiko.",
    "lv": "Meža taka ir droša, neuztraucieties.",
    "lt": "Miško takas saugus, nebijokite.",
    "pl": "Nie ma zagrożenia na ścieżce.",
    "ru": "На тропе опасности нет.",
    "be": "Сцежка бяспечная, не хвалюйцеся.",
    "uk": "Стежка безпечна, не хвилюйтеся.",
}
"""A sentence of each language that assures people of a place, most with a denial that denies something else."""
DENYING = {
    "en": "This does not mean that the path is safe.",
    "et": "See ei tähenda, et rada on ohutu.",
    "fi": "Se ei tarkoita, että polku on turvallinen.",
    "lv": "Tas nenozīmē, ka taka ir droša.",
    "lt": "Tai nereiškia, kad takas saugus.",
    "pl": "Nie znaczy to, że ścieżka jest bezpieczna.",
    "ru": "Это не значит, что тропа безопасна.",
    "be": "Гэта не значыць, што сцежка бяспечная.",
    "uk": "Це не означає, що стежка безпечна.",
}
WARNING = {
    "et": "Ohtlik ala: lahingumoon. Järgige ohutusjuhiseid.",
    "fi": "Vaarallinen alue, vaaratilanne.",
    "lv": "Bīstama teritorija. Nedroša taka, drošības dienests ziņo.",
    "lt": "Pavojinga teritorija. Saugumo tarnyba praneša.",
    "pl": "Obszar niebezpieczny. Służba bezpieczeństwa informuje.",
    "ru": "Опасный участок, взрывоопасные предметы. Служба безопасности сообщает.",
    "be": "Небяспечны ўчастак, выбуханебяспечныя прадметы.",
    "uk": "Небезпечна ділянка, вибухонебезпечні предмети. Служба безпеки повідомляє.",
}
"""Words that hold those of the list, and mean the contrary or something else."""


def test_every_language_has_its_words() -> None:
    """2026-11-28: the list was English, so that an authority's own "saugu" went out."""
    assert {language.tag for language in LANGUAGES} == set(ASSURING) == set(DENYING)


@pytest.mark.parametrize("tag", ASSURING)
def test_a_text_that_assures_people_of_a_place_is_refused_in_its_language(tag: str) -> None:
    with pytest.raises(FieldRefused, match="which no alert may do"):
        refuse_assurance("text", ASSURING[tag])
    with pytest.raises(FieldRefused):
        refuse_assurance("text", f"{DENYING[tag]} {ASSURING[tag].upper()}")


@pytest.mark.parametrize("text", [*DENYING.values(), *WARNING.values()])
def test_a_denial_and_a_warning_are_taken(text: str) -> None:
    refuse_assurance("text", text)


@pytest.mark.parametrize("tag", [language.tag for language in LANGUAGES])
def test_no_message_of_ours_assures_people_of_a_place(tag: str) -> None:
    for message in catalogue_of(tag).entries:
        if not message.id:
            continue
        said = message.id if tag == "en" else message.string
        for text in [said] if isinstance(said, str) else said or ():
            refuse_assurance(f"{tag}: {message.id}", re.sub(r"\{\w+\}", "", text))
