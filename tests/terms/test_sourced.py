"""Facts without a source are refused, with the place where they stand."""

import pytest

from merestone.terms import RowRefused, SourceMissing, confidence_of, sourced_rows


def test_fact_without_source_is_refused_with_its_line() -> None:
    with pytest.raises(SourceMissing, match=r"acts\.csv, line 3: source is empty"):
        list(sourced_rows(["state,source", "FIN,um.fi", "EST, "], origin="acts.csv"))


def test_file_without_source_column_is_refused() -> None:
    with pytest.raises(RowRefused, match="no column named source"):
        list(sourced_rows(["state,on", "FIN,2012-01-09"], origin="acts.csv"))


@pytest.mark.parametrize("line", ["FIN", "FIN,um.fi,more"])
def test_row_of_another_width_is_refused(line: str) -> None:
    with pytest.raises(RowRefused, match="line 2"):
        list(sourced_rows(["state,source", line], origin="acts.csv"))


def test_unknown_confidence_names_the_choices() -> None:
    with pytest.raises(RowRefused, match="depositary, official"):
        confidence_of("sure", place="acts.csv, line 2")
