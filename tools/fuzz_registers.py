"""Fuzz registers and packs: whatever happened to the file, no answer tells of less danger than the whole one, unsaid.

A small register is damaged in one of many ways: bits flipped, bytes overwritten, pages zeroed, swapped, copied over
each other or taken from an older state of the same file, the end cut off or filled up. Then the commands are run on it.
Each must end without a traceback; and

- `screen` at places inside hazards, and near them, answers as the whole register does, or says that it cannot
  (code 3 or 5, in words);
- `list` and `export` show every record that the whole one shows, or refuse;
- where an answer would differ, `verify` says so.

The same is done to packs. Inputs are tried in one process, on registers of a few dozen pages, so that thousands take
minutes. The same --seed gives the same damage, to a register that is alike but for its random identities. Exits 1 if
there was a finding.

    python tools/fuzz_registers.py --inputs 10000 --seed 1 --log docs/formats/fuzzing-registers.log
    python tools/fuzz_registers.py --first 312 --inputs 1 --seed 1 --keep /tmp/damaged.gpkg   # one again
"""

import argparse
import contextlib
import csv
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from shapely.geometry import box, mapping

from merestone.cli.exit_codes import BAD_INPUT, DANGER, UNKNOWN
from merestone.cli.main import main
from merestone.register import Entry, Register, Sheet
from merestone.terms import RecordKind, Visibility

ROOT = Path(__file__).parents[1]
PLACES = (*tuple((17.0 + 0.1 * i + 0.005, 45.005) for i in range(6)), (17.0115, 45.005), (0.5, 0.5))
"""Inside each hazard, near one, and far from all."""
PAGE = 4096
RANK = {"none recorded": 0, "unknown": 1, "near": 2, "inside": 3}
"""Less danger first. An answer of "unknown" is a word."""


@dataclass
class Tally:
    """What became of the inputs."""

    inputs: int = 0
    same: int = 0
    """Answered as the whole file is, by all commands."""
    refused: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    first_input: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, words: str, number: int) -> None:
        """Count one input, and remember the first that showed a finding."""
        self.inputs += 1
        self.same += what == "same"
        self.refused += what == "refused"
        if what == "finding":
            self.findings[words] += 1
            self.first_input.setdefault(words, number)

    def line(self, seed: int, seconds: float) -> str:
        """One line of the log."""
        given = ["git", "rev-parse", "--short", "HEAD"]
        revision = subprocess.run(given, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
        found = "; ".join(f"{count} x {what}" for what, count in self.findings.most_common()) or "none"
        return (
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, revision {revision or 'not known'}, seed {seed}: "
            f"{self.inputs:,} registers and packs in {seconds:.0f} s, {self.refused:,} refused, {self.same:,} "
            f"answered as the whole one is, findings: {found}"
        )


def made_register(folder: Path) -> tuple[Path, bytes]:
    """A register with every kind of event that an answer may rest on, and an older state of the same file."""
    path = folder / "whole.gpkg"
    outlines = [box(17.0 + 0.1 * i, 45.0, 17.01 + 0.1 * i, 45.01) for i in range(6)]
    kinds = (RecordKind.SUSPECTED, RecordKind.CONFIRMED, RecordKind.ACCIDENT)
    filler = {"remarks": "a line of remarks " * 30}
    with (
        Register.create(path, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)) as register,
        register.batch(by="t", why="t", source="t", kind=RecordKind.SUSPECTED) as batch,
    ):
        ids = [
            batch.record(Entry(kinds[i % 3], outline, 5.0, filler, None, None, list(Visibility)[i % len(Visibility)]))
            for i, outline in enumerate(outlines)
        ]
        gone = batch.record(Entry(RecordKind.SUSPECTED, box(17.9, 45.0, 17.91, 45.01), 5.0))
        batch.quarantine(7, '{"geometry": null}', ["there is no geometry"])
    older = path.read_bytes()
    with (
        Register.open(path, clock=lambda: datetime(2026, 2, 1, tzinfo=UTC)) as register,
        register.batch(by="t", why="larger", source="t") as batch,
    ):
        batch.revise(ids[0], Entry(RecordKind.SUSPECTED, box(17.0, 45.0, 17.012, 45.01), 5.0, filler))
        batch.revise(ids[1], Entry(RecordKind.CONFIRMED, outlines[1], 5.0, filler, true_from=date(2026, 2, 1)))
        batch.withdraw(gone)
        batch.record(Sheet("organisation", {"local_id": "O1", "name": "an organisation"}))
    return path, older


def damaged(whole: bytes, older: bytes, random: Random) -> tuple[str, bytes]:
    """One way to damage a file, by name, and what is left of it."""
    content = bytearray(whole)
    pages = max(1, len(content) // PAGE)
    how = random.choice(("bit", "bits", "bytes", "zero", "swap", "copy", "stale", "cut", "grow"))
    at = random.randrange(len(content))
    page, other = (random.randrange(pages) * PAGE for _ in range(2))
    if how in ("bit", "bits"):
        for _ in range(1 if how == "bit" else random.randint(2, 40)):
            content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    elif how == "bytes":
        length = random.choice((1, 4, 64, 200, 600))
        content[at : at + length] = random.randbytes(len(content[at : at + length]))
    elif how == "zero":
        content[page : page + PAGE] = bytes(len(content[page : page + PAGE]))
    elif how == "swap":
        one, two = content[page : page + PAGE], content[other : other + PAGE]
        if len(one) == len(two):
            content[page : page + PAGE], content[other : other + PAGE] = two, one
    elif how == "copy":
        content[page : page + PAGE] = content[other : other + PAGE].ljust(len(content[page : page + PAGE]), b"\0")
    elif how == "stale" and page < len(older):
        content[page : page + PAGE] = older[page : page + PAGE]
    elif how == "cut":
        del content[at if random.random() < 0.5 else at // PAGE * PAGE :]
    else:
        content += random.randbytes(random.choice((1, PAGE, 3 * PAGE)))
    return how, bytes(content)


@dataclass(frozen=True)
class Ran:
    """What a command said, and its exit code; `broke` where it ended in a traceback."""

    code: int
    out: str
    err: str
    broke: str = ""


def run(*args: object) -> Ran:
    """One command in this process, as a shell would run it."""
    out, err, code, broke = io.StringIO(), io.StringIO(), 0, ""
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(arg) for arg in args])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            broke = f"{type(error).__name__} in {Path(last.filename).name}, {last.name}: {str(error)[:80]}"
    return Ran(code, out.getvalue(), err.getvalue(), broke)


class Trial:
    """One damaged file beside the whole one."""

    def __init__(self, folder: Path, whole: Path) -> None:
        self.folder, self.whole = folder, whole
        self.points = folder / "points.csv"
        self.points.write_text("lon,lat\n" + "".join(f"{lon},{lat}\n" for lon, lat in PLACES))
        self.pack = folder / "whole.pack"
        self.expected_ids = self._ids(run("list", whole, "--json"))
        self.expected = self._classes(["screen", whole])
        made = run("pack", whole, "-o", self.pack, "--tier", "exact")
        if not self.expected_ids or made.code or self.expected is None or "inside" not in self.expected:
            raise SystemExit(f"the whole register does not answer: {self.expected}, {made.err}")

    @staticmethod
    def _ids(ran: Ran) -> set[str]:
        return set() if ran.code else {row["record_id"] for row in json.loads(ran.out)}

    def _classes(self, command: list[object]) -> list[str] | None:
        """The class of each place; None if the command refused."""
        output = self.folder / "answers.csv"
        output.unlink(missing_ok=True)
        ran = run(*command, "--points", self.points, "--accuracy-m", "5", "-o", output, "--json")
        if ran.broke:
            raise AssertionError(f"screen --points broke: {ran.broke}")
        if not output.exists():
            if ran.code not in (BAD_INPUT, UNKNOWN) or not (ran.out + ran.err).strip():
                raise AssertionError(f"screen --points gave code {ran.code} and no answers")
            return None
        with output.open(newline="") as file:
            return [row["hazard_class"] for row in csv.DictReader(file)]

    def register(self, path: Path, random: Random) -> bool:
        """Try a damaged register; whether it was refused.

        Raises
        ------
        AssertionError
            What was found.
        """
        verified = run("verify", path)
        found = self._classes(["screen", path])
        self._compare(found, "screen --points", verified)
        lon, lat = PLACES[random.randrange(6)]
        one = run("screen", path, "--lon", lon, "--lat", lat, "--accuracy-m", "5")
        self._unbroken(one, "screen")
        if one.code != DANGER and not (one.code in (UNKNOWN, BAD_INPUT) and (one.out + one.err).strip()):
            raise AssertionError(f"screen gave code {one.code} inside a hazard")
        listed = run("list", path, "--json")
        self._unbroken(listed, "list")
        if not listed.code and self._ids(listed) != self.expected_ids:
            raise AssertionError("list shows other records")
        for command in self._others(path, random):
            self._unbroken(run(*command), str(command[0]))
        self._unbroken(verified, "verify")
        refused = found is None or bool(listed.code)
        if refused and not verified.code:
            raise AssertionError("verify finds nothing in a register that is refused")
        return refused

    def damaged_pack(self, path: Path, random: Random) -> bool:
        """As `register`, for a pack."""
        found = self._classes(["screen", "--pack", path])
        self._compare(found, "screen --pack", None)
        lon, lat = PLACES[random.randrange(6)]
        one = run("screen", "--pack", path, "--lon", lon, "--lat", lat, "--accuracy-m", "5")
        self._unbroken(one, "screen --pack")
        if one.code not in (DANGER, UNKNOWN, BAD_INPUT):
            raise AssertionError(f"screen --pack gave code {one.code} inside a hazard")
        return found is None

    def _compare(self, found: list[str] | None, what: str, verified: Ran | None) -> None:
        if found is None:
            return
        assert self.expected is not None
        pairs = list(zip(found, self.expected, strict=False))
        if len(found) != len(self.expected) or any(RANK[a] < RANK[b] and a != "unknown" for a, b in pairs):
            raise AssertionError(f"{what} tells of less danger: {found}")
        if found != self.expected and verified is not None and not verified.code:
            raise AssertionError(f"{what} answers otherwise, and verify finds nothing")

    def _others(self, path: Path, random: Random) -> list[list[object]]:
        """Some of the other commands, so that all have their turn."""
        record_id = random.choice(sorted(self.expected_ids))
        new = self.folder / "new"
        for left in self.folder.glob("new*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        every: list[list[object]] = [
            ["show", path, record_id],
            ["history", path, record_id],
            ["quarantine", path],
            ["imports", path],
            ["conflicts", path],
            ["export", path, "-o", f"{new}.geojson"],
            ["pack", path, "-o", f"{new}.pack"],
            ["balance", path],
            ["coverage", path, "--area", self.folder / "area.geojson"],
            ["backup", path, "-o", f"{new}.gpkg"],
            ["merge", path, self.whole, "-o", f"{new}-merged.gpkg", "--why", "a trial"],
            ["report", "donor", path, "--period", "2026", "-o", f"{new}.html"],
            ["withdraw", path, record_id, "--why", "a trial", "--source", "a trial"],
            ["import", path, self.folder / "area.geojson", "--as", "suspected", "--source", "t", "--accuracy-m", "5"],
        ]
        return random.sample(every, 2)

    @staticmethod
    def _unbroken(ran: Ran, what: str) -> None:
        if ran.broke:
            raise AssertionError(f"{what} broke: {ran.broke}")
        if "Traceback" in ran.out + ran.err:
            raise AssertionError(f"{what} shows a traceback")


def tried(trial: Trial, whole: bytes, older: bytes, number: int, seed: int, keep: Path | None) -> tuple[str, str]:
    """One input: ("same" or "refused", ""), or ("finding", what)."""
    random = Random(f"{seed}/{number}")
    is_pack = number % 5 == 4
    how, content = damaged(trial.pack.read_bytes() if is_pack else whole, b"" if is_pack else older, random)
    path = trial.folder / f"damaged{'.pack' if is_pack else '.gpkg'}"
    for left in trial.folder.glob("damaged*"):
        left.unlink()
    path.write_bytes(content)
    if keep is not None:
        keep.write_bytes(content)
    try:
        refused = (trial.damaged_pack if is_pack else trial.register)(path, random)
    except AssertionError as error:
        return "finding", f"{how}{' in a pack' if is_pack else ''}: {error}"
    return ("refused" if refused else "same"), ""


def main_of(argv: list[str] | None = None) -> int:
    """Run the inputs that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="Write the last damaged file here.")
    parser.add_argument("--log", type=Path, help="Append one line here.")
    asked = parser.parse_args(argv)
    tally, began = Tally(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="merestone-fuzz-") as name:
        folder = Path(name)
        path, older = made_register(folder)
        (folder / "area.geojson").write_text(json.dumps(mapping(box(17.0, 45.0, 17.2, 45.1))))
        trial, whole = Trial(folder, path), path.read_bytes()
        for number in range(asked.first, asked.first + asked.inputs):
            what, words = tried(trial, whole, older, number, asked.seed, asked.keep)
            tally.add(what, words, number)
    line = tally.line(asked.seed, time.monotonic() - began)
    print(line)
    for words, first in tally.first_input.items():
        print(f"  input {first}: {words}")
    if asked.log is not None:
        with asked.log.open("a") as log:
            log.write(f"{line}\n")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main_of())
