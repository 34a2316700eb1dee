"""Two people changed one record from the same version: what both wrote stands until a person decides."""

from collections.abc import Mapping
from typing import Any

import shapely

from merestone.register.events.event import Change
from merestone.register.write.branch_differences import differences, heads_of, told_of
from merestone.register.write.layer_rows import Pending, layer_named
from merestone.register.write.ledger import Ledger


def append_conflicts(ledger: Ledger, record_id: str, frame: Mapping[str, Any]) -> None:
    """Write down on which days the branches of a record differ, so that the hazards of both hold on those.

    Parameters
    ----------
    frame
        Who writes it, when and why: what the body of each event of the batch says.
    """
    branches = told_of(ledger.connection, record_id)
    parents = list(heads_of(branches))
    for difference in differences(branches):
        state = difference.state
        body = {**state, **frame, "source": state["source"], "record": record_id, "parent": None, "parents": parents}
        body |= {"true_from": difference.true_from, "true_until": difference.true_until}
        outline = None if difference.wkb is None else shapely.from_wkb(difference.wkb)
        life = ledger.life_of(record_id)
        ledger.append([Pending(Change.CONFLICTED, body, outline, layer_named(body["kind"]), life)])
        parents = [ledger.life_of(record_id).event_ids[-1]]
