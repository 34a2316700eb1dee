"""The checksum of pages and blocks is zlib's, whichever library gives it: registers go from machine to machine."""

import sys
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merestone.files import checksum, crc32


@pytest.fixture(params=["as installed", "without ISA-L"])
def _library(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "without ISA-L":
            patch.setitem(sys.modules, "isal.isal_zlib", None)
        checksum._fastest.cache_clear()
        yield
    checksum._fastest.cache_clear()


@pytest.mark.usefixtures("_library")
def test_checksum_is_that_of_zlib_however_the_bytes_are_cut() -> None:
    @given(st.binary(max_size=5_000), st.integers(0, 5_000))
    def holds(content: bytes, cut: int) -> None:
        assert crc32(content) == zlib.crc32(content)
        assert crc32(memoryview(content)[cut:], crc32(bytearray(content[:cut]))) == zlib.crc32(content)

    holds()


def test_the_fast_library_is_used_where_it_is_installed() -> None:
    pytest.importorskip("isal")
    assert checksum._fastest().__module__ != "zlib"
