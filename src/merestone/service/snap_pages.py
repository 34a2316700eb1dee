"""Outlines to which the desk's map snaps: those near the drawing that its surveyor may see exactly, and no others."""

import json
from typing import Any

import shapely
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from merestone.register import RightMissing, Role
from merestone.service.context import Context
from merestone.service.desk_pages import session_of
from merestone.service.features import meeting
from merestone.service.posting import desk_router
from merestone.service.revision import base_of
from merestone.service.sign_in import SignIn
from merestone.terms import MerestoneError

MOST_OUTLINES = 60
"""Outlines that are looked at for one view: more are too small on the screen to snap to."""


def router(context: Context) -> APIRouter:
    """One address, for the map of the form."""
    return desk_router(context, _add)


def _add(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get("/desk/outlines")
    def outlines(request: Request, bbox: str = "") -> Response:
        """Exact outlines of the records that meet a box and of which the person may draft a revision."""
        session = session_of(door, request)
        actor = session.account.actor
        if Role.SURVEYOR not in actor.roles:
            raise RightMissing(f"{actor.name!r} may not draft; this requires the role {Role.SURVEYOR}")
        # What is shown of a record contains it, so that none near is missed.
        near = meeting(list(context.keeper.current().records), bbox)
        snappable: list[dict[str, Any]] = []
        if len(near) <= MOST_OUTLINES:
            with context.keeper.open_register(read_only=True) as register:
                for record_id in {record.record_id for record in near}:
                    try:
                        entry = base_of(context, session, register, record_id).entry
                    except MerestoneError:
                        continue  # another's, and restricted
                    outline = json.loads(shapely.to_geojson(shapely.force_2d(entry.geometry)))
                    snappable.append({"record_id": record_id, "geometry": outline})
        return JSONResponse({"outlines": snappable}, headers={"Cache-Control": "no-store"})
