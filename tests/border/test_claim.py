"""Claims: as published, beside what is measured; bad files are refused with the place."""

from datetime import date

import pytest

from merestone.border import Finding, check_claim, check_claims, packaged_claims, read_claims
from merestone.terms import FileRefused, RowRefused, SourceMissing

ON = date(2026, 11, 23)
PUBLICATION = "publications:\n  p: {by: A paper, published_on: 2025-06-24, source: a paper of that day}\n"


def found(claim_id: str, on: date = ON) -> Finding:
    claim = next(each for each in packaged_claims().claims if each.id == claim_id)
    return check_claim(claim, on=on).finding


def test_every_packaged_claim_can_be_checked_and_says_how_and_from_what() -> None:
    for check in check_claims(packaged_claims().claims, on=ON):
        assert check.how, check.claim.id
        assert check.measured, check.claim.id
        if check.finding in (Finding.CONFIRMED, Finding.CONTRADICTED):
            assert check.sources, check.claim.id


@pytest.mark.parametrize(
    ("claim_id", "finding"),
    [
        ("five-states", Finding.CONFIRMED),
        ("five-neighbours", Finding.CONFIRMED),
        ("borders-3460", Finding.CONTRADICTED),
        ("twenty-two-years", Finding.CONTRADICTED),  # 26 since signature, 22 since ratification
        ("notice-end-of-june", Finding.CONTRADICTED),  # Finland in July, Poland in August
        ("free-from-end-of-year", Finding.CONTRADICTED),  # Finland in January, Poland in February
        ("russia-no-party", Finding.CONFIRMED),
        ("russia-stockpiles-most", Finding.CONFIRMED),
        ("all-eu-states", Finding.CONFIRMED),
        ("russia-ready-2028-2030", Finding.OPEN),
        ("russia-produces-most", Finding.NOT_CHECKABLE),
    ],
)
def test_the_report_s_claims_are_found_as_the_sources_say(claim_id: str, finding: Finding) -> None:
    assert found(claim_id) is finding


def test_a_forecast_is_open_until_its_last_day_and_then_asks_for_the_outcome() -> None:
    assert found("russia-ready-2028-2030", date(2030, 12, 31)) is Finding.OPEN
    assert found("russia-ready-2028-2030", date(2031, 1, 1)) is Finding.NOT_CHECKABLE


def test_both_misspelt_names_of_one_minister_are_kept_as_printed() -> None:
    names = packaged_claims().names
    assert {name.printed for name in names} == {"Davile Šakalene", "Jackalene"}
    assert len({name.actual for name in names}) == 1


def test_a_claim_within_its_tolerance_is_confirmed() -> None:
    text = PUBLICATION + (
        "claims:\n- {id: a, claim: it is 630 km, value: 630, unit: km, tolerance: 0.1, publication: p, "
        "check: {kind: border_sum, borders: [LTU-BLR]}}\n"
        "- {id: b, claim: it is 530 km, value: 530, unit: km, tolerance: 0.1, publication: p, "
        "check: {kind: border_sum, borders: [LTU-BLR]}}\n"
    )
    near, far = check_claims(read_claims(text, origin="mine.yaml").claims, on=ON)
    assert near.finding is Finding.CONFIRMED  # 678.4 km measured, 7 % more
    assert far.finding is Finding.CONTRADICTED


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("claims: [", FileRefused, "is not YAML"),
        ("- 1", FileRefused, "no list named claims"),
        ("publications: {p: {by: A, published_on: 2025-06-24}}\nclaims: []", SourceMissing, "publication p"),
        (PUBLICATION + "claims:\n- {id: a, claim: x, publication: q, check: {kind: forecast}}", RowRefused, "'q'"),
        (PUBLICATION + "claims:\n- {id: a, claim: x, publication: p, chek: 1}", RowRefused, "'chek' that is not known"),
        (
            PUBLICATION + "claims:\n- {id: a, claim: x, publication: p, value: many, check: {kind: k}}",
            RowRefused,
            "many",
        ),
    ],
)
def test_a_bad_file_of_claims_is_refused_with_the_place(text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        read_claims(text, origin="mine.yaml")


def test_an_unknown_check_is_refused_with_the_known_ones() -> None:
    text = PUBLICATION + "claims:\n- {id: a, claim: x, publication: p, check: {kind: astrology}}"
    (claim,) = read_claims(text, origin="mine.yaml").claims
    with pytest.raises(RowRefused, match=r"there are .*border_sum"):
        check_claim(claim, on=ON)


@pytest.mark.parametrize(
    ("claim_id", "finding", "right"),
    [
        ("mine-ban-in-force-2009", Finding.CONTRADICTED, "in force from 1999-03-01"),
        ("mine-ban-in-force-2003", Finding.CONTRADICTED, "in force from 1999-03-01"),
        ("vanuatu-6-september", Finding.CONTRADICTED, "ratification on 2005-09-16"),
        ("signed-at-ottawa-122", Finding.CONTRADICTED, "121 signatures"),
        ("signatories-164", Finding.CONTRADICTED, "133 signatures"),
        ("blinding-lasers-109", Finding.CONTRADICTED, "108 parties"),
        ("lithuania-ended-on-8-may", Finding.CONTRADICTED, "first day not bound 2025-12-27"),
        ("lithuania-six-months-after-the-vote", Finding.CONTRADICTED, "notice of withdrawal 2025-06-27"),
        ("lithuania-signed-on-22-february", Finding.CONTRADICTED, "signature on 1999-02-26"),
        ("indonesia-20-february", Finding.CONTRADICTED, "ratification on 2007-02-16"),
        ("montenegro-1-april", Finding.CONTRADICTED, "from 2006-06-03 (succession of states)"),
        ("tonga-26-june", Finding.CONTRADICTED, "accession on 2025-06-25"),
        ("palestine-29-november", Finding.CONTRADICTED, "accession on 2017-12-29"),
        ("tajikistan-12-november", Finding.CONTRADICTED, "from 2006-11-18"),
        ("parties-166-still", Finding.CONTRADICTED, "161"),
        ("parties-163-in-2017", Finding.CONFIRMED, "163 parties"),
        ("parties-164-in-2022", Finding.CONFIRMED, "164 parties"),
        ("cluster-46th", Finding.CONFIRMED, "46 parties"),
        ("signed-131-by-february-1999", Finding.CONFIRMED, "131 signatures"),
        ("lebanon-joined", Finding.NOT_CHECKABLE, "acceded in 2026, day not recorded"),
    ],
)
def test_what_public_sources_say_of_law_is_put_beside_what_is_right(
    claim_id: str, finding: Finding, right: str
) -> None:
    """Wrong or muddled statements found in public sources on 2026-11-28, and right ones beside them."""
    claim = next(each for each in packaged_claims().claims if each.id == claim_id)
    check = check_claim(claim, on=ON)
    assert check.finding is finding
    assert right in check.measured
    assert check.sources
    assert check.command.startswith("merestone law ")
