"""The current layers and the drafts made anew from the events: what they are is a function of the events alone."""

import json
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from merestone.register.events.event import Change
from merestone.register.events.record_timeline import Word, last_stated
from merestone.register.events.schema import DRAFT, EVENT, LAYERS
from merestone.register.file._geopackage_blob import blob_of
from merestone.register.file.sqlite_driver import insert_all
from merestone.register.write.draft import draft_after
from merestone.register.write.layer_rows import layer_named, layer_row

_CHUNK = 2000


def rebuild(connection: sa.Connection, *, label: str) -> int:
    """Empty every layer and the drafts, and fill them from the events; give the number of rows that show a record."""
    for table in (*LAYERS.values(), DRAFT):
        connection.execute(sa.delete(table))
    lives: dict[str, list[Word]] = {}
    drafts: dict[str, dict[str, Any]] = {}
    columns = (EVENT.c.seq, EVENT.c.change, EVENT.c.record_id, EVENT.c.true_from, EVENT.c.true_until)
    of_records = sa.select(*columns).where(EVENT.c.record_id.is_not(None)).order_by(EVENT.c.seq)
    for seq, change, record_id, true_from, true_until in connection.execute(of_records):
        word = Word(seq, change == Change.WITHDRAWN.value, true_from, true_until)
        lives.setdefault(record_id, []).append(word)
    about_drafts = EVENT.c.change.in_([Change.DRAFTED.value, Change.ADVANCED.value])
    of_drafts = sa.select(EVENT.c.seq, EVENT.c.body).where(EVENT.c.record_id.is_(None), about_drafts)
    for seq, text in connection.execute(of_drafts.order_by(EVENT.c.seq)):
        body = json.loads(text)
        drafts[body["draft"]] = draft_after(drafts.get(body["draft"]), seq, body)
    names = DRAFT.c.keys()
    insert_all(connection, DRAFT, [tuple(draft[name] for name in names) for draft in drafts.values()])
    shown: dict[int, tuple[int, int]] = {}
    for assertions in lives.values():
        word_shown = last_stated(assertions)
        if word_shown is not None:
            shown[word_shown.seq] = (assertions[0].seq, len(assertions))
    rows = 0
    wanted = sorted(shown)
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        chosen = sa.select(EVENT.c.seq, EVENT.c.body, EVENT.c.geometry)
        layers: dict[str, list[tuple[Any, ...]]] = {}
        events = connection.execute(chosen.where(EVENT.c.seq.between(part[0], part[-1]), EVENT.c.seq.in_(part))).all()
        bounds = shapely.bounds(shapely.from_wkb(np.array([wkb for _, _, wkb in events], dtype=object))).tolist()
        for (seq, text, wkb), (west, south, east, north) in zip(events, bounds, strict=True):
            body = json.loads(text)
            if layer_named(body["kind"]) is None:
                continue
            fid, version = shown[seq]
            blob = blob_of(wkb, west, east, south, north)
            row = layer_row(body, fid=fid, version=version, blob=blob, event_seq=seq, label=label)
            layers.setdefault(body["kind"], []).append(row)
        for kind, table in LAYERS.items():
            insert_all(connection, table, layers.get(kind.value, []))
            rows += len(layers.get(kind.value, []))
    for kind in LAYERS:
        connection.exec_driver_sql(
            "UPDATE gpkg_contents SET (min_x, min_y, max_x, max_y) = "  # noqa: S608 - the names are our own
            "(SELECT min(minx), min(miny), max(maxx), max(maxy) "
            f'FROM "rtree_{kind.value}_geom") WHERE table_name = ?',
            (kind.value,),
        )
    return rows
