"""The documents of a KML or KMZ file, each parsed, with its layers and with what is not read of it.

A KMZ holds one document or several (OGC 07-147r2, annex C). All are read: the root document first, then those that it
links to, then the others. A link that leads out of the archive is named and never followed.
"""

import posixpath
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from merestone.exchange.formats._zip import Archive, inside, opened
from merestone.exchange.rows.xml import first_tag, parsed
from merestone.terms import FileRefused, number_of

ZIP: Final = b"PK\x03\x04"
_OVERLAYS: Final = {
    "GroundOverlay": "images laid on the ground; what is drawn in them does not warn",
    "ScreenOverlay": "images on the screen",
    "PhotoOverlay": "photographs",
    "Update": "changes to other documents",
}
_MOST_NAMED: Final = 3
_LARGEST_BYTES: Final = 1 << 30
"""To which the documents of one file together may grow; parsed they take ten times as much memory."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The placemarks that stand directly in one folder or document."""

    name: str
    folders: tuple[str, ...]
    """Names of the folders from the top of the document, those without a name left out."""
    document: str
    """Name of the document in its archive; empty for a plain file."""
    marks: Sequence[ET.Element]
    types: "Types"


@dataclass(frozen=True, slots=True)
class Types:
    """Types of columns as the schemas of one document declare them."""

    all_columns: Mapping[str, str]
    by_schema: Mapping[str, Mapping[str, str]]
    """By the id of the schema."""

    def of(self, schema_url: str | None) -> Mapping[str, str]:
        """Those of the schema that a placemark names, else all."""
        return self.by_schema.get((schema_url or "").rpartition("#")[2], self.all_columns)


@dataclass
class Documents:
    """All that a file holds."""

    layers: dict[str, Layer] = field(default_factory=dict)
    """By a name that is unique in the file."""
    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    images: list[Layer] = field(default_factory=list)
    """Images laid on the ground, by document: they are the layers of a file that has no placemark."""
    size_bytes: int = 0
    times_used: dict[str, int] = field(default_factory=dict)

    @property
    def is_joint(self) -> bool:
        """Whether there are several documents with one layer each, which are read together."""
        counts = Counter(layer.document for layer in self.layers.values())
        return len(counts) > 1 and max(counts.values()) == 1


def documents_of(path: Path) -> Documents:
    """Parse a KML or KMZ file.

    Raises
    ------
    FileRefused
        It is no XML (with line and column), no KML, no zip archive with one, or it uses entities to grow.
    """
    documents = Documents()
    data = path.read_bytes()
    is_plain = not data.startswith(ZIP) and first_tag(data[:4096]) == "kml"
    if is_plain and path.suffix.lower() == ".kmz":
        documents.notes.append("it is named .kmz and is not an archive but plain KML, and was read as such")
    if not is_plain and (data.startswith(ZIP) or path.suffix.lower() == ".kmz"):
        with opened(path) as archive:
            _read_archive(archive, documents, path)
    else:
        links = _take(documents, data, path, "", path.stem)
        _tell_links(documents, links)
    if all(not layer.marks for layer in documents.layers.values()):
        _take_images(documents)
        return documents
    documents.layers = {name: layer for name, layer in documents.layers.items() if layer.marks}
    return documents


def _take_images(documents: Documents) -> None:
    """Where there is nothing else, an image laid on the ground stands for what is drawn in it."""
    if documents.images:
        documents.layers = {}
        documents.notes = [note for note in documents.notes if "GroundOverlay" not in note]
    for image in documents.images:
        unique = unused(image.name, documents.layers, documents.times_used)
        documents.layers[unique] = replace(image, name=unique)


def _read_archive(archive: Archive, documents: Documents, path: Path, prefix: str = "") -> None:
    waiting = sorted((n for n in archive.entries if n.lower().endswith(".kml")), key=_rank)
    waiting += [n for n in archive.entries if n.lower().endswith(".kmz")]
    if not waiting:
        raise FileRefused(path, f"the archive {prefix}holds no .kml", "check that this is the file you meant")
    done: set[str] = set()
    outside: list[str] = []
    while waiting:
        name = waiting.pop(0)
        if name in done:
            continue
        done.add(name)
        data = archive.read(name)
        if data.startswith(ZIP):
            if prefix:
                raise FileRefused(path, f"{prefix}{name}: an archive in an archive in an archive", "unpack it first")
            with archive.inner(name, data) as inner:
                _read_archive(inner, documents, path, f"{name}/")
            continue
        linked: list[str] = []
        fallback = path.stem if not documents.names else posixpath.splitext(prefix + name)[0]
        for href in _take(documents, data, path, prefix + name, fallback):
            target = _target(href, name, archive)
            (outside if target is None else linked).append(target or href)
        waiting = [target for target in linked if target not in done] + waiting
    if len(documents.names) > 1 and not prefix:
        documents.notes.insert(0, f"documents of the archive that were read: {', '.join(documents.names)}")
    _tell_links(documents, outside)


def _rank(name: str) -> tuple[bool, int]:
    """The root document first: doc.kml by custom, else the first at the top of the archive."""
    return name.lower() != "doc.kml", name.count("/")


def _target(href: str, document: str, archive: Archive) -> str | None:
    """The entry of the archive that a link means; None if there is none."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", href):
        return None
    for text in (href, unquote(href)):
        for folder in (posixpath.dirname(document), ""):
            name = inside(posixpath.join(folder, text.replace("\\", "/").partition("#")[0].partition("?")[0]))
            if name in archive.entries:
                return name
    return None


def _take(documents: Documents, data: bytes, path: Path, name: str, fallback: str) -> list[str]:
    """Add one document to what was found; returns its links."""
    documents.size_bytes += len(data)
    if documents.size_bytes > _LARGEST_BYTES:
        raise FileRefused(path, "its documents together are larger than 1 GiB", "split it")
    root, repairs = parsed(data, path, within=name)
    if local(root) != "kml":
        place = f"the first element of {name}" if name else "its first element"
        raise FileRefused(path, f"{place} is {local(root)!r}, not kml", "check that this is the file you meant")
    place = f"{name}: " if name else ""
    documents.names.append(name)
    documents.notes += [f"{place}repaired as Google Earth reads it: {repair}" for repair in repairs]
    types = _types_of(root)
    for folders, title, marks in _containers(root, fallback):
        unique = unused(title, documents.layers, documents.times_used)
        documents.layers[unique] = Layer(unique, folders, name, marks, types)
    counts = Counter(local(element) for element in root.iter())
    images = [element for element in root.iter() if local(element) == "GroundOverlay"]
    if images:
        documents.images.append(Layer(fallback, (), name, images, types))
    for tag, explanation in _OVERLAYS.items():
        if counts[tag]:
            named = [text for e in root.iter() if local(e) == tag and (text := text_of(e, "name") or _box(e))]
            named = named[:_MOST_NAMED] + (["..."] if len(named) > _MOST_NAMED else [])
            documents.notes.append(
                f"{place}not read: {counts[tag]:,} {tag} ({explanation})" + ": " * bool(named) + ", ".join(named)
            )
    return [
        href
        for element in root.iter()
        if local(element) == "NetworkLink"
        for link in element
        if local(link) in ("Link", "Url") and (href := text_of(link, "href"))
    ] + [""] * sum(local(e) == "NetworkLink" and not any(local(c) in ("Link", "Url") for c in e) for e in root.iter())


def unused(name: str, used: Container[str], times_used: dict[str, int]) -> str:
    """The name, or one with a number where it is used already; `times_used` remembers the numbers given."""
    unique = name
    while unique in used:
        times_used[name] = times_used.get(name, 1) + 1
        unique = f"{name} (#{times_used[name]})"
    return unique


def _tell_links(documents: Documents, hrefs: Sequence[str]) -> None:
    if hrefs:
        named = [href[:200] or "a link without an address" for href in hrefs[:_MOST_NAMED]]
        named += ["..."] if len(hrefs) > _MOST_NAMED else []
        documents.notes.append(
            f"not followed: {number_of(len(hrefs), 'link')} to other documents, {', '.join(named)}; "
            "what those hold is not in this import; get them and import them as well"
        )


def _box(overlay: ET.Element) -> str:
    """Where an image lies, by its box."""
    sides = {local(e): (e.text or "").strip() for box in overlay if local(box) == "LatLonBox" for e in box}
    return " ".join(f"{side} {sides[side]}" for side in ("west", "east", "south", "north") if side in sides)


def _types_of(root: ET.Element) -> Types:
    by_schema = {}
    all_columns: dict[str, str] = {}
    for schema in root.iter():
        if local(schema) == "Schema":
            columns = {
                entry.get("name", ""): entry.get("type", "string") for entry in schema if local(entry) == "SimpleField"
            }
            by_schema[schema.get("id") or schema.get("name") or ""] = columns
            all_columns |= columns
    return Types(all_columns, by_schema)


def _containers(root: ET.Element, fallback: str) -> Iterator[tuple[tuple[str, ...], str, list[ET.Element]]]:
    """Every folder or document that holds placemarks, or nothing at all: its path of names, its name, its placemarks.

    An element that is none of KML's containers is looked through, so that no placemark in it is lost.
    """
    tags = {"Placemark"} | {
        schema.get("name", "")
        for schema in root.iter()
        if local(schema) == "Schema" and schema.get("parent") == "Placemark"
    }  # KML 2.1, section Schema: an element of its own that stands for a Placemark
    waiting: list[tuple[ET.Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        container, above = waiting.pop()
        own = text_of(container, "name")
        path = (*above, own) if own and local(container) == "Folder" else above
        marks: list[ET.Element] = []
        inner: list[ET.Element] = []
        looked_through = list(reversed(container))
        while looked_through:
            element = looked_through.pop()
            tag = local(element)
            if tag in tags:
                marks.append(element)
            elif tag in ("Document", "Folder"):
                inner.append(element)
            elif tag not in ("Schema", "Style", "StyleMap", "ExtendedData"):
                looked_through += reversed(element)
        if marks or (local(container) == "Folder" and not inner):
            yield path, own or container.get("id") or fallback, marks
        waiting += [(folder, path) for folder in reversed(inner)]


def local(element: ET.Element) -> str:
    """The name without its namespace: KML 2.0 to 2.3 and Google's own have different ones."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def child_of(element: ET.Element, name: str) -> ET.Element | None:
    """The first child of that name."""
    return next((child for child in element if local(child) == name), None)


def text_of(element: ET.Element, name: str) -> str | None:
    """The text of the first child of that name; None if there is none or only white space."""
    child = child_of(element, name)
    return None if child is None or child.text is None or not child.text.strip() else child.text.strip()
