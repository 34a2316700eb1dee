"""The hazard packs of the public tier, for phones and for whoever keeps a copy: what is offered, and the files."""

import base64
import hashlib
import json
from mmap import ACCESS_READ, mmap

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from merestone.service.byte_ranges import ranged
from merestone.service.conditional import is_known
from merestone.service.context import Context
from merestone.service.features import known_parameters

FILE_TYPE = "application/octet-stream"


def router(context: Context) -> APIRouter:
    """The offer and its files."""
    routes = APIRouter(tags=["Hazard packs"], dependencies=[Depends(known_parameters)])
    shelf = context.packs

    @routes.get("/packs")
    def offers(request: Request) -> Response:
        """The packs that are offered now, each with what was signed of it, and the key that signed."""
        offers, key = shelf.current(), shelf.key
        signed = [{"content": offer.content.decode(), "signature": _text(offer.signature)} for offer in offers.packs]
        about = {"packs": signed, "public_key": _text(key.public_der), "fingerprint": key.fingerprint}
        content = json.dumps(about, ensure_ascii=False).encode()
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        if is_known(request, etag):
            return Response(status_code=304, headers={"ETag": etag})
        return Response(content, media_type="application/json", headers={"ETag": etag})

    @routes.get("/packs/{pack_sha256}")
    def file(request: Request, pack_sha256: str) -> Response:
        """A file of a pack, by its SHA-256; a range of its bytes if one is asked for."""
        path = shelf.file(pack_sha256)
        if path is None:
            raise HTTPException(404, "this file is not available; /packs lists the files that are")
        etag = f'"{pack_sha256}"'
        if is_known(request, etag):
            return Response(status_code=304, headers={"ETag": etag})
        with path.open("rb") as opened:  # what is mapped stays, also once the next offer takes its place
            return ranged(request, mmap(opened.fileno(), 0, access=ACCESS_READ), etag, FILE_TYPE)

    return routes


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
