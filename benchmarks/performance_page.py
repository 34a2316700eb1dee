"""Make docs/performance.md and its plots from the results of screening.py, scaling.py and roofline.py at full size.

Run: python benchmarks/performance_page.py SCREENING.json SCALING.json ROOFLINE.json [--never-false LOG]
"""

import argparse
import json
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

mpl.use("svg")
DOCS = Path(__file__).parents[1] / "docs"
FULL_AREAS, FULL_POSITIONS = 100_000, 1_000_000
"""The size that the goals speak of: the page never shows a smaller one."""
GOAL_GEOPANDAS, GOAL_NEAREST, GOAL_CLASSIFY, GOAL_EDGES = 200.0, 60.0, 20.0, 1e6
AIM = 100.0
"""Times the fastest peer, in both: beyond the goals, and what we work towards."""
MANY_AREAS, GOAL_GB = 1_000_000, 4.0
DAILY = "What reports, exports, balances and merges cost: [performance-daily.md](performance-daily.md)."
IMPORTS = "How fast a file is taken into a register, beside GDAL: [performance-import.md](performance-import.md)."
SERVICE = (
    "How fast the service answers while others ask for everything: [performance-service.md](performance-service.md). "
    "How fast an alert reaches people: [performance-alerts.md](performance-alerts.md). "
    "What a phone takes to answer without a network: [performance-pocket.md](performance-pocket.md)."
)
OURS, PEER = "#1b6e53", "#9aa5b1"


def rate(method: dict[str, Any]) -> float:
    """Positions per second, median of the rounds."""
    return float(method["positions"] / median(method["seconds"]))


def table(result: dict[str, Any], question: str) -> tuple[list[str], float, str]:
    """Rows of the methods that answer a question; our ratio to the fastest peer, and its name."""
    methods = [method for method in result["methods"] if method["question"] == question]
    ours, *others = methods
    others.sort(key=rate, reverse=True)
    rows = []
    for method in [ours, *others]:
        took = sorted(method["seconds"])
        span = f"{method['positions'] / took[-1]:,.0f} - {method['positions'] / took[0]:,.0f}"
        ratio = "" if method is ours else f"{rate(ours) / rate(method):.1f}"
        apart = f"{method['apart_m']:.3f} m" if "apart_m" in method else ""
        less = "" if method["positions"] == result["positions"] else f" ({method['positions']:,} positions)"
        rows.append(
            f"| {method['name']}{less} | {rate(method):,.0f} ({span}) | {ratio} | {method['build_s']:.1f} s | {apart} |"
        )
    return rows, rate(ours) / rate(others[0]), others[0]["name"]


def met(is_met: bool) -> str:
    """In one word."""
    return "met" if is_met else "**not met**"


def aim(ratio: float) -> str:
    """What is left to do."""
    return f"Aim: {AIM:.0f} times the fastest, {'reached' if ratio >= AIM else 'not reached: see what limits it'}."


def bars(result: dict[str, Any]) -> None:
    """Both questions, side by side, on a logarithmic scale."""
    figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.4), sharex=True)
    for axis, question, title in zip(axes, ("nearest", "within"), ("nearest hazard", "within 150 m"), strict=True):
        methods = sorted((m for m in result["methods"] if m["question"] == question), key=rate)
        axis.barh([m["name"].replace(", positions sorted", ",\nsorted") for m in methods], [rate(m) for m in methods],
                  color=[OURS if m["name"].startswith("Merestone") else PEER for m in methods])  # fmt: skip
        for at, method in enumerate(methods):
            axis.text(rate(method) * 1.1, at, f"{rate(method):,.0f}", va="center", fontsize=7)
        axis.set(xscale="log", xlim=(1e3, 2e8), title=title, xlabel="positions per second")
        axis.tick_params(axis="y", labelsize=7)
    figure.tight_layout()
    figure.savefig(DOCS / "images" / "performance-peers.svg", metadata={"Date": None})


def growth(scaling: dict[str, Any]) -> None:
    """Cost against positions and against areas, and memory."""
    rows = [row for row in scaling["rows"] if row["threads"] == scaling["machine"]["cores"]]
    by_positions = sorted((r for r in rows if r["areas"] == FULL_AREAS), key=lambda r: r["positions"])
    by_areas = sorted((r for r in rows if r["positions"] == FULL_POSITIONS), key=lambda r: r["areas"])
    figure, (one, two, three) = plt.subplots(1, 3, figsize=(11, 3.3))
    for axis, given, name in ((one, by_positions, "positions"), (two, by_areas, "areas")):
        for question, style in (("classify", "o-"), ("nearest", "s--")):
            at = [(r[name], r[f"{question}_s"] / r["positions"] * 1e9) for r in given if r[f"{question}_s"]]
            axis.plot(*zip(*at, strict=True), style, color=OURS, label=question)
        axis.set(xscale="log", yscale="log", xlabel=name, ylabel="nanoseconds per position")
        axis.legend(fontsize=7)
    three.plot([r["positions"] for r in by_positions], [r["peak_mb"] for r in by_positions], "o-", color=OURS)
    three.set(xscale="log", xlabel="positions", ylabel="peak memory, MiB", ylim=(0, None))
    for axis, title in ((one, "100,000 areas"), (two, "1,000,000 positions"), (three, "100,000 areas, streamed")):
        axis.set_title(title, fontsize=9)
    figure.tight_layout()
    figure.savefig(DOCS / "images" / "performance-growth.svg", metadata={"Date": None})


def gigabytes(mib: float) -> float:
    """10^9 bytes."""
    return mib * 2**20 / 1e9


def memory_goal(rows: list[dict[str, Any]]) -> list[str]:
    """What 1,000,000 areas took, if they were run."""
    most = [row for row in rows if row["areas"] == MANY_AREAS]
    return [
        f"Goal: {row['areas']:,} areas in under {GOAL_GB:g} GB: the index took at most {gigabytes(row['own_mb']):.2f} "
        f"GB, {met(gigabytes(row['own_mb']) < GOAL_GB)}; with the geometries that it was made of, the process took "
        f"{gigabytes(row['peak_mb']):.2f} GB." for row in most
    ] + [""] * bool(most)  # fmt: skip


def roof(line: dict[str, Any], classify_ns: float, nearest_ns: float) -> list[str]:
    """Bytes, misses and arithmetic of a position, beside what they must cost."""
    limits, cold, hot = line["limits"], line["cold"], line["hot"]
    stream, miss_ns = limits["stream_gb_per_s"], limits["miss_ns"]
    fresh = 64.0 * line["new_lines"]
    return [
        f"In the run beside the peers, on all cores and with everything around the kernel, a position took "
        f"{classify_ns:.0f} core-nanoseconds to classify and {nearest_ns:.0f} to measure. One core of this machine "
        f"streams {stream:.1f} GB/s, and one read out of order, alone, costs {miss_ns:.0f} ns.",
        "",
        f"A position reads {line['lines']:.1f} lines of 64 bytes: of the table, the quadtree, its leaf and its edges. "
        f"Since positions are asked in the order of their places, {line['new_lines']:.1f} of these were read by none "
        f"before, and must come from memory: {fresh:.0f} bytes.",
        "",
        "| one core, the kernel alone | classify | nearest |",
        "|---|---|---|",
        f"| those bytes, streamed | {fresh / stream:.0f} ns | {fresh / stream:.0f} ns |",
        f"| everything in the cache (2,000 positions, again and again): arithmetic and branches | "
        f"{hot['classify_ns']:.0f} ns | {hot['nearest_ns']:.0f} ns |",
        f"| as it is | {cold['classify_ns']:.0f} ns | {cold['nearest_ns']:.0f} ns |",
        f"| those lines, each waited for | {line['new_lines'] * miss_ns:.0f} ns | "
        f"{line['new_lines'] * miss_ns:.0f} ns |",
        "",
        f"So most of what memory could cost is hidden, by asking for it early: reading takes "
        f"{cold['nearest_ns'] - hot['nearest_ns']:.0f} ns of a measured position. What is left is arithmetic and "
        "branches: the edges of a list looked along, and the one or two that may win measured on the ellipsoid.",
    ]


def page(result: dict[str, Any], scaling: dict[str, Any], line: dict[str, Any], log: str) -> str:
    """The whole page."""
    nearest, ratio_n, fastest_n = table(result, "nearest")
    within, ratio_w, fastest_w = table(result, "within")
    of = {method["name"]: rate(method) for method in result["methods"]}
    ratio_g = of["Merestone nearest"] / of["GeoPandas sjoin_nearest"]
    edges = result["edges"] / result["build_s"]
    machine, check = result["machine"], result["beside_geographiclib"]
    head = "| method | positions/s, median (range) | Merestone is so many times as fast | index or tables | largest difference |\n|---|---|---|---|---|\n"  # noqa: E501
    lines = [
        "# How fast positions are screened", "",
        f"Made by `make bench SIZE=full` on {machine['on']}: {machine['machine']}, {machine['cores']} cores, Python "
        f"{machine['python']}, load average {machine['load']:.1f} at the end. Read the ratios, not the rates, where "
        "the load is above the cores: every method ran in the same process, in interleaved rounds; one that answers "
        "within 2 s is asked again until they are over, and the middle is its figure of that round. Versions: "
        + ", ".join(f"{name} {number}" for name, number in machine["versions"].items()) + ".", "",
        f"{result['positions']:,} random positions, {result['areas']:,} SYNTHETIC areas with {result['edges']:,} edges "
        f"(20-50 vertices, 50-300 m radius); {result['inside_share']:.0%} of the positions inside, "
        f"{result['within_share']:.0%} within 150 m; {result['rounds']} rounds. Merestone's distances are geodesic on "
        "WGS 84. The peers' are planar, on coordinates that were projected for them beforehand, uncounted; S2's are on "
        "a sphere. The largest difference is that of the projection.", "",
        "![positions per second of each method](images/performance-peers.svg)", "",
        "## Nearest hazard", "", head + "\n".join(nearest), "",
        f"Goal: 200 times GeoPandas: {ratio_g:.0f} times, {met(ratio_g >= GOAL_GEOPANDAS)}. Goal: 60 times the "
        f"fastest peer: {ratio_n:.1f} times {fastest_n}, {met(ratio_n >= GOAL_NEAREST)}. {aim(ratio_n)}", "",
        f"{check['positions']} of the distances were measured again with GeographicLib, by brute force along the "
        f"edges: ours are at most {check['most_above_m'] * 1000:.2f} mm above and "
        f"{check['most_below_m'] * 1000:.2f} mm below (they are rounded towards danger).", "",
        "## Within 150 m", "", head + "\n".join(within), "",
        f"Goal: 20 times the fastest peer: {ratio_w:.1f} times {fastest_w}, {met(ratio_w >= GOAL_CLASSIFY)}. "
        f"{aim(ratio_w)}", "",
        *result["missing"], *([""] if result["missing"] else []),
        "## Building", "",
        f"The cells of the index took {result['build_s']:.1f} s, the middle of {result['rounds']} times: "
        f"{edges:,.0f} edges/s. Goal: 1,000,000 edges/s, {met(edges >= GOAL_EDGES)}.", "",
        "## As the work grows", "",
        "![cost against positions and areas, and memory](images/performance-growth.svg)", "",
        "| areas | positions | threads | cells, edges/s | nearest, positions/s | classify, positions/s | peak memory | "
        "of it the index' own |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in scaling["rows"]:
        nearest_rate = f"{row['positions'] / row['nearest_s']:,.0f}" if row["nearest_s"] else "not run"
        lines.append(
            f"| {row['areas']:,} | {row['positions']:,} | {row['threads']} | {row['edges'] / row['build_s']:,.0f} | "
            f"{nearest_rate} | {row['positions'] / row['classify_s']:,.0f} | {row['peak_mb']:,.0f} MiB | "
            f"{row['own_mb']:,.0f} MiB |"
        )
    per = 1e9 * machine["cores"] / of["Merestone classify"]
    nearest_per = 1e9 * machine["cores"] / of["Merestone nearest"]
    lines += [
        "",
        "Peak memory is that of the whole process, with the interpreter, all libraries and the Shapely geometries that "
        "the index is made of; its own is what came on top of these while the index was made and asked. Positions are "
        "made and screened 2,000,000 at a time, as a stream brings them.",
        "",
        *memory_goal(scaling["rows"]),
        "## What limits it",
        "",
        *roof(line, per, nearest_per),
        "",
    ]
    real = result["real"]
    lines += ["## A real case", ""]
    if real:
        lines.append(
            f"{real['areas']:,} suspected areas of Bosnia and Herzegovina ({real['edges']:,} edges; test data, never "
            f"for warning), {real['positions']:,} positions near them. Cells in {real['build_s']:.1f} s; nearest "
            f"{real['positions'] / real['nearest']:,.0f} positions/s, {real['geopandas'] / real['nearest']:.0f} times "
            f"GeoPandas sjoin_nearest in the same run; classify {real['positions'] / real['classify']:,.0f} "
            "positions/s."
        )
    else:
        lines.append("Bosnia's suspected areas were not at hand for this run.")
    if log:
        lines += ["", "## Never a false \"none recorded\"", "",
                  "`benchmarks/never_false.py` puts positions at a known place in or near a hazard with "
                  "GeographicLib, and asks for their class. Its first and last lines "
                  "([the whole log](never-false.log)):", "",
                  "```text",
                  log.splitlines()[0], log.splitlines()[-1], "```"]  # fmt: skip
    lines += ["", "## Taking files in", "", IMPORTS, "", "## Daily work", "", DAILY, "", "## The service", "", SERVICE]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the results, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("screening", type=Path)
    parser.add_argument("scaling", type=Path)
    parser.add_argument("roofline", type=Path)
    parser.add_argument("--never-false", type=Path)
    asked = parser.parse_args()
    paths = asked.screening, asked.scaling, asked.roofline
    result, scaling, line = (json.loads(path.read_text(encoding="utf-8")) for path in paths)
    if result["areas"] < FULL_AREAS or result["positions"] < FULL_POSITIONS:
        print("Smaller than the goals' size, so the page is left as it is.")
        return
    log = asked.never_false.read_text(encoding="utf-8") if asked.never_false and asked.never_false.exists() else ""
    bars(result)
    growth(scaling)
    (DOCS / "performance.md").write_text(page(result, scaling, line, log), encoding="utf-8")
    print(f"{DOCS / 'performance.md'} is made.")


if __name__ == "__main__":
    main()
