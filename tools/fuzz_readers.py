"""Fuzz every reader of files: whatever the bytes, an input ends in rows or in a refusal, soon, in little memory.

For each input, made from a small sound file by mutations that know the format's structure (`fuzz_mutations.py`):

- the reader gives rows numbered 1, 2, 3, ..., each with its raw content, or raises a `MerestoneError`;
- a dry run of the import accounts for as many rows as the reader gave: accepted + repaired + quarantined;
- a table of positions is screened, and each row of it leaves with an answer;
- it takes at most --limit-s seconds of processor time and --memory-mb megabytes more than before.

Inputs are tried in forked processes that a watchdog ends when they hang; the death of one is counted, and the next goes
on with the input after it. The same --seed gives the same inputs. Exits 1 if there was a finding.

--seeds names a folder of files that others made, such as the test data of other projects; what is of no format, or
large, is passed over. None of them is part of this project.

    python tools/fuzz_readers.py --reader geojson --inputs 1000 --seed 7 --log docs/formats/fuzzing.log
    python tools/fuzz_readers.py --reader geojson --first 312 --inputs 1 --seed 7 --keep /tmp/input   # one again
"""

import argparse
import csv
import gc
import multiprocessing
import os
import re
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
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
from fuzz_guide import Guide
from fuzz_mutations import mutated
from fuzz_seeds import AREA, POSITIONS, SHAPES, Seed, public_seeds, reader_names, seeds_of

from merestone.bulk import Question, screen_file
from merestone.exchange.formats import format_of, known_formats
from merestone.exchange.imports.intake import import_file
from merestone.exchange.positions.feature_files import read_shapes
from merestone.register import Register
from merestone.screening import HazardIndex
from merestone.terms import MerestoneError, RecordKind

ROOT = Path(__file__).parents[1]
MOST_KEPT_FINDINGS = 3
"""So many inputs of one finding are copied."""
WALL_FACTOR = 6.0
"""On a busy machine, the watchdog waits this many times the limit of processor time."""
READ, REFUSED = "read", "refused"
ENDED = ("hang", "process death")
"""Findings of which the worker itself cannot tell."""
Answer = tuple[int, str, str, float]
"""Number of the input, `READ`, `REFUSED` or the kind of finding, words, and seconds of processor time."""


class Wrong(Exception):
    """An input ended neither in a sound answer nor in a refusal."""


@dataclass
class Tally:
    """What one reader did with its inputs."""

    reader: str
    seconds: float = 0.0
    findings: Counter[str] = field(default_factory=Counter)
    first_input: dict[str, int] = field(default_factory=dict)
    shared: "Shared | None" = None

    def add(self, answer: Answer) -> int:
        """Count one finding; how often it was found."""
        number, what, words, _ = answer
        finding = f"{what}: {words}" if words else what
        self.findings[finding] += 1
        self.first_input.setdefault(finding, number)
        return self.findings[finding]

    def line(self, revision: str, seed: int) -> str:
        """One line of the log; it holds no input, and no number of an input."""
        found = "; ".join(f"{count} x {what}" for what, count in self.findings.most_common()) or "none"
        done = self.shared or Shared()
        guided = f", {int(done.kept):,} kept for new lines or new kinds of rows" if done.is_guided else ""
        return (
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, revision {revision}, {self.reader}, seed {seed}: "
            f"{int(done.inputs):,} inputs in {self.seconds:.0f} s, {int(done.refused):,} refused, "
            f"{int(done.read):,} read, {int(done.imported):,} imported{guided}, "
            f"slowest {done.slowest_s:.1f} s, findings: {found}"
        )


@dataclass
class Outcome:
    """What the reader made of one input."""

    rows: int = 0
    traits: set[str] = field(default_factory=set)
    """Kinds of rows that it gave; an input with a new set of them is worth mutating."""


def check(what: str, path: Path, outcome: Outcome, world: Register | HazardIndex) -> None:
    """Read one data set as a user would.

    Raises
    ------
    MerestoneError
        It was refused.
    Wrong
        The answer does not hold.
    """
    if isinstance(world, Register):
        _check_import(path, outcome, world)
    elif what in POSITIONS:
        _check_positions(path, world)
    elif what == SHAPES:
        shapes = read_shapes(path)
        if not len(shapes):
            raise Wrong("shapes: none, and no refusal")
    else:
        _check_rows(path, outcome)


def _check_rows(path: Path, outcome: Outcome) -> None:
    for row in format_of(path).read(path):
        outcome.rows += 1
        if row.number != outcome.rows:
            raise Wrong("rows are not numbered 1, 2, 3, ...")
        if not isinstance(row.raw, str):
            raise Wrong("the raw content of a row is not text")
        fault = row.fault.code if row.fault else ""
        kind = "" if row.geometry is None else row.geometry.geom_type
        outcome.traits.add(f"{kind} {fault} {sorted(remark.code for remark in row.remarks)}")


def _check_import(path: Path, outcome: Outcome, register: Register) -> None:
    report = import_file(
        register, path, kind=RecordKind.SUSPECTED, source="fuzzing", accuracy_m=5.0, by="fuzz", dry_run=True
    )
    if report.account.total != outcome.rows:
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


def answer_to(
    number: int, outcome: Outcome, what: str, path: Path, world: Register | HazardIndex, limit_s: float
) -> Answer:
    """How one input ended: read by a reader (what), or, where the world is a register, imported."""
    asked = what
    before_s = time.process_time()
    try:
        check(asked, path, outcome, world)
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
    """Write a data set into a folder that holds nothing else; its main path."""
    top = {name.split("/", 1)[0] for name in seed.files}
    if set(os.listdir(folder)) != top or any("/" in name for name in seed.files):
        shutil.rmtree(folder)
        folder.mkdir()
    for name, content in seed.files.items():
        part = folder / name
        if "/" in name:
            part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
    return folder / seed.main


class Shared:
    """What a worker tells the process that watches it, without a message for each input."""

    def __init__(self) -> None:
        self._values = multiprocessing.get_context("fork").RawArray("d", 11)

    number, started_s, inputs, read, refused, imported, kept, slowest_s, slowest, is_guided, started_cpu_s = (
        property(lambda self, at=at: self._values[at], lambda self, value, at=at: self._values.__setitem__(at, value))
        for at in range(11)
    )

    def count(self, answer: Answer) -> None:
        """Count one input that ended."""
        number, what, _, took_s = answer
        self.inputs += 1
        self.read += what == READ
        self.refused += what == REFUSED
        if took_s > self.slowest_s:
            self.slowest_s, self.slowest = took_s, number


def _work(sending: Connection, reader: str, numbers: range, options: argparse.Namespace, tried: "Trial") -> None:
    """A worker: tries one input after the other and tells of findings alone; what it prints is of no interest."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    if not options.verbose:
        os.dup2(quiet, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    public = () if options.seeds is None else public_seeds(reader, options.seeds)
    seeds, shared, folder = (*seeds_of(reader), *public), tried.shared, tried.folder
    guide = None if options.guided is None else Guide(seeds, options.guided / f"{reader}.kept")
    index = HazardIndex.build([AREA], [5.0])
    register_path = folder / "register.gpkg"
    if not register_path.exists():
        Register.create(register_path, by="fuzz").close()
    tried.input.mkdir(exist_ok=True)
    with Register.open(register_path, read_only=True) as register:
        _limit_memory(options.memory_mb)
        if guide is not None:
            shared.is_guided = guide.start()
            guide.distil(partial(_trait_of, reader=reader, tried=tried, index=index))
        gc.collect()
        gc.freeze()
        for number in numbers:
            random = Random(f"{options.seed} {reader} {number}")
            if number < len(public):
                seed = public[number]
            else:
                seed = mutated(seeds if guide is None else (guide.choose(random), random.choice(seeds)), random)
            path = write_seed(seed, tried.input)
            shared.number, shared.started_s, shared.started_cpu_s = number, time.monotonic(), time.process_time()
            outcome = Outcome()
            answer = answer_to(number, outcome, reader, path, index, options.limit_s)
            is_kept = guide is not None and guide.judge(seed, (answer[1], frozenset(outcome.traits)))
            if answer[1] == READ and reader in known_formats() and (is_kept or number % options.import_every == 0):
                shared.started_s, shared.started_cpu_s = time.monotonic(), time.process_time()  # it has its own limit
                answer = answer_to(number, outcome, "import", path, register, options.limit_s)
                shared.imported += 1
            shared.count(answer)
            shared.started_s = time.monotonic() + 120.0  # what follows, up to the next input, is no reader's work
            shared.kept += is_kept
            if answer[1] not in (READ, REFUSED):
                tried.keep_input(answer)
                sending.send(answer)
            if number % 2000 == 0:
                gc.collect()
    sending.close()


def _trait_of(seed: Seed, reader: str, tried: "Trial", index: HazardIndex) -> tuple[str, frozenset[str]]:
    """What an input that an earlier process kept comes to; the watchdog hears of each."""
    tried.shared.started_s, tried.shared.started_cpu_s = time.monotonic(), time.process_time()
    outcome = Outcome()
    answer = answer_to(0, outcome, reader, write_seed(seed, tried.input), index, 5.0)
    return answer[1], frozenset(outcome.traits)


def _limit_memory(more_mb: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + (more_mb << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


@dataclass
class Trial:
    """Where the workers of one reader work."""

    reader: str
    folder: Path
    kept: Path | None
    """Where the inputs of findings are copied to."""
    shared: Shared = field(default_factory=Shared)

    @property
    def input(self) -> Path:
        """The folder of the input that is being tried."""
        return self.folder / "input"

    def keep_input(self, answer: Answer) -> None:
        """Copy the input that is being tried, unless there are some of its kind."""
        if self.kept is None:
            return
        kind = re.sub(r"[^\w.]+", "_", f"{self.reader} {answer[1]} {answer[2]}")[:90]
        number = sum(1 for _ in self.kept.glob(f"{kind} *")) + 1
        if number <= MOST_KEPT_FINDINGS:
            shutil.copytree(self.input, self.kept / f"{kind} {number}")


def findings(reader: str, options: argparse.Namespace, trial: Trial) -> Iterator[Answer]:
    """The findings among the inputs, whatever becomes of the processes that try them."""
    context = multiprocessing.get_context("fork")
    ends_s = time.monotonic() + options.seconds
    number, last = options.first, options.first + options.inputs
    shared = trial.shared
    while number < last and time.monotonic() < ends_s:
        receiving, sending = context.Pipe(duplex=False)
        shared.number, shared.started_s = -1, time.monotonic() + 120.0
        worker = context.Process(target=_work, args=(sending, reader, range(number, last), options, trial))
        worker.start()
        sending.close()
        try:
            while time.monotonic() < ends_s:
                if receiving.poll(min(1.0, options.limit_s)):
                    yield receiving.recv()
                elif (waited_s := time.monotonic() - shared.started_s) > options.limit_s * WALL_FACTOR and (
                    waited_s > 10 * options.limit_s * WALL_FACTOR
                    or _cpu_s(worker.pid) - shared.started_cpu_s > options.limit_s
                ):
                    cpu_s = _cpu_s(worker.pid) - shared.started_cpu_s
                    words = f"more than {waited_s:.0f} s, {cpu_s:.0f} s of them processor time; the process was ended"
                    yield (int(shared.number), "hang", words, waited_s)
                    shared.inputs += 1
                    break
        except EOFError:
            worker.join(10)
            if worker.exitcode == 0:
                return
            if shared.number < 0:
                raise RuntimeError(f"the worker of {reader} ended before its first input") from None
            yield (int(shared.number), "process death", _signal_of(worker.exitcode), 0.0)
            shared.inputs += 1
        finally:
            receiving.close()
            worker.kill()
            worker.join()
        number = int(shared.number) + 1


def _cpu_s(pid: int | None) -> float:
    """Processor time that a process has used; on a busy machine the clock on the wall says little."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
    started_s = time.monotonic()
    with _scratch() as folder:
        trial = Trial(reader, folder, None if options.guided is None else options.guided / "findings")
        for answer in findings(reader, options, trial):
            tally.add(answer)
            if answer[1] in ENDED:
                trial.keep_input(answer)
    tally.seconds = time.monotonic() - started_s
    tally.shared = trial.shared
    return tally


def _keep(reader: str, options: argparse.Namespace) -> None:
    """Write the inputs into a folder instead of trying them, to look at one."""
    seeds = (*seeds_of(reader), *(() if options.seeds is None else public_seeds(reader, options.seeds)))
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
    parser.add_argument("--import-every", type=int, default=1, help="import one in so many of the inputs read (1: all)")
    parser.add_argument("--guided", type=Path, metavar="FOLDER", help="keep and mutate inputs that reach new lines")
    parser.add_argument("--seeds", type=Path, metavar="FOLDER", help="files of others: read as they are, then mutated")
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
        if tally.shared is not None:
            print(f"  slowest: input {int(tally.shared.slowest)}", flush=True)
        for finding, number in tally.first_input.items():
            print(f"  first at input {number}: {finding}", flush=True)
        if options.log is not None:
            with options.log.open("a", encoding="utf-8") as log:
                log.write(f"{line}\n")
        found += sum(tally.findings.values())
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
