"""Memory that is not needed now goes back to the machine, and nothing that was in it is lost.

2026-11-28: the machine code of the compiler and the pages of a pack, were most of what it held.
"""

import ctypes
import mmap
import os
import sys
from pathlib import Path

import pytest

from merestone.service.memory import let_go_of_file_pages

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
PAGES = 512


def resident_kb(address: int) -> int:
    """How much of the mapping that begins at an address is in memory."""
    is_here = False
    for line in Path("/proc/self/smaps").read_text(encoding="ascii", errors="replace").splitlines():
        words = line.split()
        if "-" in words[0] and not words[0].endswith(":"):
            is_here = int(words[0].split("-")[0], 16) <= address < int(words[0].split("-")[1], 16)
        elif is_here and words[0] == "Rss:":
            return int(words[1])
    raise AssertionError("there is no such mapping")


@pytest.fixture
def content(tmp_path: Path) -> tuple[Path, bytes]:
    path = tmp_path / "file"
    content = os.urandom(PAGES * mmap.PAGESIZE)
    path.write_bytes(content)
    return path, content


def address_of(mapped: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(mapped))


def test_pages_of_a_file_go_back_and_are_read_again(content: tuple[Path, bytes]) -> None:
    import numpy as np

    path, expected = content
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        values = np.frombuffer(mapped, np.uint8)
        address = values.ctypes.data
        assert bytes(mapped) == expected
        assert resident_kb(address) > PAGES * mmap.PAGESIZE // 2048
        let_go_of_file_pages(shared_only=True)
        assert resident_kb(address) == 0
        assert bytes(mapped) == expected
        del values


@pytest.mark.parametrize("access", [mmap.ACCESS_COPY, mmap.ACCESS_WRITE])
def test_what_was_written_stays(content: tuple[Path, bytes], access: int) -> None:
    path, expected = content
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0, access=access) as mapped:
        mapped[5:8] = b"new"
        let_go_of_file_pages()
        assert bytes(mapped) == expected[:5] + b"new" + expected[8:]


def test_libraries_and_the_kernel_work_as_before() -> None:
    import shapely

    from merestone.screening import HazardIndex

    index = HazardIndex.build([shapely.box(0.0, 0.0, 0.01, 0.01)], 5.0)
    index.prepare()
    before = index.nearest([0.02, 0.005], [0.0, 0.005], 10.0)
    let_go_of_file_pages()
    after = index.nearest([0.02, 0.005], [0.0, 0.005], 10.0)
    assert before.distance_m.tolist() == after.distance_m.tolist()
