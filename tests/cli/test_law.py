"""`merestone law` as a reader types it: a newspaper's sentences checked by command, JSON, and errors that help."""

import csv
import json
from pathlib import Path
from typing import Any

import icalendar
import pytest
from click.testing import CliRunner
from defusedxml import ElementTree

from merestone.cli import main
from merestone.cli.main import merestone
from merestone.law import packaged
from tests.exchange.test_treaty_collection import MADE_UP


def run(*words: str) -> str:
    result = CliRunner().invoke(merestone, ["law", *words])
    assert result.exit_code == 0, result.output
    return result.output


def run_json(*words: str) -> Any:
    return json.loads(run(*words, "--json"))


def test_lithuania_s_years_from_signature_and_ratification_to_2025() -> None:
    """The Telegraph, 24 June 2025, as restated: mines "22 years after the signing". It is 22 from the ratification."""
    text = run("status", "LTU", "--treaty", "apmbc", "--on", "2025-06-24")
    assert "signed            1999-02-26  26 years, 3 months, 29 days before" in text
    assert "ratification      2003-05-12  22 years, 1 month, 12 days before" in text


@pytest.mark.parametrize(
    ("state", "notice", "effect"),
    [
        ("FIN", "2025-07-10", "2026-01-10"),
        ("EST", "2025-06-27", "2025-12-27"),
        ("LVA", "2025-06-27", "2025-12-27"),
        ("LTU", "2025-06-27", "2025-12-27"),
        ("POL", "2025-08-20", "2026-02-20"),
    ],
)
def test_notice_and_effect_of_each_of_the_five(state: str, notice: str, effect: str) -> None:
    """The report expected all five notices "at the end of June" and freedom "from the end of the year"."""
    clock = run_json("withdraw", state, "--notified", notice)
    assert clock["effective_on"] == effect
    recorded = {act["act"]: act["on"] for act in clock["recorded"]}
    assert recorded["notice of withdrawal"] == notice
    assert recorded["withdrawal in effect"] == effect


@pytest.mark.parametrize("state", ["FIN", "EST", "LVA", "LTU", "POL"])
def test_what_each_may_do_in_june_2025_on_new_year_and_now(state: str) -> None:
    verdicts = {
        on: {one["deed"]: one["verdict"] for one in run_json("may", state, "all", "--on", on)}
        for on in ("2025-06-01", "2026-01-01", "2026-11-23")
    }
    assert set(verdicts["2025-06-01"].values()) == {"prohibited"}
    new_year = "prohibited" if state in ("FIN", "POL") else "not prohibited by any treaty covered here"
    assert verdicts["2026-01-01"]["produce"] == new_year
    now = verdicts["2026-11-23"]
    assert now["produce"] == now["stockpile"] == "not prohibited by any treaty covered here"
    assert now["use"] == now["transfer"] == "restricted"


def test_russia_was_never_a_party() -> None:
    assert run_json("status", "RUS", "--treaty", "apmbc", "--on", "2026-11-23")["status"] == "never a party"


def test_every_answer_on_what_a_state_may_do_disclaims_legal_advice_and_names_the_treaties() -> None:
    text = run("may", "LTU", "use", "anti-personnel-mines", "--on", "2026-01-01")
    assert "it is not legal advice" in text
    for short in ("Mine Ban", "Cluster Munitions", "Amended Protocol II", "Protocol V"):
        assert short in text


def test_screen_says_how_complete_the_table_is_and_which_day_is_not_held() -> None:
    text = run("status", "LTU", "--treaty", "ccm", "--on", "2026-01-01")
    assert "complete to 2026-02-03" in text
    assert "2024-07, day not recorded  national step (press)" in text


def test_calendar_file_is_opened_by_another_reader(tmp_path: Path) -> None:
    path = tmp_path / "deadlines.ics"
    run("calendar", "--states", "FIN,EST,LVA,LTU,POL", "--on", "2026-11-23", "-o", str(path))
    raw = path.read_bytes()
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    events = list(icalendar.Calendar.from_ical(raw).walk("VEVENT"))
    effects = {
        str(event["SUMMARY"])[:3]: event.decoded("DTSTART").isoformat()
        for event in events
        if "takes effect" in str(event["SUMMARY"]) and "Mine Ban" in str(event["SUMMARY"])
    }
    assert effects == {
        "FIN": "2026-01-10",
        "EST": "2025-12-27",
        "LVA": "2025-12-27",
        "LTU": "2025-12-27",
        "POL": "2026-02-20",
    }
    assert len({str(event["UID"]) for event in events}) == len(events)


def test_timeline_is_well_formed_and_its_text_is_readable_on_a_phone(tmp_path: Path) -> None:
    path = tmp_path / "timeline.svg"
    run("timeline", "--states", "FIN,LTU,UKR,RUS", "--on", "2026-11-23", "-o", str(path))
    root = ElementTree.fromstring(path.read_bytes())
    width = float(root.attrib["viewBox"].split()[2])
    assert width <= 360, "drawn at a phone's width, so that 12 px stays 12 px"
    sizes = [float(one.attrib["font-size"]) for one in root.iter() if "font-size" in one.attrib]
    assert sizes
    assert min(sizes) >= 12
    names = "".join(root.itertext())
    assert "Lithuania" in names
    assert "withdrawn since 2025-12-27" in names
    for element in root.iter("{http://www.w3.org/2000/svg}rect"):
        if element.get("class") != "ground" and "class" in element.attrib:
            assert 0 <= float(element.attrib["x"]) <= width
            assert float(element.attrib["x"]) + float(element.attrib["width"]) <= width


def test_refresh_shows_differences_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "XXVI-5.en.xml"
    path.write_text(MADE_UP, encoding="utf-8")
    files = sorted(packaged().folder.rglob("*.csv"))
    before = [file.read_bytes() for file in files]
    text = run("refresh", str(path), "--treaty", "apmbc")
    assert "10 rows: 9 read, 1 not read" in text
    assert "Eswatini, consent: another day: list 1998-12-23; held 1998-12-22" in text
    assert text.rstrip().endswith("nothing was changed")
    assert [file.read_bytes() for file in files] == before


def test_check_passes_on_the_packaged_files() -> None:
    assert "no problem found" in run("check")


def test_check_of_a_bad_folder_fails_with_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["law", "check", "--folder", str(tmp_path)])
    assert exited.value.code == 1
    assert "states.csv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["status", "Lithuenia"], 3, "did you mean"),
        (["status", "LTU", "--treaty", "tordesillas"], 3, "use one of apmbc"),
        (["status", "LTU", "--treaty", "apmbc", "--on", "1990-01-01"], 3, "was adopted on 1997-09-18"),
        (["status", "LTU", "--on", "2025-02-30"], 3, "--on = '2025-02-30': is not a valid date"),
        (["may", "LTU", "juggle"], 3, "use one of use"),
        (["withdraw", "FIN", "--notified", "2025-07-10", "--armed-conflict-until", "2026-01-01"], 3, "since too"),
        (["refresh", "nothing.xml", "--treaty", "apmbc"], 3, "nothing.xml"),
        (["withdraw", "FIN"], 2, "--notified"),
    ],
)
def test_error_says_what_to_do_in_one_line(
    words: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["law", *words])
    assert exited.value.code == code
    assert says in capsys.readouterr().err


def test_stocks_promises_and_statements_are_shown_with_their_sources() -> None:
    text = run("status", "FIN", "--on", "2026-11-23")
    assert "destroyed: 1029763, 2015-08-18; declared and destroyed (ICBL-CMC 21 August 2015; press)" in text
    assert "marking: not found (public sources read to 2026-11-23; secondary)" in text
    held = run_json("status", "FIN", "--on", "2026-11-23")
    assert {promise["value"] for promise in held["promises"]} == {"found", "not found"}
    assert held["quantities"][0]["source"]


def test_parties_are_listed_counted_over_time_and_written(tmp_path: Path) -> None:
    """2026-11-28, a review: nobody could ask which states are parties on a day."""
    text = run("parties", "--treaty", "apmbc", "--on", "2026-01-15", "--since", "2025-12-26")
    assert "bound by it                         162" in text
    assert "2025-12-27  Estonia: withdrawing -> withdrawn" in text
    plain = run_json("parties", "--treaty", "ccm", "--on", "2026-02-03")
    assert plain["counts"]["parties_as_the_depositary_counts"] == 112
    assert all(one["consent"]["source"] for one in plain["states"]["bound"])
    table, series, drawing = (tmp_path / name for name in ("list.csv", "counts.csv", "counts.svg"))
    run("parties", "--treaty", "ccm", "--on", "2026-02-03", "-o", str(table))
    run("parties", "--treaty", "ccm", "--on", "2026-02-03", "--over-time", "-o", str(series))
    run("parties", "--treaty", "ccm", "--on", "2026-02-03", "-o", str(drawing))
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == len(packaged().states.all)
    assert [row["status"] for row in rows if row["state"] == "VUT"] == ["acceded on 2025-09-05, bound from 2026-03-01"]
    last = list(csv.DictReader(series.read_text(encoding="utf-8").splitlines()))[-1]
    assert (last["bound"], last["parties_as_the_depositary_counts"], last["withdrawn"]) == ("111", "112", "1")
    words = " ".join(ElementTree.fromstring(drawing.read_bytes()).itertext())
    assert "bound: 111" in words
    result = CliRunner().invoke(merestone, ["law", "parties", "-o", str(tmp_path / "a.docx")])
    assert result.exit_code != 0


@pytest.mark.parametrize("state", ["LTU", "FIN", "USA", "NOR", "LBN"])
def test_every_answer_names_its_sources(state: str) -> None:
    """2026-11-28, the issue: every answer's sources are reachable in one step."""
    text = run("may", state, "produce", "--on", "2026-11-28")
    assert "Sources:" in text
    assert "UN Treaty Collection" in text
    assert any(one["sources"] for one in run_json("may", state, "produce", "--on", "2026-11-28")["looked_at"])
