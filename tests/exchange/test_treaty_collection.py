"""The depositary's list, read from a made-up file in the form of the UN Treaty Collection's."""

from pathlib import Path

import pytest

from merestone.exchange.treaty_collection import read_treaty_list
from merestone.law import ActKind, DifferenceKind, compare_list
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
    assert [(fault.row, fault.why) for fault in found.faults] == [(10, "'soon' holds no day such as 12 May 2003")]
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
    shown = {(one.kind, one.name): one for one in differences}
    assert shown[DifferenceKind.OTHER_DAY, "Eswatini"].listed == "1998-12-23"
    assert shown[DifferenceKind.NEW_STATE, "Nepal"].listed == "accession of 2026-06-01"
    assert (DifferenceKind.UNKNOWN_NAME, "Atlantis") in shown
    assert shown[DifferenceKind.WITHDRAWAL, "Lithuania"].held == "2025-06-27, 2025-12-27"
    assert (DifferenceKind.MISSING_STATE, "Poland") in shown
    for name in ("Finland", "Norway", "Japan", "Slovakia", "Montenegro"):
        assert not [one for one in differences if one.name == name]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<html><body>no table</body></html>", "no table of participants"),
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
