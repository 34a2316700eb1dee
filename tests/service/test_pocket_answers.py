"""The phone answers as the kernel does: the same packs, opened by Python and by a real browser."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from merestone.screening.answer import label_sentence
from tests.service.pocket_equality import EQUALITY

pytestmark = pytest.mark.browser
SHORT_FORM = (0, 5, 7, 10, 12, 17)
"""Worlds that show each place and each kind of accuracy at least once."""


def test_the_phone_never_says_less_danger_than_the_kernel(pocket_page: Any, pocket_packs: Path) -> None:
    """The short form of `python tools/pocket_equality.py`, whose long form's log is docs/pocket-equality.log."""
    tally, rng = EQUALITY["Tally"](), np.random.default_rng(1)
    for number, world in enumerate(EQUALITY["synthetic_worlds"](60)):
        if number in SHORT_FORM:
            count = 60 if world.is_wide else 1_500
            EQUALITY["compare"](pocket_page, world, pocket_packs / f"{number}.pack", rng, count, tally)
    assert not tally.faults, tally.faults
    assert tally.positions > 6_000


def test_an_error_of_a_millimetre_would_be_seen(pocket_page: Any, pocket_packs: Path) -> None:
    """The comparison itself can fail: outlines that lie 2 mm away for the kernel are a fault at most places."""
    area = shapely.box(17.0, 44.0, 17.01, 44.01)
    world = EQUALITY["world_of"]("one", [area], [0.0])
    moved = EQUALITY["world_of"]("one", [shapely.affinity.translate(area, 0.0, 2e-8)], [0.0])
    index = EQUALITY["write_world"](world, pocket_packs / "one.pack")
    asked = EQUALITY["Asked"](*EQUALITY["positions_of"](world, np.random.default_rng(2), 500), 25.0)
    phone = EQUALITY["ask_browser"](pocket_page, "one.pack", asked)[:3]
    wrong = EQUALITY["differences"](index, asked, phone, EQUALITY["ask_kernel"](moved.index, asked, 500))[0]
    assert len(wrong) > 100


def test_what_is_no_place_or_no_accuracy_is_unknown_and_never_zero(pocket_page: Any, pocket_packs: Path) -> None:
    """2026-11-28: a longitude that was null counted as 0, and a place off the coast of Africa was answered for."""
    path = pocket_packs / "at_zero.pack"
    EQUALITY["write_world"](EQUALITY["world_of"]("one", [shapely.box(-0.01, -0.01, 0.01, 0.01)], [0.0]), path)
    asked = """async () => {
      const {openPack} = await import('/pocket/pack_file.js');
      const {screenPosition} = await import('/pocket/screen_position.js');
      const pack = await openPack(await (await fetch('/packs/at_zero.pack')).arrayBuffer());
      const odd = [null, undefined, '0', NaN, Infinity, 181, [], true];
      const places = odd.flatMap((value) => [{lon_deg: value, lat_deg: 0}, {lon_deg: 0, lat_deg: value}]);
      const accuracies = [null, undefined, '5', NaN, Infinity, -1, true];
      return {
        places: places.map((place) => screenPosition(pack, {...place, accuracy_m: 5}).answer),
        accuracies: accuracies.map((value) => screenPosition(pack, {lon_deg: 1, lat_deg: 1, accuracy_m: value}).answer),
        inside: screenPosition(pack, {lon_deg: 0, lat_deg: 0, accuracy_m: null}).answer,
        far: screenPosition(pack, {lon_deg: 1, lat_deg: 1, accuracy_m: 5}).answer,
      };
    }"""
    told = pocket_page.evaluate(asked)
    assert set(told["places"]) == set(told["accuracies"]) == {"unknown"}
    assert (told["inside"], told["far"]) == ("inside", "none recorded")


@pytest.mark.parametrize("hazards", [1, 2], ids=["version 1", "compact"])
def test_a_pack_that_is_damaged_cut_off_or_foreign_is_refused(
    pocket_page: Any, pocket_packs: Path, hazards: int
) -> None:
    """Each byte of the prefix and header is flipped in turn, and some of the body; what is cut or longer is refused."""
    path = pocket_packs / "whole.pack"
    shapes = [shapely.box(17.0, 44.0, 17.01, 44.01)] * hazards
    EQUALITY["write_world"](EQUALITY["world_of"]("one", shapes, [None] * hazards), path)
    assert path.read_bytes()[8] == hazards  # the version
    asked = """async () => {
      const {openPack, PackRefused} = await import('/pocket/pack_file.js');
      const whole = await (await fetch('/packs/whole.pack')).arrayBuffer();
      const outcome = async (bytes) => {
        try { await openPack(bytes); return 'opened'; } catch (error) {
          return error instanceof PackRefused && /Fetch|Choose|Update/.test(error.message) ? 'refused' : String(error);
        }
      };
      const flipped = (at) => { const bytes = whole.slice(0); new Uint8Array(bytes)[at] ^= 1; return bytes; };
      const outcomes = {};
      const count = (name) => { outcomes[name] = (outcomes[name] ?? 0) + 1; };
      for (let at = 0; at < whole.byteLength; at++) count(await outcome(flipped(at)));
      for (const length of [0, 7, 63, 64, 500, whole.byteLength - 1]) count(await outcome(whole.slice(0, length)));
      const longer = new Uint8Array(whole.byteLength + 64); longer.set(new Uint8Array(whole));
      count(await outcome(longer.buffer));
      return {outcomes, whole: await outcome(whole), bytes: whole.byteLength};
    }"""
    told = pocket_page.evaluate(asked)
    assert told["whole"] == "opened"
    assert told["outcomes"] == {"refused": told["bytes"] + 7}


def test_the_phone_calls_the_same_labels_unreal(pocket_page: Any) -> None:
    """2026-11-29: one word, as in "Demining Training Centre", was enough to say that nothing of real data is real."""
    labels = [
        "synthetic exercise data", "SYNTHETIC, for tests", "training data", "Demining Training Centre", "data",
        "National register of Bosnia and Herzegovina", "Exampleton", "Übung exercise", "example",
    ]  # fmt: skip
    asked = """async (labels) => {
      const {labelWords} = await import('/pocket/answer_words.js');
      return labels.map(labelWords);
    }"""
    assert pocket_page.evaluate(asked, labels) == [label_sentence(label) for label in labels]


FIND = """async ({older, newer, length}) => {
  const {foundBlocks} = await import('/pocket/blocks.js');
  const digest = crypto.subtle.digest.bind(crypto.subtle);
  const [old, whole] = [older, newer].map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  const list = new Uint8Array(12 * Math.ceil(whole.length / length));
  const view = new DataView(list.buffer);
  for (let at = 0, entry = 0; at < whole.length; at += length, entry += 12) {
    const block = whole.subarray(at, at + length);
    const plain = block.reduce((sum, byte) => sum + byte, 0);
    const weighted = block.reduce((sum, byte, i) => sum + (block.length - i) * byte, 0);
    view.setUint32(entry, ((plain & 0xffff) | (weighted << 16)) >>> 0, true);
    list.set(new Uint8Array(await digest('SHA-256', block)).subarray(0, 8), entry + 4);
  }
  let asked = 0;
  crypto.subtle.digest = (...rest) => { asked += 1; return digest(...rest); };
  try {
    return {places: [...await foundBlocks(old, list, length)], asked};
  } finally {
    delete crypto.subtle.digest;
  }
}"""


def test_what_is_here_already_is_found_at_any_offset_without_a_digest_at_every_byte(pocket_page: Any) -> None:
    """2026-11-29: 100,000 equal bytes took a digest at each; an update of 49 MB held up warnings for over 10 s."""
    rng, length = np.random.default_rng(5), 1024
    pieces = [bytes([48]) * 100_000, rng.bytes(60_000), bytes(100_000), rng.bytes(50_000), bytes([48]) * 2_500]
    older = b"".join(pieces)
    # A block of zeros and of 48s have the same sum, 0, at this length: only one is in the newer.
    newer = pieces[1][:30_000] + b"new" + pieces[1][30_000:] + pieces[3] + bytes([8]) * 4_096 + pieces[2][:5_000]
    texts = {name: base64.b64encode(content).decode() for name, content in (("older", older), ("newer", newer))}
    answer = pocket_page.evaluate(FIND, {**texts, "length": length})
    blocks = [newer[at : at + length] for at in range(0, len(newer), length)]
    for block, place in zip(blocks, answer["places"], strict=True):
        is_whole = len(block) == length
        assert (place >= 0) == (is_whole and block in older)
        assert place < 0 or older[int(place) : int(place) + length] == block
    assert answer["asked"] < 3 * len(blocks)
