"""Submissions of forms: ODK Central's OData JSON, Kobo's JSON, and the XML of one instance, by the rules of tables.

Groups become parts of a column's name (`group/field`). The places of a repeat are the corners of its submission's
outline (`exchange.repeat_points`); other repeats are tables of their own: they are named, and not read.
Sources: ODK Central API, "OData form service"; KoboToolbox API v2, "data"; ODK XForms specification, "instance".
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from merestone.exchange.formats._table_format import OneTable
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.row import Reading
from merestone.terms import FileRefused

if TYPE_CHECKING:  # every file of JSON is looked at here first, and most are no submissions
    from xml.etree.ElementTree import Element

_ODATA: Final = re.compile(rb'"@odata\.context"|"__system"|"__id"')
_KOBO: Final = re.compile(rb'"_xform_id_string"|"_submission_time"|"meta/instanceID"|"__version__"')
_INSTANCE: Final = re.compile(rb"instanceID|openrosa\.org/xforms|http://www\.w3\.org/2002/xforms")
_OTHER_XML: Final = re.compile(rb"<(?:\w+:)?(?:kml|gpx|FeatureCollection)\b")
_GEOJSON: Final = re.compile(rb'"(?:Feature|FeatureCollection|features)"')
"""Kobo also writes GeoJSON, whose properties have the same names."""
_DEEPEST: Final = 20
_SAMPLE: Final = 200
"""Submissions by which it is known which repeats hold places."""


class Odk(OneTable):
    """One layer, named as the file."""

    name = "ODK submissions"
    suffixes = (".json",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """JSON with the members of a service of submissions; XML with the identifier of an instance."""
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if text[:1] in (b"{", b"["):
            return bool(_ODATA.search(head) or _KOBO.search(head)) and _GEOJSON.search(head) is None
        return text[:1] == b"<" and bool(_INSTANCE.search(head)) and not _OTHER_XML.search(head)

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """One row for each submission."""
        from merestone.exchange.formats._table import Table
        from merestone.exchange.formats._table_header import Record, header_of
        from merestone.exchange.places.repeat_points import outline_of_repeat

        self.refuse_other_layer(path, layer)
        data = path.read_bytes()
        submissions = (
            _from_xml(path, data) if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else _from_json(path, data)
        )
        repeats: set[str] = set()
        flat = [dict(_flattened(submission, "", repeats, 0)) for submission in submissions]
        names = list(dict.fromkeys(name for cells in flat for name in cells))
        records = [Record(names, "\t".join(names), 1)]
        for number, (cells, submission) in enumerate(zip(flat, submissions, strict=True), start=1):
            text = json.dumps(submission, ensure_ascii=False, default=str)
            records.append(Record([cells.get(name) for name in names], text, number))
        header = header_of(records, path, self._place_columns, self._fields, are_areas=True)
        table = Table(path, header, crs=crs, format_name=self.name, layer=path.stem)
        reading = table.reading(records[header.first :])
        sample = flat[:_SAMPLE]
        corners = {name for name in repeats if any(outline_of_repeat(name, cells.get(name)) for cells in sample)}
        if corners:
            remark = ", ".join(sorted(corners))
            reading.notes.append(f"the places in the repeat {remark} were taken as the corners of what they belong to")
        if repeats - corners:
            remark = ", ".join(sorted(repeats - corners))
            reading.notes.append(f"repeats are tables of their own and were not read: {remark}")
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Always refused."""
        raise FileRefused(path, "submissions are read only", "write a GeoPackage (.gpkg) instead")


def _from_json(path: Path, data: bytes) -> list[Mapping[str, Any]]:
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise FileRefused(path, f"is not JSON ({error})", "the file is cut off or damaged; get it again") from error
    if isinstance(value, Mapping) and (value.get("@odata.nextLink") or value.get("next")):
        raise FileRefused(path, "is one page of several, with a link to the next", "export all submissions at once")
    listed = value
    if isinstance(value, Mapping):
        listed = next((value[name] for name in ("value", "results") if isinstance(value.get(name), list)), [value])
    if not isinstance(listed, list) or not all(isinstance(submission, Mapping) for submission in listed):
        raise FileRefused(path, "its submissions are not a list of objects", "export them again as JSON")
    if not listed:
        raise FileRefused(path, "it holds no submission", "check that the export is not filtered")
    return listed


def _from_xml(path: Path, data: bytes) -> list[Mapping[str, Any]]:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise FileRefused(path, f"is not well-formed XML ({error})", "get it again from where it came") from error
    made = _answers(root, 0)
    return [made if isinstance(made, Mapping) else {_local(root): made}]


def _answers(element: "Element", depth: int) -> Any:
    """The text of a question, or the answers of a group; of a question that is repeated, all of them."""
    if len(element) == 0 or depth > _DEEPEST:
        return (element.text or "").strip() or None
    answers: dict[str, Any] = {}
    for child in element:
        name, value = _local(child), _answers(child, depth + 1)
        if name in answers:
            before = answers[name]
            answers[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            answers[name] = value
    return answers


def _local(element: "Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _flattened(value: Mapping[str, Any], before: str, repeats: set[str], depth: int) -> Iterator[tuple[str, Any]]:
    """The answers with the names of their groups before them."""
    for name, answer in value.items():
        whole = f"{before}{name}"
        if name.endswith("@odata.navigationLink"):
            repeats.add(whole.removesuffix("@odata.navigationLink"))
        elif isinstance(answer, Mapping) and "coordinates" in answer:
            yield whole, json.dumps({part: answer[part] for part in ("type", "coordinates") if part in answer})
            properties = answer.get("properties")
            accuracy = _worst_accuracy(properties) if isinstance(properties, Mapping) else None
            if accuracy is not None:
                yield f"{whole}-Accuracy", accuracy
        elif isinstance(answer, Mapping) and depth < _DEEPEST:
            yield from _flattened(answer, f"{whole}/", repeats, depth + 1)
        elif isinstance(answer, list) and any(isinstance(part, Mapping) for part in answer):
            repeats.add(whole)
            yield whole, json.dumps(answer, ensure_ascii=False)
        elif isinstance(answer, list):
            yield whole, ", ".join(str(part) for part in answer if part is not None) or None
        else:
            yield whole, answer


def _worst_accuracy(properties: Mapping[str, Any]) -> float | str | None:
    """What ODK Central writes beside the coordinates: one number, or one for each point; 0 states nothing."""
    stated_accuracy = properties.get("accuracy")
    numbers = [
        n
        for n in (stated_accuracy if isinstance(stated_accuracy, list) else [stated_accuracy])
        if isinstance(n, (int, float)) and n > 0
    ]
    try:
        return float(max(numbers)) if numbers else None
    except OverflowError:  # an integer of hundreds of digits: stated, and of no use
        return "over 1e308"  # a text, which makes the accuracy unknown
