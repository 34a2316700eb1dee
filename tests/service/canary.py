"""A register with a canary word in every field that somebody can write, and the search for any of them.

The words say where they stand: ``canary-LEVEL-...`` in a record, sheet, attachment or draft of that level,
``canary-batch-...`` in what belongs to no record, such as a file's name or a reason.
"""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pmtiles.reader
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.alerts import Reason
from merestone.exchange import import_file
from merestone.register import Actor, AlertDesk, Declaration, Entry, Register, Role, Sheet
from merestone.register.programme.attribute import check_attributes
from merestone.register.programme.kind import Field, FieldType, Kind, kind_of_layer, kinds
from merestone.register.sidecars.alert_keys import AlertKeys
from merestone.register.sidecars.attachment_store import AttachmentStore
from merestone.register.sidecars.attachments import attach, attach_to_draft
from merestone.terms import RecordKind, Visibility

CANARY = re.compile(rb"canary", re.IGNORECASE)
RESTRICTED = re.compile(rb"canary-restricted", re.IGNORECASE)
AUTHOR = Actor("canary-batch-author", "canary-batch-organisation", "north", frozenset({Role.SURVEYOR}))
OWN = Actor("own", AUTHOR.organisation, AUTHOR.hub, frozenset({Role.SURVEYOR}))
BY: dict[str, Any] = {"by": "canary-batch-writer", "why": "canary-batch-why"}


@dataclass(frozen=True)
class Canaries:
    """The register, and what a walk asks for by name."""

    path: Path
    records: tuple[str, ...]
    """A record of each sort: of every level, revised, withdrawn, with an attachment; a sheet; an imported one."""
    restricted: str
    """A restricted record that a draft of `AUTHOR` became, and that nobody else's organisation may see exactly."""
    drafts: tuple[str, ...]
    sha256: tuple[str, ...]
    alerts: tuple[str, ...]
    """An alert that was published and warns of the restricted record, and one that stays a draft."""


def value_of(field: Field, mark: str) -> Any:
    """What stands in a field: a canary word wherever text may, else anything that fits."""
    match field.type:
        case FieldType.CHOICE:
            return field.choices[0]
        case FieldType.CHOICES:
            return [field.choices[0]]
        case FieldType.DATE:
            return "2024-05-01"
        case FieldType.INTEGER | FieldType.NUMBER:
            return int(field.min or 0) + 1
        case FieldType.POINT:
            return [17.0, 44.0]
        case FieldType.POINTS:
            return [[17.0, 44.0]]
        case FieldType.LINK:
            return f"canary-{mark}-{field.name}"
        case FieldType.LINKS:
            return [f"canary-{mark}-{field.name}"]
        case _:
            return f"canary-{mark}-{field.name}" if not field.pattern else None


def attributes_of(kind: Kind, mark: str) -> dict[str, Any]:
    """A value in every field of a kind but personal ones, and in a column that no definition knows."""
    given = {field.name: value_of(field, mark) for field in kind.fields if not field.personal}
    given = {name: value for name, value in given.items() if value is not None}
    given[f"canary-{mark}-column"] = f"canary-{mark}-unknown"
    return {**given, **check_attributes(kind, given).attributes}


def outline_of(kind: RecordKind, number: int) -> BaseGeometry:
    """A place for the record of a kind, apart from all others."""
    place = shapely.Point(17.0 + 0.1 * number, 44.0 + 0.1 * list(RecordKind).index(kind))
    is_area = "polygon" in kind_of_layer(kind).geometry
    return shapely.box(place.x, place.y, place.x + 0.02, place.y + 0.02) if is_area else place


def make_canaries(path: Path) -> Canaries:
    """Fill a new register."""
    Register.create(path, label="synthetic").close()
    asked: list[str] = []
    with Register.open(path) as register:
        for number, level in enumerate(Visibility):
            asked += _records_of(register, number, level)
        sha256 = [_attached(register, path, record_id, "batch") for record_id in asked[:1]]
        drafts, restricted = _drafts(register)
        sha256.append(_attached(register, path, restricted, "restricted"))
        sha256 += [_with_document(register, path, draft) for draft in drafts[:1]]
        imported = _imported(register, path.parent)
        alerts = _alerts(register, path, restricted)
    return Canaries(path, (*asked, restricted, imported), restricted, drafts, tuple(sha256), alerts)


AUTHORITY = (
    "{source: canary-batch, sender: a@mines.example.org, sender_name: Centre, contact: x, web: null, languages: [en]}"
)


def _alerts(register: Register, path: Path, restricted: str) -> tuple[str, str]:
    """What an authority writes to the public is public; why, on whose word, by whom, and every draft are not."""
    with register.batch(**BY, source="canary-batch-source") as batch:
        batch.configure("alert_authority", AUTHORITY)
    keys = AlertKeys.beside(path)
    words = {"why": "canary-restricted-alert-why", "source": "canary-restricted-alert-source"}
    author = AlertDesk(register, AUTHOR, keys)
    published = author.declare(Declaration(Reason.NEW_FINDING, "Forest", (restricted,)), **words)
    for to, role in (("approved", Role.APPROVER), ("published", Role.PUBLISHER)):
        actor = Actor(f"canary-batch-{to}", AUTHOR.organisation, AUTHOR.hub, frozenset({role}))
        AlertDesk(register, actor, keys).advance(published, to, why="canary-restricted-alert-step")
    text = {"en": "canary-public-alert-text"}
    words = {"why": "canary-public-alert-why", "source": "canary-public-alert-source"}
    draft = author.declare(Declaration(Reason.DECREE, "canary-public-alert", (restricted,), texts=text), **words)
    return published, draft


def _records_of(register: Register, number: int, level: Visibility) -> list[str]:
    """Records of every kind of a level; gives the identities of some: revised, withdrawn, as recorded, a sheet."""
    mark = level.value
    made: dict[RecordKind, str] = {}
    batch_words = {"source": f"canary-{mark}-source", "file_name": "canary-batch-file.csv", "data_on": date(2024, 1, 2)}
    with register.batch(**BY, **batch_words) as batch:  # type: ignore[arg-type]
        sheets = [
            batch.record(Sheet(kind.name, _fitting(kind, mark), visibility=level))
            for kind in kinds().values()
            if not kind.layers and kind.name not in ("attachment", "victim", "alert")
        ]
        for layer in RecordKind:
            attributes = attributes_of(kind_of_layer(layer), mark)
            evidence = tuple(sheets[:1])
            entry = Entry(layer, outline_of(layer, number), 5.0, attributes, visibility=level, evidence=evidence)
            made[layer] = batch.record(entry)
        batch.quarantine(7, '{"name": "canary-batch-raw"}', ["canary-batch-reason"])
    with register.batch(**BY, source=f"canary-{mark}-source-revised") as batch:
        before = attributes_of(kind_of_layer(RecordKind.SUSPECTED), f"{mark}-old")
        outline = outline_of(RecordKind.SUSPECTED, number)
        batch.revise(made[RecordKind.SUSPECTED], Entry(RecordKind.SUSPECTED, outline, 5.0, before, visibility=level))
        batch.withdraw(made[RecordKind.CONFIRMED], why=f"canary-{mark}-withdrawn")
    chosen = (RecordKind.SUSPECTED, RecordKind.CONFIRMED, RecordKind.RESTRICTED, RecordKind.CLEARED)
    return [*(made[kind] for kind in chosen), sheets[0]]


def _fitting(kind: Kind, mark: str) -> dict[str, Any]:
    given = attributes_of(kind, mark)
    checked = check_attributes(kind, given)
    return {name: value for name, value in given.items() if name not in {one.field for one in checked.refused}}


def _attached(register: Register, path: Path, record_id: str, mark: str) -> str:
    file = path.with_name(f"canary-{mark}-photograph.jpg")
    file.write_bytes(f"canary-{mark}-pixels".encode())
    words = {"source": f"canary-{mark}-camera", "by": "canary-batch-photographer", "why": f"canary-{mark}-why"}
    return attach(register, AttachmentStore.beside(path), record_id, file, **words).sha256


def _drafts(register: Register) -> tuple[tuple[str, ...], str]:
    """A draft of each level that stays one, and a restricted record that went all the way."""
    author = register.desk(AUTHOR)
    words: dict[str, Any] = {"why": "canary-restricted-draft-why", "source": "canary-restricted-draft-source"}
    drafts = []
    for number, level in enumerate(Visibility):
        kind = kind_of_layer(RecordKind.SUSPECTED)
        place = outline_of(RecordKind.SUSPECTED, 20 + number)
        entry = Entry(RecordKind.SUSPECTED, place, 5.0, attributes_of(kind, "restricted-draft"), visibility=level)
        drafts.append(author.draft(entry, **words))
    restricted = author.draft(
        Entry(RecordKind.SUSPECTED, outline_of(RecordKind.SUSPECTED, 30), 5.0, attributes_of(kind, "restricted")),
        **words,
    )
    for stage, role in (("submitted", Role.SURVEYOR), ("reviewed", Role.QUALITY), ("approved", Role.APPROVER)):
        name = AUTHOR.name if stage == "submitted" else f"canary-batch-{stage}"
        register.desk(Actor(name, AUTHOR.organisation, AUTHOR.hub, frozenset({role}))).advance(
            restricted, stage, why="canary-restricted-step"
        )
    centre = Actor("canary-batch-publisher", AUTHOR.organisation, AUTHOR.hub, frozenset({Role.PUBLISHER}))
    record_id = register.desk(centre).advance(restricted, "published", why="canary-restricted-step").record_id
    assert record_id is not None
    return (*drafts, restricted), record_id


def _with_document(register: Register, path: Path, draft_id: str) -> str:
    file = path.with_name("canary-restricted-draft-sketch.txt")
    file.write_bytes(b"canary-restricted-draft-pixels")
    store = AttachmentStore.beside(path)
    return attach_to_draft(register, store, AUTHOR, draft_id, file, why="canary-restricted-draft-why").sha256


def _imported(register: Register, folder: Path) -> str:
    """A record of an imported file, with one row that goes to quarantine."""
    table = folder / "canary-batch-import.csv"
    table.write_text("lon,lat,name\n18.0,43.0,canary-public-row\nx,y,canary-batch-bad\n", encoding="utf-8")
    words = {"source": "canary-public-import", "by": "canary-batch-importer"}
    report = import_file(register, table, kind=RecordKind.SUSPECTED, accuracy_m=5.0, **words)  # type: ignore[arg-type]
    return next(row.record_id for row in report.rows if row.record_id is not None)


def contents(path: Path) -> Iterator[bytes]:
    """A file's bytes, and what is compressed or encoded in it."""
    raw = path.read_bytes()
    yield raw
    if raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if path.suffix in (".parquet", ".geoparquet"):
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        yield repr(table.to_pylist()).encode() + repr(table.schema).encode() + repr(table.schema.metadata).encode()
    elif path.suffix in (".gpkg", ".fgb"):
        for layer, _ in pyogrio.list_layers(path):
            yield repr(pyogrio.read_dataframe(path, layer=layer, read_geometry=False).to_dict()).encode()
            yield repr(pyogrio.read_info(path, layer=layer)).encode()
    elif path.suffix == ".pmtiles":
        with path.open("rb") as file:
            source = pmtiles.reader.MmapSource(file)
            yield repr(pmtiles.reader.Reader(source).metadata()).encode()
            yield from (gzip.decompress(tile) for _, tile in pmtiles.reader.all_tiles(source))
    for stream in re.finditer(rb"stream\r?\n(.*?)endstream", raw, re.DOTALL):  # PDF
        try:
            yield zlib.decompress(stream[1])
        except zlib.error:
            continue


def refuse(content: bytes, where: str, words: re.Pattern[bytes] = CANARY) -> None:
    """Fail where a word is found, with what stands around it."""
    found = words.search(content)
    assert found is None, f"{where}: ...{content[max(0, found.start() - 80) : found.end() + 60]!r}"
