"""Attachments are kept whole, once, and cannot change unseen."""

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merestone.register.events.errors import RegisterNotWritable
from merestone.register.sidecars.attachment_store import AttachmentAltered, AttachmentMissing, AttachmentStore
from merestone.terms import FieldRefused, FileRefused


@given(st.binary(min_size=1, max_size=5000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_kept_is_named_by_its_content_and_read_again(tmp_path: Path, content: bytes) -> None:
    store = AttachmentStore(tmp_path / "areas.attachments")
    kept = store.keep(io.BytesIO(content))
    assert (kept.sha256, kept.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert store.keep(io.BytesIO(content)) == kept
    assert store.read(kept.sha256) == content


def test_altered_file_is_found(tmp_path: Path) -> None:
    store = AttachmentStore.beside(tmp_path / "areas.gpkg")
    kept, other = store.keep(io.BytesIO(b"a sketch map")), store.keep(io.BytesIO(b"a photograph"))
    store.path_of(kept.sha256).write_bytes(b"another map")
    with pytest.raises(AttachmentAltered, match="restore it"):
        store.read(kept.sha256)
    assert list(store.altered()) == [kept.sha256]
    assert store.read(other.sha256) == b"a photograph"


@pytest.mark.parametrize("content", [b"", b"x" * 101])
def test_empty_or_too_large_file_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    store = AttachmentStore(tmp_path / "a", largest_bytes=100)
    with pytest.raises(FileRefused):
        store.keep(io.BytesIO(content), name="scan.pdf")
    assert [path for path in (tmp_path / "a").rglob("*") if path.is_file()] == []


def test_interrupted_stream_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise KeyboardInterrupt
            return super().read(1)

    store = AttachmentStore(tmp_path / "a")
    with pytest.raises(KeyboardInterrupt):
        store.keep(Broken(b"abc"))
    assert [path for path in (tmp_path / "a").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "AB" * 32, "", "0" * 63])
def test_nothing_outside_the_folder_can_be_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(FieldRefused, match="not a SHA-256"):
        AttachmentStore(tmp_path).read(name)


def test_missing_file_and_unwritable_folder_are_told(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path / "file")
    (tmp_path / "file").write_text("a file where the folder should be")
    with pytest.raises(RegisterNotWritable):
        store.keep(io.BytesIO(b"x"))
    with pytest.raises(AttachmentMissing, match="0000"):
        AttachmentStore(tmp_path / "none").read("0" * 64)
