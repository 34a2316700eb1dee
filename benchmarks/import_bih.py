"""Import of the two Bosnian files into a register, beside plain copies of them to a GeoPackage by others.

    python benchmarks/import_bih.py [FOLDER]

Two peers only copy, and ``ogr2ogr -makevalid`` repairs too. We check every outline, repair, hash each event into a
chain, keep history, and project the current layers. The promise: within 3 times a copy, within 2 times
``ogr2ogr -makevalid``, and under 400 MB. Each is timed in turn, in this one run, five rounds; the fastest counts.
pyogrio and we are also timed inside a warm process, where starting up plays no part.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bosnian import NAMES, bosnian_files

ROUNDS = 5
ROOT = Path(__file__).parents[1]
COPY = """
import sys, pyogrio
for name in sys.argv[2:]:
    told, _, geometry, columns = pyogrio.raw.read(name)
    pyogrio.raw.write(sys.argv[1], geometry, columns, told["fields"], layer=name.split("/")[-1], driver="GPKG",
                      geometry_type="Unknown", crs="EPSG:4326", append=__import__("os").path.exists(sys.argv[1]))
"""
OURS = """
import sys, resource, json, time
from merestone.cli.progress import progress_line
from merestone.exchange import import_file
from merestone.register import Register
from merestone.terms import RecordKind
with Register.create(sys.argv[1]) as register:
    for kind, name in zip(("suspected", "cleared"), sys.argv[2:]):
        import_file(register, name, kind=RecordKind(kind), source="benchmark", accuracy_m=None, by="benchmark")
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
"""


def fastest(action: Callable[[], object]) -> float:
    """The shortest of several rounds, seconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """Time everything and print ratios."""
    files = [str(file) for file in bosnian_files(*sys.argv[1:2]).values()]
    if not files:
        return
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out.gpkg"
        peak_mb: list[float] = []

        def fresh() -> str:
            for left in out.parent.glob("out.gpkg*"):
                left.unlink()
            return str(out)

        def process(*command: str) -> str:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            return done.stdout

        def ours() -> None:
            peak_mb.append(json.loads(process(sys.executable, "-c", OURS, fresh(), *files)))

        def ogr2ogr(*options: str) -> None:
            fresh()
            for file in files:
                process("ogr2ogr", "-f", "GPKG", "-update", "-append", str(out), file, "-nlt", "GEOMETRY", *options)

        rows = {"merestone, whole process": fastest(ours)}
        rows["pyogrio, whole process"] = fastest(lambda: process(sys.executable, "-c", COPY, fresh(), *files))
        if shutil.which("ogr2ogr"):
            rows["ogr2ogr, whole processes"] = fastest(ogr2ogr)
            rows["ogr2ogr -makevalid"] = fastest(lambda: ogr2ogr("-makevalid"))
        import pyogrio

        from merestone.exchange import import_file
        from merestone.register import Register
        from merestone.terms import RecordKind

        def warm_copy() -> None:
            fresh()
            for file in files:
                told, _, geometry, columns = pyogrio.raw.read(file)
                pyogrio.raw.write(
                    out, geometry, columns, told["fields"], layer=Path(file).stem, driver="GPKG",
                    geometry_type="Unknown", crs="EPSG:4326", append=out.exists(),
                )  # fmt: skip

        def warm_ours() -> None:
            with Register.create(fresh()) as register:
                for kind, file in zip(NAMES, files, strict=True):
                    import_file(
                        register, file, kind=RecordKind(kind), source="benchmark", accuracy_m=None, by="benchmark"
                    )

        rows["pyogrio, warm"] = fastest(warm_copy)
        rows["merestone, warm"] = fastest(warm_ours)
    print(f"import of {' and '.join(NAMES.values())}: 19,397 rows, fastest of {ROUNDS}")
    for name, seconds in rows.items():
        print(f"  {name:<26} {seconds:6.2f} s")
    whole, warm = rows["merestone, whole process"], rows["merestone, warm"]
    peers = (
        ("pyogrio, whole process", whole, 3), ("ogr2ogr, whole processes", whole, 3), ("pyogrio, warm", warm, 3),
        ("ogr2ogr -makevalid", whole, 2),
    )  # fmt: skip
    for name, own, promise in peers:
        if name in rows:
            ratio = own / rows[name]
            print(f"  {ratio:5.2f} times {name}   (promise: {promise})")
    print(f"  peak memory {max(peak_mb):.0f} MB   (promise: 400)")
    print(f"  this process at its end: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
