"""The hazard packs that the service offers: the public tier's, signed, and made again when it changes."""

import hashlib
import json
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from merestone.bulk import block_bytes, block_list, circumstances_of, pack_snapshot
from merestone.register.sidecars import PackKey, PackKeys
from merestone.service.holding import Holding, Keeper, Tier
from merestone.service.pocket_map import pocket_map
from merestone.terms import MerestoneError

FORM: Final = "merestone pack offer 1"
WHOLE: Final = "whole-register"


class PacksNotOffered(MerestoneError):
    """The service offers no packs."""


@dataclass(frozen=True)
class PackOffer:
    """One pack with its small map and its list of blocks, and what was signed of them."""

    content: bytes
    """What is signed: JSON in UTF-8, with the SHA-256 of each file."""
    signature: bytes
    files: dict[str, bytes]
    """The files by their SHA-256, hexadecimal."""


class PackShelf:
    """Makes the offer of a register's public tier when somebody first asks for it after a change."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper, self._lock = keeper, threading.Lock()
        self._offer: tuple[tuple[str, int], PackOffer] | None = None
        self._key: PackKey | None = None

    @property
    def key(self) -> PackKey:
        """The key that signs.

        Raises
        ------
        FileRefused
            The file of the key is damaged, or cannot be written.
        """
        if self._key is None:
            self._key = PackKeys.beside(self._keeper.path).signing_key()
        return self._key

    def current(self) -> PackOffer:
        """What is offered as the register stands now.

        Raises
        ------
        PacksNotOffered
            Another tier than the public one is served.
        RegisterMissing, RegisterBusy, FileRefused
        """
        if self._keeper.tier is not Tier.PUBLIC:
            raise PacksNotOffered("packs for phones are of the public tier alone; serve the register without --exact")
        holding = self._keeper.current()
        key = (holding.chain, holding.stamp[-1])
        with self._lock:
            if self._offer is None or self._offer[0] != key:
                self._offer = key, self._made(holding)
            return self._offer[1]

    def file(self, sha256: str) -> bytes | None:
        """A file of the present offer; None if it has none with this SHA-256.

        Those before it are gone at once: what the public may not see any more is not given out by an old address.
        """
        return self.current().files.get(sha256)

    def _made(self, holding: Holding) -> PackOffer:
        with tempfile.TemporaryDirectory(prefix="merestone-pack-") as folder:
            path = Path(folder) / "public.pack"
            pack_snapshot(holding.snapshot, path, cells=False, compact=True)
            pack = path.read_bytes()
        blocks = block_list(pack)
        small_map = b"" if holding.bounds_deg is None else pocket_map(holding.bounds_deg)
        snapshot, changes = holding.snapshot, self._keeper.public_changes(holding)
        # Of the hazards alone, as the pack has it: a clearance of last month makes no hazard's survey a younger one.
        data_days = circumstances_of(snapshot).data_days
        about: dict[str, Any] = {
            "form": FORM,
            "name": WHOLE,
            "tier": holding.tier.value,
            "label": snapshot.label,
            "written_on": snapshot.written_on and snapshot.written_on.isoformat(),
            # So that an offer of the same day that was signed before does not take the place of this one on a phone.
            "changed_at": changes.last_at and changes.last_at.isoformat(timespec="milliseconds"),
            "change_count": changes.count,
            **data_days.as_json(),
            "data_days": str(data_days),
            "hazard_count": len(holding.hazards),
            "unplaced_count": snapshot.quarantined_count,
            "bounds_deg": holding.bounds_deg,
            "pack": {**_described(pack), "block_bytes": block_bytes(len(pack)), "blocks": _described(blocks)},
            "map": _described(small_map) if small_map else None,
        }
        content = json.dumps(about, ensure_ascii=False, sort_keys=True).encode()
        files = {_digest(file): file for file in (pack, blocks, small_map) if file}
        return PackOffer(content, self.key.sign(content), files)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _described(content: bytes) -> dict[str, Any]:
    return {"sha256": _digest(content), "size_bytes": len(content)}
