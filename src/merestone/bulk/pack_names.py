"""What a pack names of its hazards: identifiers, kinds and days, read one by one from arrays that a file maps."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from merestone.screening import HazardIndex
from merestone.terms import RecordKind


class NamedHazard(NamedTuple):
    """What an answer names of a hazard; see `screening.answer.Hazard`."""

    record_id: str
    kind: RecordKind
    accuracy_m: float | None
    begins_on: date | None = None


class Texts(Sequence[str]):
    """Texts in one array of UTF-8 bytes, read one by one: opening a pack makes no object for each hazard."""

    def __init__(self, utf8: NDArray[np.uint8], start: NDArray[np.int64]) -> None:
        self.utf8, self.start = utf8, start

    @staticmethod
    def arrays_of(texts: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The bytes of all texts, and where each begins and the last ends."""
        encoded = [text.encode() for text in texts]
        start = np.cumsum([0, *(len(text) for text in encoded)], dtype=np.int64)
        return np.frombuffer(b"".join(encoded), np.uint8), start

    def __len__(self) -> int:
        return len(self.start) - 1

    @overload
    def __getitem__(self, which: int) -> str: ...

    @overload
    def __getitem__(self, which: slice) -> list[str]: ...

    def __getitem__(self, which: int | slice) -> str | list[str]:
        if isinstance(which, slice):
            return [self[i] for i in range(*which.indices(len(self)))]
        i = range(len(self))[which]
        return self.utf8[int(self.start[i]) : int(self.start[i + 1])].tobytes().decode()


class Kinds(Sequence[RecordKind]):
    """Kinds kept as numbers."""

    def __init__(self, number: NDArray[np.uint8], kinds: Sequence[RecordKind]) -> None:
        self.number, self.kinds = number, tuple(kinds)

    def __len__(self) -> int:
        return len(self.number)

    @overload
    def __getitem__(self, which: int) -> RecordKind: ...

    @overload
    def __getitem__(self, which: slice) -> list[RecordKind]: ...

    def __getitem__(self, which: int | slice) -> RecordKind | list[RecordKind]:
        if isinstance(which, slice):
            return [self.kinds[n] for n in self.number[which]]
        return self.kinds[int(self.number[which])]

    def __iter__(self) -> Iterator[RecordKind]:
        return (self.kinds[n] for n in self.number.tolist())


class PackHazards(Sequence[NamedHazard]):
    """The hazards of a pack, in the order of its index."""

    def __init__(self, index: HazardIndex, begins_on: Mapping[int, date]) -> None:
        self._index, self._begins_on = index, begins_on

    def __len__(self) -> int:
        return len(self._index)

    @overload
    def __getitem__(self, which: int) -> NamedHazard: ...

    @overload
    def __getitem__(self, which: slice) -> list[NamedHazard]: ...

    def __getitem__(self, which: int | slice) -> NamedHazard | list[NamedHazard]:
        if isinstance(which, slice):
            return [self[i] for i in range(*which.indices(len(self)))]
        assert self._index.record_ids is not None
        assert self._index.kinds is not None
        which = range(len(self))[which]
        stated_m = float(self._index.accuracy_m[which])
        named = (self._index.record_ids[which], self._index.kinds[which])
        return NamedHazard(*named, None if np.isnan(stated_m) else stated_m, self._begins_on.get(which))
