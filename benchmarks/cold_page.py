"""Results of `benchmarks/cold.py` as a page, worst ratio first, with a plot of time against size.

Run: python benchmarks/cold_page.py RESULTS.json docs/performance-cold.md
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

OURS = "Merestone"
Ratio = tuple[float, dict[str, Any], dict[str, Any]]


def ratios(measured: Iterable[dict[str, Any]], keys: tuple[str, ...]) -> list[Ratio]:
    """For each of our ways in each case, how many times its processor time the fastest peer takes; worst first."""
    cases: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for one in measured:
        cases.setdefault(tuple(one[key] for key in keys), []).append(one)
    out: list[Ratio] = []
    for some in cases.values():
        peers = [one for one in some if not one["tool"].startswith(OURS)]
        fastest = min(peers, key=lambda one: float(one["cpu_s"]))
        out += [(fastest["cpu_s"] / one["cpu_s"], one, fastest) for one in some if one["tool"].startswith(OURS)]
    return sorted(out, key=lambda ratio: ratio[0])


def table(found: list[Ratio], what: str) -> list[str]:
    """Rows of a Markdown table."""
    lines = [
        f"| fastest peer / ours | areas | positions | {what} | ours | processor, s | wall, s | fastest peer | its "
        "processor, s | its wall, s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for ratio, ours, peer in found:
        lines.append(
            f"| {ratio:.2f} | {ours['areas']:,} | {ours['positions']:,} | {ours[what]} | {ours['tool']} "
            f"| {ours['cpu_s']:.3f} | {ours['wall_s']:.2f} | {peer['tool']} | {peer['cpu_s']:.3f} "
            f"| {peer['wall_s']:.2f} |"
        )
    return lines


def page_text(result: dict[str, Any], image: str | None) -> str:
    """The page."""
    where = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in where["versions"].items())
    lines = [
        "# From cold",
        "",
        f"Made by `benchmarks/cold.py` on {where['on']}: {where['machine']}, {where['cores']} cores, Python "
        f"{where['python']}, load average {where['load']:.1f} at the end; the middle of {result['rounds']} interleaved "
        "round(s). Ratios are of processor time (user and system, of all threads), which a busy machine changes less; "
        "wall time is that of the machine as it was. Areas and positions are SYNTHETIC. Files are in the system's "
        f"cache for all tools. Versions: {versions}.",
        "",
        "Peers project, look for areas within 150 m, and measure on the plane (`benchmarks/cold_peers.py`). Merestone "
        "looks as far as 10 km, measures on the ellipsoid, and answers in classes. A ratio under 1 means that a peer "
        "takes less.",
        "",
    ]
    if image:
        lines += [f"![processor time of each tool against the number of positions]({image})", ""]
    if result["processes"]:
        lines += ["## Whole processes, worst first", ""]
        lines += [*table(ratios(result["processes"], ("areas", "positions", "format")), "format"), ""]
    if result["python"]:
        lines += ["## In Python: building an index and asking it once, worst first", ""]
        lines += [*table(ratios(result["python"], ("areas", "positions", "question")), "question"), ""]
    return "\n".join(lines)


def draw(result: dict[str, Any], path: Path) -> None:
    """Time against size, for each number of areas."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "merestone"
    from matplotlib import pyplot as plt

    sizes = sorted({one["areas"] for one in result["processes"]})
    figure, axes = plt.subplots(1, len(sizes), figsize=(6 * len(sizes), 4.5), squeeze=False, sharey=True)
    for axis, areas in zip(axes[0], sizes, strict=True):
        here = [one for one in result["processes"] if one["areas"] == areas and one["format"] == "parquet"]
        for tool in dict.fromkeys(one["tool"] for one in here):
            points = sorted((one["positions"], one["cpu_s"]) for one in here if one["tool"] == tool)
            style = "-o" if tool.startswith(OURS) else "--s"
            axis.loglog(*zip(*points, strict=True), style, label=tool, markersize=4)
        axis.set_title(f"{areas:,} areas (synthetic), Parquet")
        axis.set_xlabel("positions")
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("processor time of the whole process, s")
    axes[0][-1].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, format="svg", metadata={"Date": None})


def write_page(result: dict[str, Any], page: Path | None) -> None:
    """Print the page; write it, and its plot, if there is a place for it."""
    image = None
    if page is not None and result["processes"]:
        image = "images/performance-cold.svg"
        draw(result, page.parent / image)
    text = page_text(result, image)
    print(text)
    if page is not None:
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_page(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
