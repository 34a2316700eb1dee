"""The depositary's list, read from a made-up file in the form of the UN Treaty Collection's."""

import re
import shutil
from datetime import date
from html import escape
from pathlib import Path

import pytest

from merestone.documents.treaty_collection import read_treaty_list
from merestone.law import ActKind, DifferenceKind, Library, compare_list, depositary_rows, packaged, status
from merestone.terms import FileRefused

MADE_UP = """<?xml version="1.0" encoding="utf-8"?>
<Treaties><Treaty>
<ExternalData><TitleSect><Title>Convention on a made-up list (a test)</Title></TitleSect></ExternalData>
<Participants><Table><TGroup Tblsize="3"><Thead><Rows><Row><Entry>Participant</Entry><Entry>Signature</Entry>
<Entry>Ratification, Acceptance(A), Approval(AA), Accession(a), Succession(d)</Entry></Row></Rows></Thead>
<Tbody><Rows>
<Row><Entry>Finland<superscript>1</superscript></Entry><Entry></Entry><Entry>[ 9 Jan 2012 a]</Entry></Row>
<Row><Entry>Lithuania <superscript>2</superscript></Entry><Entry>26 Feb 1999</Entry><Entry>12 May 2003</Entry></Row>
<Row><Entry>Norway 3</Entry><Entry>3 Dec 1997</Entry><Entry>9 Jul 1998</Entry></Row>
<Row><Entry>Japan</Entry><Entry>3 Dec 1997</Entry><Entry>30 Sep 1998 A</Entry></Row>
<Row><Entry>Slovakia</Entry><Entry>3 Dec 1997</Entry><Entry>25 Feb 1999 AA</Entry></Row>
<Row><Entry>Montenegro</Entry><Entry></Entry><Entry>23 Oct 2006 d</Entry></Row>
<Row><Entry>Swaziland</Entry><Entry>4 Dec 1997</Entry><Entry>23 Dec 1998</Entry></Row>
<Row><Entry>Nepal</Entry><Entry></Entry><Entry>1 Jun 2026 a</Entry></Row>
<Row><Entry>Atlantis</Entry><Entry></Entry><Entry>1 Jun 2026 a</Entry></Row>
<Row><Entry>Oman</Entry><Entry></Entry><Entry>soon</Entry></Row>
</Rows></Tbody></TGroup></Table></Participants>
<EndNotes>
<EndNote ID="1"><Text>On 10 July 2025, the Government of Finland notified the Secretary-General of its withdrawal, in
accordance with article 20. The withdrawal took effect on 10 January 2026.</Text></EndNote>
<EndNote ID="2"><Text>On 1 July 2025, the Government of Lithuania notified its withdrawal.</Text></EndNote>
<EndNote ID="3"><Text>With a declaration of territorial application.</Text></EndNote>
</EndNotes>
</Treaty></Treaties>"""


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    path = tmp_path / "made_up.xml"
    path.write_text(MADE_UP, encoding="utf-8")
    return path


def test_rows_are_read_or_named_and_none_is_lost(made_up: Path) -> None:
    found = read_treaty_list(made_up)
    assert found.rows == 10 == len(found.listed) + len(found.faults)
    assert [(fault.row, fault.why) for fault in found.faults] == [(10, "'soon' contains no date such as 12 May 2003")]
    assert found.title == "Convention on a made-up list (a test)"


def test_kinds_of_acts_and_footnotes_are_kept(made_up: Path) -> None:
    by_name = {one.name: one for one in read_treaty_list(made_up).listed}
    kinds = {name: one.consent for name, one in by_name.items()}
    assert kinds["Finland"] is ActKind.ACCESSION
    assert kinds["Japan"] is ActKind.ACCEPTANCE
    assert kinds["Slovakia"] is ActKind.APPROVAL
    assert kinds["Montenegro"] is ActKind.SUCCESSION
    assert kinds["Norway"] is ActKind.RATIFICATION
    assert [str(day) for day in by_name["Finland"].withdrawal_days] == ["2025-07-10", "2026-01-10"]
    assert by_name["Norway"].withdrawal_notes == ()


def test_differences_are_shown_and_agreements_are_not(made_up: Path) -> None:
    listed = read_treaty_list(made_up).listed
    differences = compare_list("apmbc", listed)
    shown = {(difference.kind, difference.name): difference for difference in differences}
    assert shown[DifferenceKind.OTHER_DAY, "Eswatini"].listed == "1998-12-23"
    assert shown[DifferenceKind.NEW_STATE, "Nepal"].listed == "accession of 2026-06-01"
    assert (DifferenceKind.UNKNOWN_NAME, "Atlantis") in shown
    assert shown[DifferenceKind.WITHDRAWAL, "Lithuania"].recorded == "2025-06-27, 2025-12-27"
    assert shown[DifferenceKind.NEW_STATE, "Nepal"].rows == (
        'NPL,apmbc,accession,2026-06-01,,"UN Treaty Collection, chapter XXVI, no. 5, status as at DAY OF THE LIST",'
        "depositary,,",
    )
    assert (DifferenceKind.MISSING_STATE, "Poland") in shown
    for name in ("Finland", "Norway", "Japan", "Slovakia", "Montenegro"):
        assert not [difference for difference in differences if difference.name == name]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<html><body>no table</body></html>", "no table of participants"),
        ("<!DOCTYPE html><html><body><table><tr><td>a</td></tr></table></body></html>", "no table of participants"),
        ("<a><b></a>", "cannot be read as XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "cannot be read as XML"),
        ("", "cannot be read as XML"),
    ],
)
def test_hostile_or_foreign_file_is_refused_with_what_to_do(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "list.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileRefused, match=f"{why}.*View XML"):
        read_treaty_list(path)


# Pages and files of our own making, in the structure of the depositary's: all its rows of 3 February 2026, in its names

MARKS = {
    ActKind.RATIFICATION: "", ActKind.ACCEPTANCE: " A", ActKind.APPROVAL: " AA", ActKind.ACCESSION: " a",
    ActKind.SUCCESSION: " d", ActKind.CONSENT: " P", None: "",
}  # fmt: skip
LEAVERS = {
    "Estonia": (date(2025, 6, 27), date(2025, 12, 27)),
    "Finland": (date(2025, 7, 10), date(2026, 1, 10)),
    "Latvia": (date(2025, 6, 27), date(2025, 12, 27)),
    "Lithuania": (date(2025, 6, 27), date(2025, 12, 27)),
}
TREATIES = ["apmbc", "ccm", "ccw", "ccw-ap2", "ccw-art1", "ccw-p4", "ccw-p5"]


def short(day: date | None) -> str:
    return "" if day is None else f"{day.day} {day:%b} {day.year}"


def long(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def table_of(treaty: str) -> tuple[list[str], list[list[str]], list[str]]:
    """The heading, the rows and the endnotes of a treaty's list, as the depositary's page has them."""
    listed = [row for row in depositary_rows(packaged().folder / "depositary") if row.treaty == treaty]
    is_signed = any(row.signature for row in listed)
    is_applied = any(row.provisional_application for row in listed)
    # fmt: off
    heading = ["Participant", *(["Signature"] if is_signed else []),
               *(["Provisional application(n)"] if is_applied else []),
               "Ratification, Acceptance(A), Approval(AA), Accession(a), Succession(d), Consent to be bound(P)"]
    # fmt: on
    rows, notes = [], []
    for row in listed:
        mark = ""
        if row.is_in_brackets and treaty == "apmbc":
            received_on, effective_on = LEAVERS[row.participant]
            notes.append(
                f"In a communication received on {long(received_on)}, the Government of {row.participant} notified the "
                "Secretary-General of its withdrawal from the Convention, in accordance with article 20. The "
                f"withdrawal took effect on {long(effective_on)}."
            )
            mark = f" {len(notes)} ,"
        consent = f"{short(row.consent)}{MARKS[row.kind]}"
        cells = [short(row.signature)] if is_signed else []
        if is_applied:
            cells.append(f"{short(row.provisional_application)} n" if row.provisional_application else "")
        if row.is_in_brackets:
            cells, consent = [f"[{one}]" if one else "" for one in cells], f"[{consent}]"
        rows.append([row.participant + mark, *cells, consent])
    return heading, rows, notes


def raised(name: str) -> str:
    """The numbers behind a name as the raised marks of footnotes."""
    return re.sub(r" ([\d ,]+)$", r"<sup> \1</sup>", escape(name))


def page_of(treaty: str, more: tuple[list[str], ...] = (), note: str = "", as_at: str = "03-02-2026") -> str:
    heading, rows, notes = table_of(treaty)
    notes += [note] if note else []
    lines = (
        f"<td>{raised(name)}</td>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        for name, *cells in [*rows, *more]
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    ends = "".join(f"<tr><td>{number}.</td><td>{escape(text)}</td></tr>" for number, text in enumerate(notes, start=1))
    return f"""<!DOCTYPE html><html><head><title>Made up</title><script>var a = 1;</script></head><body>
<table><tr><td>STATUS AS AT : {as_at} 10:16:18 EDT</td></tr></table><h3>CHAPTER XXVI</h3><div>DISARMAMENT</div>
<div>Convention of our own making, in the depositary's structure</div>
<table id="grid"><tr>{"".join(f"<th>{one}</th>" for one in heading)}</tr>{body}</table>
<h3>Declarations and Reservations</h3><p>None here.</p>
<h3>End Note</h3><table>{ends}</table></body></html>"""


def xml_of(treaty: str) -> str:
    heading, rows, notes = table_of(treaty)
    entries = "".join("<Row>" + "".join(f"<Entry>{escape(cell)}</Entry>" for cell in row) + "</Row>" for row in rows)
    ends = "".join(f'<EndNote ID="{n}"><Text>{escape(text)}</Text></EndNote>' for n, text in enumerate(notes, start=1))
    return f"""<?xml version="1.0" encoding="utf-8"?><Treaties><Treaty><ExternalData><TitleSect><Title>Convention
made up</Title></TitleSect></ExternalData><Participants><Table><TGroup><Thead><Rows><Row>
{"".join(f"<Entry>{one}</Entry>" for one in heading)}</Row></Rows></Thead><Tbody><Rows>{entries}</Rows></Tbody></TGroup>
</Table></Participants><EndNotes>{ends}</EndNotes></Treaty></Treaties>"""


@pytest.mark.parametrize("treaty", TREATIES)
@pytest.mark.parametrize("form", ["page", "xml"])
def test_list_of_3_february_2026_differs_in_nothing(tmp_path: Path, treaty: str, form: str) -> None:
    """2026-11-28, a review: a page was refused, and "Bahamas (The)" was a name that is not held."""
    path = tmp_path / ("list.html" if form == "page" else "list.xml")
    path.write_text(page_of(treaty) if form == "page" else xml_of(treaty), encoding="utf-8")
    found = read_treaty_list(path)
    assert not found.faults
    assert found.rows == sum(row.treaty == treaty for row in depositary_rows(packaged().folder / "depositary"))
    assert found.as_at == (date(2026, 2, 3) if form == "page" else None)
    differences = compare_list(treaty, found.listed, as_at=date(2026, 2, 3))
    expected = {"Lebanon"} if treaty == "apmbc" else set()  # what is held of later days
    assert {difference.name for difference in differences} == expected, differences


def test_page_of_a_later_day_gives_the_differences_and_rows_that_can_be_taken_over(tmp_path: Path) -> None:
    """A page of our own making, as of September 2026: Lebanon's day, a new party, and Poland in brackets."""
    poland = (
        "In a communication received on 20 August 2025, the Government of Poland notified the Secretary-General of "
    )
    poland += "its withdrawal. The withdrawal took effect on 20 February 2026."
    text = page_of("apmbc", (["Lebanon", "", "12 May 2026 a"], ["Nepal", "", "1 Jun 2026 a"]), poland, "15-09-2026")
    before, after = "<td>Poland</td><td>4 Dec 1997</td><td>27 Dec 2012</td>", "<td>Poland<sup> 5</sup></td>"
    assert before in text
    text = text.replace(before, after + "<td>[4 Dec 1997]</td><td>[27 Dec 2012]</td>")
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    found = read_treaty_list(path)
    differences = compare_list("apmbc", found.listed, as_at=found.as_at)
    assert {(difference.name, difference.field) for difference in differences} == {
        ("Lebanon", "consent"),
        ("Nepal", "state"),
    }
    lebanon = next(difference for difference in differences if difference.name == "Lebanon")
    assert (lebanon.listed, lebanon.recorded) == ("2026-05-12", "2026, day not recorded")

    folder = Path(shutil.copytree(packaged().folder, tmp_path / "data"))
    acts = folder / "acts" / "apmbc.csv"
    lines = [
        line for line in acts.read_text(encoding="utf-8").splitlines() if not line.startswith("LBN,apmbc,accession")
    ]
    lines += [row for difference in differences for row in difference.rows]
    text = "\n".join(lines).replace("*,apmbc,complete list,2026-02-03", "*,apmbc,complete list,2026-09-15")
    acts.write_text(text + "\n", encoding="utf-8")
    library = Library(folder)
    assert status("LBN", "apmbc", on=date(2026, 11, 1), library=library).phrase == "party since 2026-11-01"
    assert not compare_list("apmbc", found.listed, as_at=found.as_at, library=library)


def test_state_in_brackets_without_a_held_withdrawal_is_shown(tmp_path: Path) -> None:
    text = page_of("ccm")
    before = "<td>3 Dec 2008 n</td><td>3 Dec 2008</td>"
    assert before in text
    path = tmp_path / "page.html"
    path.write_text(text.replace(before, "<td></td><td>[3 Dec 2008]</td>"), encoding="utf-8")
    differences = compare_list("ccm", read_treaty_list(path).listed, as_at=date(2026, 2, 3))
    assert [(difference.name, difference.kind) for difference in differences] == [("Norway", DifferenceKind.LEFT)]
