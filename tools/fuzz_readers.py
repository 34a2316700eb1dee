"""Fuzz every reader of files: whatever the bytes, an input ends in rows or in a refusal, soon, in little memory.

For each input, made from a small sound file by mutations that know the format's structure (`fuzz_mutations.py`):

- the reader gives rows numbered 1, 2, 3, ..., each with its raw content, or raises a `MerestoneError`;
- a dry run of the import accounts for as many rows as the reader gave: accepted + repaired + quarantined;
- a table of positions is screened, and each row of it leaves with an answer;
- it takes at most --limit-s seconds of processor time and --memory-mb megabytes more than before.

Inputs are tried in forked processes that a watchdog ends when they hang; the death of one is counted, and the next goes
on with the input after it. The same --seed gives the same inputs. Exits 1 if there was a finding.

    python tools/fuzz_readers.py --reader geojson --inputs 1000 --seed 7 --log docs/formats/fuzzing.log
    python tools/fuzz_readers.py --reader geojson --first 312 --inputs 1 --seed 7 --keep /tmp/input   # one again
"""

import argparse
import csv
import gc
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
from fuzz_mutations import mutated
from fuzz_seeds import AREA, POSITIONS, SHAPES, Seed, reader_names, seeds_of

from merestone.exchange.batches import Question, screen_file
from merestone.exchange.formats import format_of
from merestone.exchange.intake import import_file
from merestone.exchange.shapes import read_shapes
from merestone.register import Register
from merestone.screening import HazardIndex
from merestone.terms import MerestoneError, RecordKind

ROOT = Path(__file__).parents[1]
WALL_FACTOR = 6.0
"""On a busy machine, the watchdog waits this many times the limit of processor time."""
READ, REFUSED = "read", "refused"
Answer = tuple[int, str, str, float]
"""Number of the input, `READ`, `REFUSED` or the kind of finding, words, and seconds of processor time."""


class Wrong(Exception):
    """An input ended neither in a sound answer nor in a refusal."""


@dataclass
class Tally:
    """What one reader did with its inputs."""

    reader: str
    inputs: int = 0
    seconds: float = 0.0
    read: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    slowest: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    first_input: dict[str, int] = field(default_factory=dict)

    def add(self, answer: Answer) -> None:
        """Count one input."""
        number, what, words, took_s = answer
        self.inputs += 1
        if took_s > self.slowest_s:
            self.slowest_s, self.slowest = took_s, number
        if what == READ:
            self.read += 1
        elif what == REFUSED:
            self.refused += 1
        else:
            finding = f"{what}: {words}" if words else what
            self.findings[finding] += 1
            self.first_input.setdefault(finding, number)

    def line(self, revision: str, seed: int) -> str:
        """One line of the log; it holds no input, and no number of an input."""
        found = "; ".join(f"{count} x {what}" for what, count in self.findings.most_common()) or "none"
        return (
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, revision {revision}, {self.reader}, seed {seed}: "
            f"{self.inputs:,} inputs in {self.seconds:.0f} s, {self.refused:,} refused, {self.read:,} read, "
            f"slowest {self.slowest_s:.1f} s, findings: {found}"
        )


def check(reader: str, path: Path, register: Register, index: HazardIndex) -> None:
    """Read one data set as a user would.

    Raises
    ------
    MerestoneError
        It was refused.
    Wrong
        The answer does not hold.
    """
    if reader in POSITIONS:
        _check_positions(path, index)
    elif reader == SHAPES:
        shapes = read_shapes(path)
        if not len(shapes):
            raise Wrong("shapes: none, and no refusal")
    else:
        _check_rows(path, register)


def _check_rows(path: Path, register: Register) -> None:
    count = 0
    for row in format_of(path).read(path):
        count += 1
        if row.number != count:
            raise Wrong("rows are not numbered 1, 2, 3, ...")
        if not isinstance(row.raw, str):
            raise Wrong("the raw content of a row is not text")
    report = import_file(
        register, path, kind=RecordKind.SUSPECTED, source="fuzzing", accuracy_m=5.0, by="fuzz", dry_run=True
    )
    if report.account.total != count:
        raise Wrong("an import accounts for another number of rows than the reader gives")
    report.text()
    report.as_json()


def _check_positions(path: Path, index: HazardIndex) -> None:
    target = path.with_name("answers.csv" if path.suffix == ".csv" else "answers.parquet")
    report = screen_file(path, target, index, Question(accuracy_m=5.0), overwrite=True)
    if target.suffix == ".csv":
        with target.open(encoding="utf-8", newline="") as file:
            written = sum(1 for _ in csv.reader(file)) - 1
    else:
        written = pq.read_metadata(target).num_rows
    if not report.rows == sum(report.classes.values()) == written:
        raise Wrong("positions screened, answers and rows written differ")


def answer_to(number: int, reader: str, path: Path, register: Register, index: HazardIndex, limit_s: float) -> Answer:
    """How one input ended."""
    before_s = time.process_time()
    try:
        check(reader, path, register, index)
        what, words = READ, ""
    except MerestoneError as error:
        what, words = (REFUSED, "") if str(error).strip() else ("refusal without words", type(error).__name__)
    except Wrong as error:
        what, words = "wrong answer", str(error)
    except MemoryError as error:
        what, words = "memory", _place_of(error)
    except Exception as error:  # anything else that reaches a user is a finding
        what, words = type(error).__name__, _place_of(error)
    took_s = time.process_time() - before_s
    if what in (READ, REFUSED) and took_s > limit_s:
        what, words = "slow", f"more than {limit_s:g} s"
    return number, what, words, took_s


def _place_of(error: BaseException) -> str:
    """The last line of our own that an error passed, and what it passed into."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/merestone/" in frame.filename]
    if not own:
        return "outside of the readers"
    last = own[-1]
    return f"{Path(last.filename).name} {last.name} ({frames[-1].name})"


def write_seed(seed: Seed, folder: Path) -> Path:
    """Write a data set into an empty folder; its main path."""
    for name, content in seed.files.items():
        part = folder / name
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
    return folder / seed.main


def _work(sending: Connection, reader: str, numbers: range, options: argparse.Namespace, folder: Path) -> None:
    """A worker: one answer for each input; what it prints is of no interest."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    if not options.verbose:
        os.dup2(quiet, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    seeds = seeds_of(reader)
    index = HazardIndex.build([AREA], [5.0])
    register_path = folder / "register.gpkg"
    if not register_path.exists():
        Register.create(register_path, by="fuzz").close()
    with Register.open(register_path, read_only=True) as register:
        _limit_memory(options.memory_mb)
        for number in numbers:
            sending.send((number, "", "", 0.0))
            place = folder / "input"
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            path = write_seed(mutated(seeds, Random(f"{options.seed} {reader} {number}")), place)
            sending.send(answer_to(number, reader, path, register, index, options.limit_s))
            if number % 50 == 0:
                gc.collect()
    sending.close()


def _limit_memory(more_mb: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + (more_mb << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def answers(reader: str, options: argparse.Namespace, folder: Path) -> Iterator[Answer]:
    """One answer for each input, whatever becomes of the processes that try them."""
    context = multiprocessing.get_context("fork")
    ends = time.monotonic() + options.seconds
    number, last = options.first, options.first + options.inputs
    while number < last:
        receiving, sending = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(sending, reader, range(number, last), options, folder))
        worker.start()
        sending.close()
        current: int | None = None
        try:
            while number < last and time.monotonic() < ends:
                wait_s = options.limit_s * WALL_FACTOR if current is not None else 120.0
                if not receiving.poll(wait_s):
                    yield (number, "hang", f"more than {wait_s:g} s; the process was ended", wait_s)
                    number += 1
                    break
                got: Answer = receiving.recv()
                current = got[0] if not got[1] else None
                if got[1]:
                    yield got
                    number = got[0] + 1
        except EOFError:
            worker.join(10)
            if current is None:
                raise RuntimeError(f"the worker of {reader} ended before its first input") from None
            yield (number, "process death", _signal_of(worker.exitcode), 0.0)
            number += 1
        finally:
            receiving.close()
            worker.kill()
            worker.join()
        if time.monotonic() >= ends:
            return


def _signal_of(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


@contextmanager
def _scratch() -> Iterator[Path]:
    fast = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="fuzz_readers_", dir=fast) as name:
        yield Path(name)


def fuzz(reader: str, options: argparse.Namespace) -> Tally:
    """Try one reader."""
    tally = Tally(reader)
    started = time.monotonic()
    with _scratch() as folder:
        for answer in answers(reader, options, folder):
            tally.add(answer)
    tally.seconds = time.monotonic() - started
    return tally


def _keep(reader: str, options: argparse.Namespace) -> None:
    """Write the inputs into a folder instead of trying them, to look at one."""
    seeds = seeds_of(reader)
    for number in range(options.first, options.first + options.inputs):
        folder = options.keep / reader / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        print(write_seed(mutated(seeds, Random(f"{options.seed} {reader} {number}")), folder))


def _revision() -> str:
    asked = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", action="append", choices=reader_names(), help="one reader; repeatable (all)")
    parser.add_argument("--inputs", type=int, default=1000, help="for each reader (1000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first input (0)")
    parser.add_argument("--seed", type=int, default=17, help="the same seed gives the same inputs (17)")
    parser.add_argument("--seconds", type=float, default=600.0, help="stop each reader after so long (600)")
    parser.add_argument("--limit-s", type=float, default=5.0, help="processor time for one input (5)")
    parser.add_argument("--memory-mb", type=int, default=1024, help="memory for all inputs of a process (1024)")
    parser.add_argument("--log", type=Path, help="append one line for each reader to this file")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the inputs here instead of trying them")
    parser.add_argument("--verbose", action="store_true", help="show what libraries print")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz the readers asked for; 1 if there was a finding."""
    options = _options(arguments)
    found = 0
    for reader in options.reader or reader_names():
        if options.keep is not None:
            _keep(reader, options)
            continue
        tally = fuzz(reader, options)
        line = tally.line(_revision(), options.seed)
        print(line, flush=True)
        print(f"  slowest: input {tally.slowest}", flush=True)
        for finding, number in tally.first_input.items():
            print(f"  first at input {number}: {finding}", flush=True)
        if options.log is not None:
            with options.log.open("a", encoding="utf-8") as log:
                log.write(f"{line}\n")
        found += sum(tally.findings.values())
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
