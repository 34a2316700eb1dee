"""The public names of the rooms' doors, beside those of the last version; what a caller would lose must be announced.

    python tools/public_names.py           # what went or changed since the last version; ends with 1 if unannounced
    python tools/public_names.py --write   # write the names of today, as a release does

A name that is gone, a parameter that is gone, one that became required, or positional ones in another order break the
programs of others. Each must stand in the newest section of CHANGELOG.md, in backticks: `geodesy.area_m2`, or
`geodesy.area_m2(tolerance_m)` for a parameter. Names that are new since then break nothing and are not compared.
"""

import argparse
import csv
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import griffe

ROOT = Path(__file__).parents[1]
SNAPSHOT = ROOT / "tests" / "architecture" / "public_names.csv"
NOT_A_LIBRARY = frozenset({"cli", "service"})
"""Rooms whose users are people and HTTP clients: their doors are commands and routes, which other tests hold."""


@dataclass(frozen=True)
class Signature:
    """How a public function is called; ``parameters`` None: it is no function."""

    positional: tuple[str, ...]
    named: frozenset[str]
    required: frozenset[str]
    takes_any: bool = False

    @classmethod
    def of(cls, function: griffe.Function) -> "Signature":
        """The signature as the source has it, without ``self``."""
        kinds = griffe.ParameterKind
        parameters = [p for p in function.parameters if p.name not in {"self", "cls"}]
        return cls(
            tuple(p.name for p in parameters if p.kind in {kinds.positional_only, kinds.positional_or_keyword}),
            frozenset(p.name for p in parameters if p.kind is kinds.keyword_only),
            frozenset(p.name for p in parameters if p.required),
            any(p.kind in {kinds.var_positional, kinds.var_keyword} for p in parameters),
        )

    def text(self) -> str:
        """One line of the snapshot."""
        marked = [f"{name}{'' if name in self.required else '='}" for name in self.positional]
        named = [f"{name}{'' if name in self.required else '='}" for name in sorted(self.named)]
        return " ".join([*marked, *(["*", *named] if named else []), *(["..."] if self.takes_any else [])])

    @classmethod
    def from_text(cls, text: str) -> "Signature":
        """What `text` wrote."""
        words = text.split()
        takes_any = bool(words) and words[-1] == "..."
        words = words[:-1] if takes_any else words
        star = words.index("*") if "*" in words else len(words)
        names = [word.rstrip("=") for word in words]
        required = frozenset(word for word in words if not word.endswith("=") and word != "*")
        return cls(tuple(names[:star]), frozenset(names[star + 1 :]), required, takes_any)


def functions_and_names(name: str, thing: griffe.Object) -> Iterator[tuple[str, Signature | None]]:
    """A public name, and of a class those of its public methods and attributes."""
    if isinstance(thing, griffe.Function):
        yield name, Signature.of(thing)
        return
    yield name, None
    if isinstance(thing, griffe.Class):
        for member, value in thing.all_members.items():
            if not member.startswith("_"):
                target = value.final_target if isinstance(value, griffe.Alias) else value
                yield f"{name}.{member}", Signature.of(target) if isinstance(target, griffe.Function) else None


def public_names() -> dict[str, Signature | None]:
    """All names that the doors of the rooms list, as the source has them today."""
    package = griffe.load("merestone", search_paths=[ROOT / "src"], resolve_aliases=True, allow_inspection=False)
    names: dict[str, Signature | None] = {}
    for room, door in package.modules.items():
        if door.is_init_module and room not in NOT_A_LIBRARY:
            for export in door.exports or ():
                thing = door[str(export)]
                try:
                    target = thing.final_target if isinstance(thing, griffe.Alias) else thing
                except griffe.AliasResolutionError:  # a constant that is passed on where it is first used
                    names[f"{room}.{export}"] = None
                    continue
                names.update(functions_and_names(f"{room}.{export}", target))
    return names


def read_snapshot() -> dict[str, Signature | None]:
    """The names of the last version."""
    with SNAPSHOT.open(encoding="utf-8", newline="") as file:
        return {
            row["name"]: Signature.from_text(row["parameters"]) if row["is_function"] == "yes" else None
            for row in csv.DictReader(file)
        }


def write_snapshot(names: Mapping[str, Signature | None]) -> None:
    """Write the names of today, in order."""
    with SNAPSHOT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "is_function", "parameters"])
        for name, signature in sorted(names.items()):
            writer.writerow([name, "no" if signature is None else "yes", "" if signature is None else signature.text()])


def losses(before: Mapping[str, Signature | None], now: Mapping[str, Signature | None]) -> Iterator[str]:
    """What a program that was written for the names of before could miss now, as CHANGELOG.md must name it."""
    for name, old in before.items():
        if name not in now:
            if name.rpartition(".")[0] not in before or name.rpartition(".")[0] in now:  # else its class is named
                yield name
            continue
        new = now[name]
        if old is None or new is None or new.takes_any:
            continue
        lost = set(old.named) - {*new.positional, *new.named}
        lost |= {each for i, each in enumerate(old.positional) if new.positional[i : i + 1] != (each,)}
        newly_required = new.required - old.required
        yield from (f"{name}({parameter})" for parameter in sorted(lost | newly_required))


def newest_section() -> str:
    """The part of CHANGELOG.md about what is not yet released, and about the version that is."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"(?m)^## ", text)[1:]
    return "".join(sections[:1] if not sections[0].startswith("Unreleased") else sections[:2])


def unannounced() -> list[str]:
    """What was lost since the last version and does not stand in CHANGELOG.md."""
    announced = set(re.findall(r"`(?:merestone\.)?([\w.]+(?:\(\w+\))?)`", newest_section()))
    return [loss for loss in losses(read_snapshot(), public_names()) if loss not in announced]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the names of today")
    if parser.parse_args().write:
        write_snapshot(public_names())
        return
    missing = unannounced()
    for loss in missing:
        print(
            f"{loss}: removed, renamed or newly required since the last version; name it in CHANGELOG.md in backticks"
        )
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
