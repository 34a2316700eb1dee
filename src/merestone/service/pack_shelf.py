"""The hazard packs that the service offers: the public tier's, signed, and made again when it changes."""

import contextlib
import hashlib
import json
import re
import shutil
import tempfile
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from merestone.bulk import block_bytes, block_list, circumstances_of, pack_part, pack_snapshot, parts_of
from merestone.exchange import BaseMap
from merestone.files import new_scratch_folder, scratch_folder
from merestone.register import Snapshot
from merestone.register.sidecars import PackKey, PackKeys
from merestone.service.holding import Holding, Keeper, Tier
from merestone.service.pocket_base_map import OfferedBaseMap, RegionMaps, forget_others
from merestone.service.pocket_map import forget_layers, largest_places, pocket_map
from merestone.terms import MerestoneError

FORM: Final = "merestone pack offer 1"
WHOLE: Final = "whole-register"
WHOLE_ALONE_BYTES: Final = 1_000_000
"""Up to this size, parts of the areas are not offered beside all of them: they would save little."""
MOST_HAZARDS_IN_PARTS: Final = 30_000
"""Of more, parts are not offered: to make them all would take a request more than 5 s of a core (100,000: 11.5 s)."""
OFFER: Final = "offer.json"
PREFIX: Final = "packs-"
BASE_MAPS: Final = "base-maps"
_SHA256: Final = re.compile("[0-9a-f]{64}")
PLACES_NAMED: Final = 2
"""So many towns of a part are named."""


class PacksNotOffered(MerestoneError):
    """The service offers no packs."""


@dataclass(frozen=True)
class PackOffer:
    """One pack with its small map and its list of blocks, as it is signed."""

    content: bytes
    """What is signed: JSON in UTF-8, with the SHA-256 of each file."""
    signature: bytes


@dataclass(frozen=True)
class Offers:
    """The pack of all areas, then those of parts of them, and the files of all."""

    packs: tuple[PackOffer, ...]
    folder: Path
    """Where the files stand, each under its SHA-256, hexadecimal."""

    def file(self, sha256: str) -> Path | None:
        """A file; None if the offer has none with this SHA-256."""
        path = self.folder / sha256
        return path if _SHA256.fullmatch(sha256) and path.is_file() else None


class PackShelf:
    """Makes the offer of a register's public tier when somebody first asks for it after a change.

    The files stand in a folder of the service: who makes them, in a process of its own, need not be who gives them out.
    """

    def __init__(self, keeper: Keeper, base_map: BaseMap | None = None) -> None:
        self._keeper, self._lock = keeper, threading.Lock()
        self._region_maps = RegionMaps(base_map)
        self._offer: Offers | None = None
        self._key: PackKey | None = None
        self._folder: Path | None = None

    def keep_in(self, folder: Path) -> None:
        """Keep the files in a folder that others of the service's processes read, too."""
        self._folder = folder

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

    def is_made(self) -> bool:
        """Whether what is offered as the register stands now was made already, or there is nothing to make."""
        return self._keeper.tier is not Tier.PUBLIC or (self._place(self._keeper.current()) / OFFER).is_file()

    def current(self) -> Offers:
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
        place = self._place(holding)
        with self._lock:
            if self._offer is None or self._offer.folder != place:
                if not (place / OFFER).is_file():
                    self._make(holding, place)
                self._offer = Offers(_read_offer(place), place)
            return self._offer

    def file(self, sha256: str) -> Path | None:
        """A file of the present offer; None if it has none with this SHA-256.

        Those before it are gone at once: what the public may not see any more is not given out by an old address.
        """
        return self.current().file(sha256)

    def _place(self, holding: Holding) -> Path:
        """The folder of the offer of a register as it stands, on its day."""
        if self._folder is None:
            self._folder = new_scratch_folder("packs")
            # Nobody closes a shelf: its folder goes with it, or with the process.
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        name = hashlib.sha256(repr((holding.chain, holding.stamp[-1])).encode()).hexdigest()[:32]
        return self._folder / f"{PREFIX}{name}"

    def _make(self, holding: Holding, place: Path) -> None:
        """Make an offer in its folder: all of it or nothing. Then those before it go."""
        packs, files, base_maps = self._made(holding, place.parent / BASE_MAPS)
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            for sha256, content in files.items():
                (Path(folder) / sha256).write_bytes(content)
            for base_map in base_maps:
                base_map.place_in(Path(folder))
            described = [(offer.content.decode(), offer.signature.hex()) for offer in packs]
            (Path(folder) / OFFER).write_text(json.dumps(described), encoding="utf-8")
            with contextlib.suppress(OSError):  # another process has made the same meanwhile
                Path(folder).rename(place)
                Path(folder).mkdir()
        for other in place.parent.glob(f"{PREFIX}*"):
            if other != place:
                shutil.rmtree(other, ignore_errors=True)
        forget_others(place.parent / BASE_MAPS, base_maps)

    def _made(
        self, holding: Holding, base_map_folder: Path
    ) -> tuple[tuple[PackOffer, ...], dict[str, bytes], list[OfferedBaseMap]]:
        files: dict[str, bytes] = {}
        with scratch_folder("pack") as folder:
            path = folder / "public.pack"
            pack_snapshot(holding.snapshot, path, cells=False, compact=True)
            whole = path.read_bytes()
            changes = self._keeper.public_changes(holding)
            # So that an offer of the same day that was signed before this one does not take its place on a phone.
            last_at = changes.last_at and changes.last_at.isoformat(timespec="milliseconds")
            common_fields: dict[str, Any] = {"form": FORM, "changed_at": last_at, "change_count": changes.count}
            described = {**common_fields, "name": WHOLE, "bounds_deg": holding.bounds_deg}
            base_maps = [self._region_maps.of(holding.bounds_deg, base_map_folder)]
            offers = [self._offered(described, holding.snapshot, whole, files, base_maps[0])]
            may_part = len(whole) > WHOLE_ALONE_BYTES and len(holding.snapshot.hazards) <= MOST_HAZARDS_IN_PARTS
            parts = list(parts_of(holding.snapshot)) if may_part else []
            for number, part in enumerate(parts):
                base_maps.append(self._region_maps.of(part.bounds_deg, base_map_folder, of_parts=len(parts)))
                path = folder / f"{number}.pack"
                pack_part(part, path)
                described = {**common_fields, **_part_words(part.bounds_deg)}
                offers.append(self._offered(described, part.snapshot, path.read_bytes(), files, base_maps[-1]))
        forget_layers()
        return tuple(offers), files, [base_map for base_map in base_maps if base_map is not None]

    def _offered(
        self,
        described: dict[str, Any],
        snapshot: Snapshot,
        pack: bytes,
        files: dict[str, bytes],
        base_map: OfferedBaseMap | None,
    ) -> PackOffer:
        """Sign what is said of one pack, and add its files to those that are offered."""
        blocks = block_list(pack)
        bounds_deg = described["bounds_deg"]
        small_map = b"" if bounds_deg is None else pocket_map(bounds_deg)
        # Of the hazards alone, as the pack has it: a clearance of last month makes no hazard's survey a younger one.
        data_days = circumstances_of(snapshot).data_days
        about: dict[str, Any] = {
            **described,
            "tier": Tier.PUBLIC.value,
            "label": snapshot.label,
            "written_on": snapshot.written_on and snapshot.written_on.isoformat(),
            **data_days.as_json(),
            "data_days": str(data_days),
            "hazard_count": len(snapshot.hazards),
            "unplaced_count": snapshot.quarantined_count,
            "pack": {**_described(pack), "block_bytes": block_bytes(len(pack)), "blocks": _described(blocks)},
            "map": _described(small_map) if small_map else None,
            "base_map": base_map and base_map.about,
        }
        content = json.dumps(about, ensure_ascii=False, sort_keys=True).encode()
        files |= {_digest(file): file for file in (pack, blocks, small_map) if file}
        return PackOffer(content, self.key.sign(content))


def _read_offer(place: Path) -> tuple[PackOffer, ...]:
    described = json.loads((place / OFFER).read_text(encoding="utf-8"))
    return tuple(PackOffer(content.encode(), bytes.fromhex(signature)) for content, signature in described)


def _part_words(bounds_deg: tuple[float, float, float, float]) -> dict[str, Any]:
    """What is said of a part: a name that stays the same while the part does, its box, and the largest towns in it."""
    name = "part " + " ".join(f"{degrees:g}" for degrees in bounds_deg)
    places = largest_places(bounds_deg, PLACES_NAMED)
    return {"name": name, "part_deg": bounds_deg, "bounds_deg": bounds_deg, "places": places}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _described(content: bytes) -> dict[str, Any]:
    return {"sha256": _digest(content), "size_bytes": len(content)}
