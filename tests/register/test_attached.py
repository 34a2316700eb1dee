"""Documents belong to records: the chain says to which, and the files beside it are those that it vouches for."""

import hashlib
import io
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box

from merestone.register import Entry, RecordUnknown, Register, RegisterNotWritable, Sheet, merge
from merestone.register.sidecars.attachment_store import AttachmentAltered, AttachmentMissing, AttachmentStore
from merestone.register.sidecars.attachments import Found, attach, attachments, examine
from merestone.terms import FieldRefused, FileRefused, RecordKind

SAID = {"by": "anna", "why": "sketch of the fence", "source": "team 3"}


@pytest.fixture
def area(register_path: Path) -> str:
    with Register.open(register_path) as register, register.batch(by="a", why="w", source="s") as batch:
        return batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 0.01, 0.01)))


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_document_belongs_to_its_record_and_the_chain_says_who_attached_it(register_path: Path, area: str) -> None:
    file = written(register_path.with_name("sketch.png"), b"a sketch")
    store = AttachmentStore.beside(register_path)
    with Register.open(register_path) as register:
        one = attach(register, store, area, file, **SAID)
        assert (one.record_ids, one.file_name, one.media_type) == ((area,), "sketch.png", "image/png")
        assert (one.by, one.why, one.size_bytes) == ("anna", "sketch of the fence", 8)
        assert one.sha256 == hashlib.sha256(b"a sketch").hexdigest()
        assert attachments(register, area) == attachments(register) == (one,)
        assert register.verify().is_sound
        with pytest.raises(FieldRefused, match=r"attached to .* already"):
            attach(register, store, area, file, **SAID)
        with register.batch(by="a", why="the wrong sketch", source="s") as batch:
            batch.withdraw(one.attachment_id)
        assert attachments(register) == ()
    assert store.read(one.sha256) == b"a sketch", "history still names it"


def test_record_that_names_a_document_in_a_field_of_its_own_has_it_too(register_path: Path, area: str) -> None:
    file = written(register_path.with_name("scan.bin"), b"a scan")
    with Register.open(register_path) as register:
        one = attach(register, AttachmentStore.beside(register_path), area, file, **SAID)
        with register.batch(by="a", why="w", source="s") as batch:
            about = {"local_id": "E1", "finding": "craters", "documents": [one.attachment_id]}
            finding = batch.record(Sheet("evidence", about))
        assert [attachment.sha256 for attachment in attachments(register, finding)] == [one.sha256]
        (found,) = attachments(register)
    assert found.record_ids == tuple(sorted((area, finding)))
    assert found.media_type == "application/octet-stream"


def test_nothing_is_attached_to_a_person_an_attachment_or_nobody(register_path: Path, area: str) -> None:
    file, store = written(register_path.with_name("a.txt"), b"x"), AttachmentStore.beside(register_path)
    with Register.open(register_path) as register:
        with register.batch(by="a", why="w", source="s") as batch:
            accident = batch.record(Entry(RecordKind.ACCIDENT, box(0, 0, 1, 1).centroid))
            person = batch.record(Sheet("victim", {"accident": accident, "outcome": "injured", "consent": "given"}))
        with pytest.raises(FieldRefused, match="is a person"):
            attach(register, store, person, file, **SAID)
        with pytest.raises(RecordUnknown):
            attach(register, store, "AAAA-AAAA-AAAA", file, **SAID)
        assert store.names() == (), "refused before anything was kept"
        one = attach(register, store, area, file, **SAID)
        with pytest.raises(FieldRefused, match="itself an attachment"):
            attach(register, store, one.attachment_id, file, **SAID)
    with Register.open(register_path, read_only=True) as register, pytest.raises(RegisterNotWritable):
        attach(register, store, accident, file, **SAID)


@pytest.mark.parametrize("content", [b"", b"x" * 101])
def test_empty_or_too_large_file_writes_no_event(register_path: Path, area: str, content: bytes) -> None:
    file = written(register_path.with_name("a.txt"), content)
    store = AttachmentStore(AttachmentStore.beside(register_path).folder, largest_bytes=100)
    with Register.open(register_path) as register:
        before = register.head()
        with pytest.raises(FileRefused):
            attach(register, store, area, file, **SAID)
        assert register.head() == before
    assert store.names() == ()


def test_missing_and_damaged_files_are_told_apart(register_path: Path, area: str) -> None:
    store = AttachmentStore.beside(register_path)
    with Register.open(register_path) as register:
        ones = [
            attach(register, store, area, written(register_path.with_name(f"{name}.txt"), name.encode()), **SAID)
            for name in ("whole", "missing", "damaged")
        ]
        store.path_of(ones[1].sha256).unlink()
        store.path_of(ones[2].sha256).write_bytes(b"other")
        assert {one.file_name: found for one, found in examine(register, store)} == {
            "whole.txt": Found.WHOLE,
            "missing.txt": Found.MISSING,
            "damaged.txt": Found.DAMAGED,
        }


def test_merged_copies_keep_the_documents_of_both(register_path: Path, area: str) -> None:
    other = Path(shutil.copy(register_path, register_path.with_name("tablet.gpkg")))
    for path in (register_path, other):
        with Register.open(path) as register:
            attach(
                register,
                AttachmentStore.beside(path),
                area,
                written(path.with_suffix(".txt"), path.stem.encode()),
                **SAID,
            )
    into = register_path.with_name("merged.gpkg")
    assert merge([register_path, other], into, by="m", why="w").conflicts == ()
    with Register.open(into, read_only=True) as register:
        found = examine(register, AttachmentStore.beside(into))
        assert {one.file_name for one, _ in found} == {f"{register_path.stem}.txt", "tablet.txt"}
        assert {one.record_ids for one, _ in found} == {(area,)}
        assert {how for _, how in found} == {Found.WHOLE}


@given(content=st.binary(min_size=1, max_size=3000), changed=st.integers(0, 2999))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_copy_is_the_file_or_nothing(tmp_path: Path, content: bytes, changed: int) -> None:
    store, out = AttachmentStore(tmp_path / "a"), tmp_path / "out"
    out.unlink(missing_ok=True)
    kept = store.keep(io.BytesIO(content))
    assert store.copy(kept.sha256, out) == len(content)
    assert out.read_bytes() == content
    with pytest.raises(FileRefused, match="already exists here"):
        store.copy(kept.sha256, out)
    bad = bytearray(content)
    bad[changed % len(bad)] ^= 1
    store.path_of(kept.sha256).write_bytes(bad)
    with pytest.raises(AttachmentAltered):
        store.copy(kept.sha256, out, may_replace=True)
    assert out.read_bytes() == content, "what stood there still does"
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} <= {"out", "areas.gpkg"}
    store.path_of(kept.sha256).unlink()
    with pytest.raises(AttachmentMissing):
        store.copy(kept.sha256, tmp_path / "none")
