"""`law check`: each kind of bad row is found and named by file, line and field; a treaty is added as files alone."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from merestone.law import Deed, Library, Verdict, Weapon, check, clauses, may, packaged, status, status_table
from merestone.law.act import act_of, read_acts
from merestone.terms import FieldRefused, RowRefused, SourceMissing, sourced_rows

DATA = packaged().folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def change(path: Path, old: str, new: str) -> int:
    """Replace one line's part; give the line's number."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} does not stand in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_packaged_files_are_sound() -> None:
    report = check(packaged())
    assert not report.problems, "\n".join(map(str, report.problems))
    assert report.rows["acts/apmbc.csv"] > 300


@pytest.mark.parametrize(
    ("name", "old", "new", "field", "why"),
    [
        ("acts/apmbc.csv", "FIN,apmbc,accession,2012-01-09", "FIN,apmbc,accession,2012-13-09", "on", "not a valid date"),  # noqa: E501
        ("acts/apmbc.csv", "FIN,apmbc,accession,2012-01-09", "FIN,apmbc,accession,1990-01-09", "on", "before the treaty"),  # noqa: E501
        ("acts/apmbc.csv", "FIN,apmbc,accession,2012-01-09", "XXX,apmbc,accession,2012-01-09", "state", "'XXX'"),
        ("acts/apmbc.csv", "FIN,apmbc,accession,2012-01-09", "FIN,ccm,accession,2012-01-09", "treaty", "file of apmbc"),
        ("acts/apmbc.csv", "FIN,apmbc,accession,2012-01-09", "FIN,apmbc,joined,2012-01-09", "act", "not a known act"),
        ("acts/apmbc.csv", "FIN,apmbc,accession,2012-01-09", "FIN,apmbc,ratification,2012-01-09", "act", "ratifies what"),  # noqa: E501
        ("acts/apmbc.csv", "FIN,apmbc,accession,2012-01-09", "FIN,apmbc,accession,2026-01-09", "on", "published, but"),
        ("acts/apmbc.csv", "FIN,apmbc,withdrawal in effect,2026-01-10", "FIN,apmbc,withdrawal in effect,2026-01-09", "on", "the clause gives 2026-01-10"),  # noqa: E501
        ("acts/apmbc.csv", "LTU,apmbc,notice of withdrawal,2025-06-27", "LTU,apmbc,notice of withdrawal,2025-01-27", "on", "go by their days"),  # noqa: E501
        ("acts/apmbc.csv", "AFG,apmbc,accession,2002-09-11", "AFG,apmbc,notice of withdrawal,2002-09-11", "act", "out of order"),  # noqa: E501
        ("acts/ccm.csv", "VUT,ccm,accession,2025-09-05,,", "VUT,ccm,accession,2025-09-05,2025-01-01,", "known_on", "before the act"),  # noqa: E501
        ("fulfilment.csv", "FIN,apmbc,4,met", "FIN,apmbc,44,met", "article", "not a duty of apmbc"),
        ("fulfilment.csv", "FIN,apmbc,4,met", "FIN,apmbc,4,done", "result", "use one of met"),
        ("quantities.csv", "16500,16500", "16500,many", "at_most", "whole number"),
        ("promises.csv", "FIN,marking,not found", "FIN,marking,no", "value", "use one of found, not found"),
    ],
)  # fmt: skip
def test_bad_row_is_named_by_file_line_and_field(
    folder: Path, name: str, old: str, new: str, field: str, why: str
) -> None:
    line = change(folder / name, old, new)
    problems = check(Library(folder)).problems
    file = Path(name).name
    of_field = [
        problem
        for problem in problems
        if problem.field == field and why in problem.why and problem.place.startswith(file)
    ]
    assert of_field, "\n".join(map(str, problems))
    if "go by their days" not in why and "published" not in why and "gives" not in why:
        assert any(f" {line}" in problem.place for problem in of_field)


def test_row_without_a_source_is_found_and_refused(folder: Path) -> None:
    path = folder / "acts" / "apmbc.csv"
    row = next(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("EST,apmbc,entry"))
    line = change(path, row, "EST,apmbc,entry into force,2004-11-01,,,official,,")
    assert [str(problem) for problem in check(Library(folder)).problems] == [
        f"apmbc.csv, line {line}, field source: is empty; a fact is taken only with its source"
    ]
    with pytest.raises(SourceMissing, match=f"apmbc.csv, line {line}"):
        status("EST", "apmbc", on=date(2025, 1, 1), library=Library(folder))


def test_unreadable_row_is_refused_with_its_place_when_asked(folder: Path) -> None:
    change(folder / "acts" / "ccm.csv", "VUT,ccm,accession,2025-09-05", "VUT,ccm,accession,5 September 2025")
    with pytest.raises(RowRefused, match=r"ccm.csv, line \d+: on = '5 September 2025'"):
        status("VUT", "ccm", on=date(2026, 1, 1), library=Library(folder))


TOY_CLAUSES = '''
"""A toy treaty."""
from datetime import date
from merestone.law.clause import Deed, Effect, Ruling, Treaty, Verdict, Weapon, clause

@clause("2", "No party shall develop other devices.")
def article_2(deed, weapon):
    return Ruling(Verdict.PROHIBITED) if (deed, weapon) == (Deed.DEVELOP, Weapon.OTHER_DEVICES) else None

@clause("3", "A party may leave at the end of the year of its notice.")
def article_3(received_on, conflict):
    end = date(received_on.year + 1, 1, 1)
    return Effect(end, end)

TREATY = Treaty(key="toy", short="Toy Treaty", title="Toy Treaty", number="0", depositary="nobody",
                entry_into_force=lambda day, general: (day, "1"), entry_clauses=(), withdrawal=article_3,
                prohibitions=(article_2,), covers=frozenset({Weapon.OTHER_DEVICES}))
'''
TOY_ACTS = """state,treaty,act,on,known_on,source,confidence,note
*,toy,adoption,2001-01-01,,made up for a test,computed,
*,toy,opening for signature,2001-01-01,,made up for a test,computed,
*,toy,complete list,2030-12-31,,made up for a test,computed,made up
AND,toy,accession,2002-03-04,,made up for a test,computed,
AND,toy,notice of withdrawal,2005-06-07,,made up for a test,computed,
"""


def test_treaty_is_added_by_a_data_file_and_its_clauses_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clauses' package is looked through, and the acts are found by the treaty's key: nothing lists treaties."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "toy.py").write_text(TOY_CLAUSES, encoding="utf-8")
    (folder / "acts" / "toy.csv").write_text(TOY_ACTS, encoding="utf-8")
    monkeypatch.setattr(clauses, "__path__", [*clauses.__path__, str(tmp_path / "more")])
    library = Library(folder)
    assert status("AND", "toy", on=date(2005, 12, 31), library=library).is_bound
    assert status("AND", "toy", on=date(2006, 1, 1), library=library).phrase == "withdrawn since 2006-01-01"
    bound = may("AND", Deed.DEVELOP, Weapon.OTHER_DEVICES, on=date(2004, 1, 1), library=library)
    assert bound.verdict is Verdict.PROHIBITED
    assert status_table(date(2004, 1, 1), date(2004, 1, 2), treaties=["toy"], library=library).bound_counts("toy") == [
        1,
        1,
    ]
    assert not [problem for problem in check(library).problems if "toy" in problem.place]


def test_another_package_adds_a_treaty_of_its_own(tmp_path: Path) -> None:
    """2026-11-28, a review of daily work: a treaty could only be added to a copy of the program."""
    (tmp_path / "toy.csv").write_text(TOY_ACTS, encoding="utf-8")
    written: dict[str, Any] = {"__name__": "toy"}
    exec(TOY_CLAUSES, written)
    library = packaged().with_treaty(written["TREATY"], tmp_path / "toy.csv")
    assert status("AND", "toy", on=date(2006, 1, 1), library=library).phrase == "withdrawn since 2006-01-01"
    assert may("AND", Deed.DEVELOP, Weapon.OTHER_DEVICES, on=date(2004, 1, 1), library=library).verdict is (
        Verdict.PROHIBITED
    )
    assert status("FIN", "apmbc", on=date(2025, 1, 1), library=library) == status("FIN", "apmbc", on=date(2025, 1, 1))
    assert "toy" not in packaged().treaties
    assert not check(library).problems
    supposed = library.with_acts("apmbc", library.holding("apmbc").by_state["FIN"] + library.holding("apmbc").of_all)
    assert supposed.holding("toy").by_state["AND"], "a supposition about one treaty keeps the others"
    with pytest.raises(FieldRefused, match="already covered"):
        library.with_treaty(written["TREATY"], tmp_path / "toy.csv")


@pytest.mark.parametrize("key", list(packaged().treaties))
def test_quick_and_careful_reading_of_acts_agree(key: str) -> None:
    path = DATA / "acts" / f"{key}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        careful = tuple(act_of(row, place=place) for place, row in sourced_rows(lines, origin=path.name))
    assert read_acts(path) == careful
