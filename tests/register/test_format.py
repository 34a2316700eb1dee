"""docs/formats/register.md is the specification: its worked event is computed here without the register's own code."""

import hashlib
import json
import re
import struct
from pathlib import Path

import pytest

from merestone.register.events.event import canonical, chain_digest, event_digest

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "register.md"


@pytest.fixture(scope="module")
def worked() -> dict[str, str]:
    """The values of the worked example, by their names."""
    blocks = re.findall(r"```text\n(\w+):\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return {name: text.replace("\n", "") for name, text in blocks}


def test_worked_outline_is_the_wkb_of_the_triangle_named_in_the_text(worked: dict[str, str]) -> None:
    ring = [(0.0, 0.0), (0.01, 0.0), (0.01, 0.01), (0.0, 0.0)]
    wkb = struct.pack("<BIII", 1, 3, 1, len(ring)) + b"".join(struct.pack("<dd", *point) for point in ring)
    assert worked["geometry"] == wkb.hex()
    assert json.loads(worked["body"])["geometry"] == hashlib.sha256(wkb).hexdigest()


def test_worked_digests_follow_from_the_worked_body(worked: dict[str, str]) -> None:
    identity = hashlib.sha256(worked["body"].encode("utf-8")).digest()
    assert worked["event_id"] == identity.hex()
    assert worked["chain"] == hashlib.sha256(bytes.fromhex(worked["before"]) + identity).hexdigest()


def test_register_computes_what_the_page_says(worked: dict[str, str]) -> None:
    body = canonical(json.loads(worked["body"]))
    assert body.decode("utf-8") == worked["body"]
    assert event_digest(body).hex() == worked["event_id"]
    assert chain_digest(bytes.fromhex(worked["before"]), event_digest(body)).hex() == worked["chain"]
