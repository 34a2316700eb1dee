"""CAP messages as others read them: by OASIS's schema, by a CAP library, by a verifier that is not ours."""

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
from cap_tools.models import Alert
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from xsdata.formats.dataclass.parsers import XmlParser

from merestone.alerts import (
    Reason,
    SigningKey,
    Status,
    cap_bytes,
    cap_document,
    facts_of,
    instant_as_cap,
    is_signed_by,
    new_signing_key,
    published_area,
    refuse_assurance,
    signed,
)
from merestone.alerts.cap import cap_schema
from merestone.languages import LANGUAGES
from merestone.terms import FieldRefused
from tests.alerts.messages import NOW, PLACE, later, message
from tests.conftest import missing_engine

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return new_signing_key("Synthetic Mine Action Centre", NOW)


def text_of(alert: etree._Element, name: str) -> str:
    return str(alert.findtext(f".//{CAP}{name}"))


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("status", Status)
def test_every_message_is_valid_signed_and_unsigned(reason: Reason, status: Status, key: SigningKey) -> None:
    first = message()
    one = later(first, reason, status=status) if reason.needs_earlier else message(reason=reason, status=status)
    alert = cap_document(one)
    cap_schema().assertValid(alert)
    cap_schema().assertValid(signed(alert, key))


@pytest.mark.parametrize("reason", Reason)
def test_nine_languages_are_nine_blocks_that_the_schema_and_a_cap_library_take(reason: Reason, key: SigningKey) -> None:
    """2026-11-29: messages in one or two languages were validated, never in all nine at once."""
    tags = tuple(language.tag for language in LANGUAGES)
    first = message(languages=tags)
    spoken = later(first, reason, languages=tags) if reason.needs_earlier else message(reason=reason, languages=tags)
    alert = cap_document(spoken)
    cap_schema().assertValid(alert)
    cap_schema().assertValid(signed(alert, key))
    infos = read_by_library(alert).infos
    assert len(tags) == 9
    assert tuple(info.language for info in infos) == tags
    assert len({info.headline for info in infos}) == len({info.description for info in infos}) == 9
    for info in infos:
        ring = info.areas[0].polygons[0]
        assert str(ring) == str(infos[0].areas[0].polygons[0])
        refuse_assurance("headline", f"{info.headline}")


def read_by_library(alert: etree._Element) -> Alert:
    return XmlParser().from_bytes(cap_bytes(alert), Alert)


times = st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1))  # noqa: DTZ001 (the zone is drawn, too)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
words = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=50)


@settings(max_examples=40, deadline=None)
@given(times, offsets, offsets, st.integers(60, 360 * 86_400), words, words)
def test_any_times_and_words_give_a_valid_message_that_says_the_same(
    sent: datetime, zone: timezone, other: timezone, lasts_s: int, area_name: str, text: str
) -> None:
    sent = sent.replace(tzinfo=zone, microsecond=0)
    expires = (sent + timedelta(seconds=lasts_s)).astimezone(other)
    one = message(sent=sent, onset=sent, expires=expires, area_name=area_name, texts={"en": text})
    read = read_by_library(cap_document(one))
    assert read.sent.to_datetime() == sent
    info = read.infos[0]
    assert info.onset is not None
    assert info.expires is not None
    assert (info.onset.to_datetime(), info.expires.to_datetime()) == (sent, expires)
    assert info.areas[0].area_desc == area_name
    assert info.description is not None
    assert text in info.description


def test_a_cap_library_reads_the_ring_latitude_first_and_it_contains_the_place() -> None:
    read = read_by_library(cap_document(message()))
    (area,) = read.infos[0].areas
    (polygon,) = area.polygons
    corners = [tuple(map(float, corner.split(","))) for corner in str(polygon).split()]
    assert corners[0] == corners[-1]
    assert shapely.Polygon([(lon, lat) for lat, lon in corners]).covers(PLACE)


def test_utc_is_written_with_the_sign_that_cap_asks() -> None:
    """CAP 1.2, 3.3.2: "Z" must not be used, and UTC is -00:00."""
    assert instant_as_cap(datetime(2026, 5, 3, 14, 0, 0, 999, tzinfo=UTC)) == "2026-05-03T14:00:00-00:00"
    assert instant_as_cap(datetime(2026, 5, 3, tzinfo=timezone(timedelta(hours=-5)))) == "2026-05-03T00:00:00-05:00"


def test_an_update_names_every_earlier_message_before_it_says_anything() -> None:
    first = message()
    second = later(first, Reason.CORRECTION)
    third = later(second, Reason.ALL_OVER)
    alert = cap_document(third)
    names = [etree.QName(child).localname for child in alert]
    assert names.index("references") < names.index("info")
    named = text_of(alert, "references").split(" ")
    assert named == [f"{one.sender},{one.identifier},{instant_as_cap(one.sent)}" for one in (first, second)]
    assert text_of(alert, "msgType") == "Cancel"
    assert [str(one).split(",")[1] for one in read_by_library(alert).references_to_list()] == [
        first.identifier,
        second.identifier,
    ]


def test_the_end_of_an_alert_never_gives_the_all_clear() -> None:
    """CAP's AllClear says that nothing threatens any more; nobody knows that of ground (2026-11-28)."""
    assert all(facts_of(reason).response != "AllClear" for reason in Reason)
    told = etree.tostring(cap_document(later(message(), Reason.ALL_OVER)), encoding="unicode")
    assert "The alert has ended" in told
    assert "does not mean that the place is safe" in told


def test_event_codes_name_the_list_and_its_version() -> None:
    """Flood is OET-080 in version 1.0 of the list and OET-081 in 1.2: a code without its version says nothing."""
    alert = cap_document(message(reason=Reason.FLOOD_DISPLACEMENT))
    codes = [(one.findtext(f"{CAP}valueName"), one.findtext(f"{CAP}value")) for one in alert.iter(f"{CAP}eventCode")]
    assert codes == [("OET:v1.2", "OET-076"), ("OET:v1.2", "OET-081")]


def test_a_polygon_has_neither_line_breaks_nor_more_than_six_decimals() -> None:
    two = shapely.union_all([PLACE, shapely.box(25.1234567891, 54, 25.2, 54.1)])
    for polygon in cap_document(message(area=published_area(two))).iter(f"{CAP}polygon"):
        assert polygon.text
        assert "\n" not in polygon.text
        assert all(len(number.partition(".")[2]) == 6 for pair in polygon.text.split(" ") for number in pair.split(","))


# Signature -----------------------------------------------------------------------------------------------------------


def test_a_signed_message_verifies_and_a_changed_one_does_not(key: SigningKey) -> None:
    told = cap_bytes(signed(cap_document(message()), key))
    assert is_signed_by(told, key.certificate_pem)
    assert cap_bytes(signed(cap_document(message()), key)) == told
    assert not is_signed_by(told.replace(b"Forest north", b"Forest south"), key.certificate_pem)
    assert not is_signed_by(told, new_signing_key("Somebody else", NOW).certificate_pem)
    assert not is_signed_by(cap_bytes(cap_document(message())), key.certificate_pem)
    assert not is_signed_by(b"<alert", key.certificate_pem)


def test_a_signature_that_is_none_by_its_own_schema_is_refused(key: SigningKey) -> None:
    """2026-11-29, test files of another project: a digest that is no base64 ended in an error of the XML library."""
    content = cap_bytes(signed(cap_document(message()), key))
    spoilt = re.sub(rb".=</ds:DigestValue>", b"d=</ds:DigestValue>", content)
    assert spoilt != content
    assert not is_signed_by(spoilt, key.certificate_pem)


def test_a_key_that_is_not_the_certificates_signs_nothing(key: SigningKey) -> None:
    other = SigningKey(new_signing_key("Somebody else", NOW).private_pem, key.certificate_pem)
    with pytest.raises(FieldRefused, match="does not fit its certificate"):
        signed(cap_document(message()), other)


def test_xmlsec_verifies_it(key: SigningKey, tmp_path: Path) -> None:
    if shutil.which("xmlsec1") is None:
        missing_engine("xmlsec1 is not installed; apt-get install xmlsec1")
    told, certificate = tmp_path / "alert.cap", tmp_path / "certificate.pem"
    certificate.write_bytes(key.certificate_pem)

    def verifies(content: bytes) -> bool:
        told.write_bytes(content)
        command = [
            "xmlsec1",
            "--verify",
            "--trusted-pem",
            str(certificate),
            "--verification-gmt-time",
            "2026-11-28+16:00:00",
        ]
        return subprocess.run([*command, str(told)], capture_output=True, check=False).returncode == 0

    content = cap_bytes(signed(cap_document(message()), key))
    assert verifies(content)
    assert not verifies(content.replace(b"Forest north", b"Forest south"))


# What is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"sent": NOW.replace(tzinfo=None)}, "has no offset"),
        ({"expires": (NOW + timedelta(days=1)).replace(tzinfo=None)}, "has no offset"),
        ({"expires": NOW}, "not after the beginning"),
        ({"onset": NOW - timedelta(days=42)}, "before the message"),
        ({"onset": NOW + timedelta(days=3)}, "not after the beginning"),
        ({"expires": NOW + timedelta(days=400)}, "more than a year"),
        ({"identifier": "has a space"}, "contains a space"),
        ({"sender": "a,b"}, "comma"),
        ({"sender": ""}, "is empty"),
        ({"area_name": "x" * 51}, "too long"),
        ({"area_name": " "}, "is empty"),
        ({"area_name": "bell\x07"}, "cannot be printed"),
        ({"texts": {"en": "line\nbreak"}}, "cannot be printed"),
        ({"languages": ()}, "at least one language"),
        ({"reason": Reason.ALL_OVER}, "names no earlier message"),
        ({"references": (message().reference,)}, "names earlier messages"),
        ({"reason": Reason.CORRECTION, "references": (message().reference,)}, "not earlier"),
    ],
)
def test_a_message_that_no_reader_could_use_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(FieldRefused, match=words):
        message(**changed)


def test_a_language_without_a_catalogue_is_refused() -> None:
    """Else a message would carry a language's code over the words of another."""
    with pytest.raises(FieldRefused, match="has no translations"):
        cap_document(message(languages=("en", "tlh")))


@pytest.mark.parametrize("text", ["The forest is safe now.", "All clear!", "The path is mine-free. Do not run."])
def test_no_authority_calls_a_place_safe_by_an_alert(text: str) -> None:
    with pytest.raises(FieldRefused, match="no alert may do"):
        refuse_assurance("text", text)
    refuse_assurance("text", "The forest is not safe; unsafe paths are closed.")


BROKEN: dict[str, Callable[[str], str]] = {
    "references after info": lambda told: _moved_to_end(told, "references"),
    "time with Z": lambda told: told.replace("2026-11-28T16:00:00-00:00</sent>", "2026-11-28T16:00:00Z</sent>"),
    "time without offset": lambda told: told.replace("2026-11-28T16:00:00-00:00</sent>", "2026-11-28T16:00:00</sent>"),
    "no identifier": lambda told: told.replace("<identifier>alert-correction</identifier>", ""),
    "a status of our own": lambda told: told.replace(">Actual<", ">Real<"),
    "a response of our own": lambda told: told.replace(">Avoid<", ">KeepOut<"),
    "no area description": lambda told: told.replace("<areaDesc>Forest north of the lake</areaDesc>", ""),
    "severity twice": lambda told: told.replace("urgency>", "severity>", 2),
    "another namespace": lambda told: told.replace("cap:1.2", "cap:1.1"),
}  # fmt: skip


def _moved_to_end(told: str, name: str) -> str:
    alert = etree.fromstring(told)
    alert.append(alert.find(f"{CAP}{name}"))  # type: ignore[arg-type]
    return etree.tostring(alert, encoding="unicode")


@pytest.mark.parametrize("fault", BROKEN)
def test_the_schema_refuses_what_public_validators_refuse(fault: str) -> None:
    """Faults of published alerts and of validators' own test files, each made anew from a good message."""
    good = etree.tostring(cap_document(later(message(), Reason.CORRECTION)), encoding="unicode")
    cap_schema().assertValid(etree.fromstring(good))
    broken = BROKEN[fault](good)
    assert broken != good
    assert not cap_schema().validate(etree.fromstring(broken))


def test_rings_keep_to_the_rules_that_no_schema_knows() -> None:
    """Closed, four corners or more, no corner twice in a row: what validators look at beyond the schema."""
    for part in message().area.geoms:
        corners = list(part.exterior.coords)
        assert corners[0] == corners[-1]
        assert len(corners) >= 4
        assert all(a != b for a, b in pairwise(corners))
