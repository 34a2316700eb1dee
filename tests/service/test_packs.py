"""The packs that phones fetch: signed, whole by their digest, of the public tier alone, in ranges of bytes."""

import base64
import hashlib
import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from merestone.bulk import block_bytes, block_list, load_pack
from merestone.exchange.formats.base_map import BaseMap
from merestone.exchange.formats.base_maps import clip_base_map
from merestone.register import Entry, Register, backup
from merestone.register.sidecars import PackKeys
from merestone.service import Tier, create_app, pocket_base_map
from merestone.terms import FileRefused, RecordKind, Visibility
from tests.exchange.region import write_region
from tests.service.conftest import outline_of


def client_of(path: Path, tier: Tier = Tier.PUBLIC) -> TestClient:
    return TestClient(create_app(path, tier=tier), base_url="http://127.0.0.1")


@pytest.fixture
def register(register_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(register_path, tmp_path / "areas.gpkg"))


def offered(client: TestClient) -> dict[str, Any]:
    [offer] = client.get("/packs").json()["packs"]
    about: dict[str, Any] = json.loads(offer["content"])
    return about


def test_a_pack_holds_the_public_tier_and_is_what_its_digest_says(register: Path, tmp_path: Path) -> None:
    client = client_of(register)
    about = offered(client)
    content = client.get(f"/packs/{about['pack']['sha256']}").content
    assert hashlib.sha256(content).hexdigest() == about["pack"]["sha256"]
    assert len(content) == about["pack"]["size_bytes"]
    saved = tmp_path / "offered.pack"
    saved.write_bytes(content)
    pack = load_pack(saved, verify=True)
    assert pack.audience == about["tier"] == "public"
    assert pack.circumstances.outlines_generalised
    assert len(pack.hazards) == about["hazard_count"] == len([kind for kind in RecordKind if kind.is_hazard])
    # 2026-11-28: the offer counted the days of released land too, which made the data of the hazards look fresher.
    assert about["data_days"] == str(pack.circumstances.data_days)
    assert about["data_last_on"] == pack.circumstances.data_days.as_json()["data_last_on"]
    assert about["unplaced_count"] == 1
    assert about["label"] == "synthetic exercise data"
    small_map = client.get(f"/packs/{about['map']['sha256']}").json()
    assert set(small_map["layers"]) == {"land", "borders", "waters", "places"}


def test_the_operators_base_map_is_offered_around_the_areas_and_cut_once(
    register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = BaseMap.open(write_region(tmp_path / "region.pmtiles", zooms=range(6), varied=True))
    cuts: list[tuple[float, ...]] = []

    def counted(base_map: BaseMap, box: tuple[float, float, float, float], *rest: Any, **more: Any) -> Any:
        cuts.append(box)
        return clip_base_map(base_map, box, *rest, **more)

    monkeypatch.setattr(pocket_base_map, "clip_base_map", counted)
    client = TestClient(create_app(register, base_map=region), base_url="http://127.0.0.1")
    about = offered(client)
    base_map = about["base_map"]
    content = client.get(f"/packs/{base_map['sha256']}").content
    assert hashlib.sha256(content).hexdigest() == base_map["sha256"]
    assert len(content) == base_map["size_bytes"]
    (tmp_path / "part.pmtiles").write_bytes(content)
    part = BaseMap.open(tmp_path / "part.pmtiles")
    assert list(part.zooms) == base_map["zooms"] == [0, 5]
    assert list(part.bounds_deg) == base_map["bounds_deg"]
    assert (part.schema, part.attribution) == (base_map["schema"], base_map["attribution"])
    west, south, east, north = about["bounds_deg"]
    box = base_map["bounds_deg"]
    assert west - 0.2 <= box[0] <= west - 0.1 + 1e-9
    assert south - 0.2 <= box[1] <= south - 0.1 + 1e-9
    assert east + 0.1 - 1e-9 <= box[2] <= east + 0.2
    assert north + 0.1 - 1e-9 <= box[3] <= north + 0.2
    with Register.open(register) as opened, opened.batch(by="test", why="a test", source="made up") as batch:
        batch.record(Entry(RecordKind.SUSPECTED, outline_of(RecordKind.SUSPECTED)))
    assert offered(client)["base_map"] == base_map
    assert len(cuts) == 1, "the region stayed the same"
    assert client.get(f"/packs/{base_map['sha256']}").status_code == 200
    assert offered(client_of(register))["base_map"] is None, "without --basemap"


def test_a_base_map_that_is_damaged_takes_no_areas_away(register: Path, tmp_path: Path) -> None:
    path = write_region(tmp_path / "region.pmtiles", zooms=range(8), varied=True)
    region = BaseMap.open(path)
    damaged = bytearray(path.read_bytes())
    start = region.header["leaf_directory_offset"]
    damaged[start : start + region.header["leaf_directory_length"]] = b"\0" * region.header["leaf_directory_length"]
    path.write_bytes(damaged)
    client = TestClient(create_app(register, base_map=BaseMap.open(path)), base_url="http://127.0.0.1")
    about = offered(client)
    assert about["base_map"] is None
    assert about["hazard_count"] > 5


def test_the_signature_is_of_the_key_whose_fingerprint_is_shown(register: Path) -> None:
    answer = client_of(register).get("/packs").json()
    der = base64.b64decode(answer["public_key"])
    assert (
        hashlib.sha256(der).hexdigest() == answer["fingerprint"] == PackKeys.beside(register).signing_key().fingerprint
    )
    public = serialization.load_der_public_key(der)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    [offer] = answer["packs"]
    raw = base64.b64decode(offer["signature"])
    signature = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(signature, offer["content"].encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(signature, offer["content"].replace("public", "exact!").encode(), ec.ECDSA(hashes.SHA256()))


def test_the_key_is_for_its_owner_alone_and_a_damaged_one_is_told(register: Path) -> None:
    keys = PackKeys.beside(register)
    assert keys.signing_key().fingerprint == PackKeys.beside(register).signing_key().fingerprint, "made once"
    assert keys.path.stat().st_mode & 0o777 == 0o600
    keys.path.write_text('{"form": "another"}')
    with pytest.raises(FileRefused, match="not a file of the key of packs"):
        keys.signing_key()
    answer = client_of(register).get("/packs")
    assert answer.status_code == 500
    assert "restore your copy" in answer.json()["detail"]


def test_the_holders_own_view_offers_no_pack(register: Path) -> None:
    client = client_of(register, Tier.EXACT)
    assert client.get("/packs").status_code == 404
    assert "public tier alone" in client.get("/packs").json()["detail"]
    assert client.get(f"/packs/{'0' * 64}").status_code == 404
    assert not PackKeys.beside(register).path.exists()


def test_ranges_of_bytes_are_those_of_the_file(register: Path) -> None:
    client = client_of(register)
    address = f"/packs/{offered(client)['pack']['sha256']}"
    whole = client.get(address, headers={"accept-encoding": "identity"})
    size, etag = len(whole.content), whole.headers["etag"]
    for asked, first, last in (("0-9", 0, 9), ("100-", 100, size - 1), (f"{size - 1}-{size + 9}", size - 1, size - 1)):
        part = client.get(address, headers={"range": f"bytes={asked}"})
        assert part.status_code == 206, asked
        assert part.content == whole.content[first : last + 1], asked
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert "content-encoding" not in part.headers, "a range is of the file's own bytes"
    for beyond in (f"bytes={size}-", "bytes=9-3"):
        assert client.get(address, headers={"range": beyond}).status_code == 416
    for other in ("bytes=-5", "bytes=0-1,4-5", "lines=0-1"):
        assert client.get(address, headers={"range": other}).content == whole.content
    assert client.get(address, headers={"range": "bytes=0-9", "if-range": '"x"'}).status_code == 200
    assert client.get(address, headers={"if-none-match": etag}).status_code == 304


def test_a_change_gives_another_pack_and_the_one_before_is_gone_at_once(register: Path) -> None:
    client = client_of(register)
    before = offered(client)
    tag = client.get("/packs").headers["etag"]
    assert client.get("/packs", headers={"if-none-match": tag}).status_code == 304
    with Register.open(register) as opened, opened.batch(by="b", why="w", source="s") as batch:
        outline = outline_of(RecordKind.SUSPECTED)
        batch.record(Entry(RecordKind.SUSPECTED, outline.buffer(0.001), accuracy_m=5.0))
    after = offered(client)
    assert after["pack"]["sha256"] != before["pack"]["sha256"]
    assert client.get("/packs", headers={"if-none-match": tag}).status_code == 200
    gone = client.get(f"/packs/{before['pack']['sha256']}")
    assert gone.status_code == 404, "it may show what the public may not see any more"
    assert "/packs lists" in gone.json()["detail"]
    assert offered(client_of(register)) == after, "another process offers the same bytes"


def test_an_offer_states_when_what_the_public_sees_last_changed(register: Path, tmp_path: Path) -> None:
    """2026-11-29: offers stated a day alone, so that a signed one of the same morning could be replayed at noon."""
    client = client_of(register)
    before = client.get("/packs").json()
    land = Entry(RecordKind.CLEARED, outline_of(RecordKind.CLEARED), 5.0, visibility=Visibility.RESTRICTED)
    with Register.open(register) as opened:
        changes = opened.public_changes()
        with opened.batch(by="b", why="w", source="s") as batch:
            batch.record(land)
    after = client.get("/packs").json()
    assert after["packs"][0]["content"] == before["packs"][0]["content"], "nothing tells of a restricted record"
    about = json.loads(after["packs"][0]["content"])
    assert changes.last_at is not None
    assert about["changed_at"] == changes.last_at.isoformat(timespec="milliseconds")
    assert about["change_count"] == changes.count
    with Register.open(register) as opened:
        [suspected] = [record for record in opened.as_of().records if record.kind is RecordKind.SUSPECTED]
        with opened.batch(by="b", why="w", source="s") as batch:
            batch.withdraw(suspected.record_id)
        backup(register, tmp_path / "backup.gpkg")
    withdrawn = offered(client)
    assert (withdrawn["changed_at"], withdrawn["change_count"]) > (about["changed_at"], about["change_count"])
    assert offered(client_of(register)) == offered(client_of(tmp_path / "backup.gpkg")) == withdrawn


def test_a_register_without_hazards_offers_a_pack_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "empty.gpkg"
    Register.create(path, label="synthetic exercise data").close()
    about = offered(client_of(path))
    assert about["hazard_count"] == 0
    assert about["written_on"] is None
    assert (about["changed_at"], about["change_count"]) == (None, 0)
    assert about["map"] is None


def rebuilt(old: bytes, new: bytes) -> tuple[bytes, int]:
    """The new file from the old one and what is fetched, as a phone does it; and how many bytes were fetched."""
    length, entries = block_bytes(len(new)), list(struct.iter_unpack("<I8s", block_list(new)))
    have: dict[bytes, bytes] = {}
    wanted = {entry[1] for entry in entries}
    for at in range(max(len(old) - 1, 0)):
        block = old[at : at + length]
        digest = hashlib.sha256(block).digest()[:8]
        if digest in wanted:
            have[digest] = block
    fetched, out = 0, b""
    for number, (_, digest) in enumerate(entries):
        block = have.get(digest, b"")
        if not block:
            block = new[number * length : (number + 1) * length]
            fetched += len(block)
        out += block
    return out, fetched


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(0, 8000), st.integers(1, 3))
def test_a_new_file_is_made_of_the_old_one_and_few_blocks(inserted: bytes, at: int, repeats: int) -> None:
    old = hashlib.shake_256(b"a pack").digest(8 * block_bytes(1))
    new = old[:at] + inserted * repeats + old[at:]
    out, fetched = rebuilt(old, new)
    assert out == new
    assert fetched <= 3 * block_bytes(len(new)), "what was shifted is found again"
