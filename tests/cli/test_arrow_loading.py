"""Commands load PyArrow without pandas, and leave that to whoever asks for it."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from merestone.bulk.pack import save_pack
from merestone.screening import Circumstances, HazardIndex
from merestone.terms import RecordKind


def test_arrays_are_made_and_read_without_pandas_which_can_still_be_loaded() -> None:
    """2026-11-29: to screen a thousand positions took 0.75 s, of which 0.3 s to load pandas, which nothing used."""
    script = (
        "import sys\n"
        "from merestone.bulk import load_arrow\n"
        "load_arrow()\n"
        "import numpy as np, pyarrow as pa\n"
        "assert pa.array([1.5, None]).to_numpy(zero_copy_only=False)[0] == 1.5\n"
        "assert pa.array(np.array([1.5, 2.5]), mask=np.array([True, False])).to_pylist() == [None, 2.5]\n"
        "assert pa.array(['a', None]).to_numpy(zero_copy_only=False).tolist() == ['a', None]\n"
        "assert 'pandas' not in sys.modules\n"
        "assert pa.table({'a': [1, 2]}).to_pandas()['a'].tolist() == [1, 2]\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_a_file_of_positions_is_screened_without_pandas(tmp_path: Path) -> None:
    """2026-11-29: PyArrow loads pandas at the first array, unless it is asked not to."""
    index = HazardIndex.build(
        [shapely.box(17, 44, 17.1, 44.1)], 10.0, record_ids=["0" * 32], kinds=[RecordKind.SUSPECTED]
    )
    save_pack(index, tmp_path / "hazards.pack", audience="exact", circumstances=Circumstances(None))
    pq.write_table(pa.table({"lon": [17.05, 18.0], "lat": [44.05, 44.0]}), tmp_path / "positions.parquet")
    script = (
        "import sys\n"
        "from merestone.cli.screen import screen_command\n"
        "words = ['--pack', 'hazards.pack', '--points', 'positions.parquet', '--accuracy-m', '5', '-o', 'a.parquet']\n"
        "assert screen_command.main(words, standalone_mode=False) == 4\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120, cwd=tmp_path)
    assert pq.read_table(tmp_path / "a.parquet")["hazard_class"].to_pylist() == ["inside", "none recorded"]
