"""What packs rows that repeat each other is refused in words, and what holds rows of its own is not."""

import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from merestone.exchange.formats import _row_limit, read
from merestone.terms import FileRefused


def _parquet(path: Path, columns: dict[str, object]) -> Path:
    pq.write_table(pa.table(columns), path, compression="zstd")
    return path


def test_parquet_with_more_rows_than_its_bytes_can_hold_is_refused_before_a_row_is_read(tmp_path: Path) -> None:
    """2026-11-29, measuring: 250,000 alike rows lie in 6 KB, so that 1 MB would take an hour."""
    path = _parquet(tmp_path / "alike.parquet", {"lon": np.full(300_000, 17.1), "lat": np.full(300_000, 44.9)})
    with pytest.raises(FileRefused, match=r"300,000 rows or more in .* bytes: .* repeat others; leave the repeated"):
        read(path)


def test_parquet_with_as_many_rows_of_their_own_is_read(tmp_path: Path) -> None:
    places = np.random.default_rng(1).uniform(17, 18, (60_000, 2)).round(5)
    path = _parquet(tmp_path / "own.parquet", {"lon": places[:, 0], "lat": places[:, 1]})
    assert sum(1 for _ in read(path)) == 60_000


def test_a_text_that_parquet_repeats_beyond_measure_is_refused(tmp_path: Path) -> None:
    text = pa.array(["a" * 200_000] * 1_000).dictionary_encode()
    path = _parquet(tmp_path / "wide.parquet", {"lon": np.arange(1_000) / 10, "lat": np.arange(1_000) / 20, "a": text})
    with pytest.raises(FileRefused, match=r"would grow to .* bytes or more, which no geodata do"):
        for _ in read(path):
            pass


@pytest.mark.parametrize("packed", [False, True])
def test_the_rule_holds_for_the_bytes_that_were_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    monkeypatch.setattr(_row_limit, "ALWAYS_ROWS", 100)
    path = tmp_path / "rows.csv"
    path.write_text("lon,lat\n" + "17,44\n" * 1_000)
    if packed:
        with zipfile.ZipFile(tmp_path / "rows.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, path.name)
        with pytest.raises(FileRefused, match=r"rows\.zip: it has 1\d\d rows or more"):
            list(read(tmp_path / "rows.zip"))
    else:
        assert len(list(read(path))) == 1_000
