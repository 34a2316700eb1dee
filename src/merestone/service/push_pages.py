"""Where a browser asks to be told of new alerts, and to be told no more. For everybody, without a sign-in."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final, TypeVar

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from merestone.alerts import PushSubscription, refuse_endpoint, refuse_subscription
from merestone.languages import gettext
from merestone.register.sidecars import AlertKeys, PushSubscriptions
from merestone.service.context import Context
from merestone.service.limits import TokenBuckets, client_of
from merestone.service.posting import bounded_body

PER_S: Final = 0.2
"""Subscriptions of one address in a second, for long: it may be that of a village."""
AT_ONCE: Final = 30
ROOM_S: Final = 3600
BODY_MOST_BYTES: Final = 8_192
M = TypeVar("M", bound=BaseModel)


class BrowserKeys(BaseModel):
    """What seals messages for one browser."""

    p256dh: str = Field(max_length=200, description="the browser's public key, base64url")
    auth: str = Field(max_length=50, description="a secret of 16 bytes, base64url")


class Wanted(BaseModel):
    """A subscription as a browser writes it (`PushSubscription.toJSON()`), and the language of its reader."""

    endpoint: str = Field(max_length=1000, description="an https address of a push service")
    keys: BrowserKeys
    language: str = Field("", max_length=20, description="such as en; the authority's first if it has no such words")


class Ended(BaseModel):
    """A subscription that is no longer wanted."""

    endpoint: str = Field(max_length=1000, description="the address that was subscribed")


def router(context: Context) -> APIRouter:
    """The key to subscribe with, and both ways to change a subscription."""
    routes = APIRouter(tags=["Alerts"])
    buckets = TokenBuckets(PER_S, AT_ONCE)
    subscriptions = PushSubscriptions.beside(context.keeper.path)

    def refuse_too_many(request: Request) -> None:
        # A browser says where a page came from; a program says nothing, and has no reader's browser to misuse.
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise HTTPException(403, gettext("subscribe on the alerts page of this service"))
        if wait_s := buckets.take(client_of(request.scope)):
            detail = gettext("too many subscriptions from this address; ask again later")
            raise HTTPException(429, detail, {"Retry-After": str(int(wait_s) + 1)})

    @routes.get("/alerts/push.json")
    def push_key() -> dict[str, Any]:
        """The public key with which a browser subscribes."""
        authority = context.alerts.current().authority
        if authority is None:
            detail = gettext("no authority publishes alerts here, so that there is nothing to subscribe to")
            raise HTTPException(404, detail)
        keys = AlertKeys.beside(context.keeper.path).push_keys(authority.sender_name, datetime.now(UTC))
        return {"public_key": keys.public_text, "languages": list(authority.languages)}

    @routes.get("/alerts/worker.js", include_in_schema=False)
    def worker() -> Response:
        """The script that shows what is pushed. Here, since it has a say on what stands below its own path alone."""
        script = (files("merestone.service") / "web" / "alert_worker.js").read_bytes()
        return Response(script, media_type="text/javascript")

    @routes.post("/alerts/subscriptions", status_code=204, openapi_extra=_body("PushWanted"))
    async def subscribe(request: Request) -> Response:
        """Be told of every new alert until the subscription is ended."""
        refuse_too_many(request)
        wanted = await _read(request, Wanted)
        subscription = PushSubscription(wanted.endpoint, wanted.keys.p256dh, wanted.keys.auth, wanted.language)
        refuse_subscription(subscription)
        if not await run_in_threadpool(subscriptions.add, subscription):
            raise HTTPException(503, gettext("there is no room for more subscriptions"), {"Retry-After": str(ROOM_S)})
        return Response(status_code=204)

    @routes.post("/alerts/subscriptions/end", status_code=204, openapi_extra=_body("PushEnded"))
    async def unsubscribe(request: Request) -> Response:
        """Be told no more; the same answer whether or not there was such a subscription."""
        refuse_too_many(request)
        ended = await _read(request, Ended)
        refuse_endpoint(ended.endpoint)
        await run_in_threadpool(subscriptions.remove, [ended.endpoint])
        return Response(status_code=204)

    return routes


def _body(schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"requestBody": {"required": True, "content": content}}


async def _read(request: Request, model: type[M]) -> M:
    """The body, if it is small and of the form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "send application/json, as the page of alerts does")
    content = await bounded_body(request, BODY_MOST_BYTES, f"the body is larger than {BODY_MOST_BYTES:,} bytes")
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]) from None
