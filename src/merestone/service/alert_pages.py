"""Alerts for everybody: the list, the page of one, the feeds, GeoJSON, the signed messages, and what a map asks for."""

from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from merestone.alerts import AlertMessage, sms_of, wording
from merestone.documents import outlines_svg
from merestone.languages import current_language, gettext, needs_english
from merestone.service.alert_board import AlertAnswer, AlertState
from merestone.service.alert_waits import AFTER_HEADER
from merestone.service.conditional import is_known
from merestone.service.context import Context
from merestone.service.features import GEOJSON, base_of, known_parameters
from merestone.service.limits import client_of
from merestone.service.spoken import language_asked

ATOM_TYPE = "application/atom+xml"
RSS_TYPE = "application/rss+xml"
CAP_TYPE = "application/cap+xml"
TEXT_TYPE = "text/plain; charset=utf-8"


def router(context: Context) -> APIRouter:
    """The pages and the files of alerts."""
    routes = APIRouter(tags=["Alerts"], dependencies=[Depends(known_parameters)])
    _add_files(routes, context)
    _add_pages(routes, context)
    return routes


def _add_files(routes: APIRouter, context: Context) -> None:
    @routes.get("/alerts.atom")
    def atom(request: Request) -> Response:
        """The alerts as an Atom feed."""
        return _sent(request, context.alerts.answer("atom", base_of(request), language_asked(request)), ATOM_TYPE)

    @routes.get("/alerts.rss")
    def rss(request: Request) -> Response:
        """The alerts as an RSS feed."""
        return _sent(request, context.alerts.answer("rss", base_of(request), language_asked(request)), RSS_TYPE)

    @routes.get("/alerts.geojson")
    def geojson(request: Request) -> Response:
        """The alerts as GeoJSON."""
        return _sent(request, context.alerts.answer("geojson", base_of(request), language_asked(request)), GEOJSON)

    @routes.get("/alerts/now.json")
    def now(request: Request) -> Response:
        """The alerts in force, for a map that asks every few seconds."""
        return _sent(
            request, context.alerts.answer("now", base_of(request), language_asked(request)), "application/json"
        )

    @routes.get("/alerts/phones.json")
    async def phones(request: Request, after: str = "") -> Response:
        """The alerts in force in every language, for the page for phones.

        With ``after``, as the header ``Alerts-After`` of the last answer says, it is answered once they are others, or
        within a minute.
        """
        answer = await context.alert_waits.answer(after, client_of(request.scope), request.receive)
        if answer.news is None:
            return Response(status_code=204, headers={AFTER_HEADER: answer.after})
        response = _sent(request, answer.news, "application/json")
        response.headers[AFTER_HEADER] = answer.after
        return response

    @routes.get("/alert-files/{identifier}.cap")
    def cap(request: Request, identifier: str) -> Response:
        """A message as it was signed."""
        state = context.alerts.current()
        _message(state, identifier)
        return _sent(request, AlertAnswer.of(state.published.cap[identifier]), CAP_TYPE)

    @routes.get("/alert-files/{identifier}.txt")
    def sms(request: Request, identifier: str) -> Response:
        """A message as the text of an SMS."""
        state = context.alerts.current()
        text = sms_of(_message(state, identifier), current_language().tag).text
        return _sent(request, AlertAnswer.of(text.encode("utf-8")), TEXT_TYPE)


def _add_pages(routes: APIRouter, context: Context) -> None:
    @routes.get("/alerts", response_class=HTMLResponse, include_in_schema=False)
    def alerts_page(request: Request) -> HTMLResponse:
        state, now = context.alerts.current(), context.alerts.now()
        board = state.published.board
        holding = board.in_force(now)
        ended = [message for message in board.listed(now) if message not in holding]
        return context.page(
            request,
            "alerts.html",
            holding=None,  # an alert must be out before a large register is read anew
            in_force=[_shown(message) for message in holding],
            ended=[_shown(message) for message in ended],
            authority=state.authority,
        )

    @routes.get("/alerts/{identifier}", response_class=HTMLResponse, include_in_schema=False)
    def alert_page(request: Request, identifier: str) -> HTMLResponse:
        state, now = context.alerts.current(), context.alerts.now()
        message = _message(state, identifier)
        board = state.published.board
        drawing = outlines_svg(None, message.area, title="The area of the alert")
        return context.page(
            request,
            "alert.html",
            holding=None,  # an alert must be out before a large register is read anew
            alert=_shown(message),
            is_in_force=message in board.in_force(now),
            is_replaced=identifier in board.replaced,
            chain=[_shown(alert_message) for alert_message in board.chain_of(identifier)],
            drawing=Markup(drawing),  # noqa: S704  # our own drawing, its texts escaped
            sms=sms_of(message, current_language().tag),
        )


def _message(state: AlertState, identifier: str) -> AlertMessage:
    message = state.published.board.by_identifier.get(identifier)
    if message is None:
        raise HTTPException(404, gettext("there is no alert with this name; /alerts lists all alerts"))
    return message


def _shown(message: AlertMessage) -> dict[str, Any]:
    """A message in the language of the page, and in English too where nobody has reviewed that language's words."""
    language = current_language().tag
    english = wording(message, "en") if needs_english() else None
    return {"message": message, "words": wording(message, language), "english": english, "reason": message.reason.value}


def _sent(request: Request, answer: AlertAnswer, media_type: str) -> Response:
    headers = {"ETag": answer.etag}
    if is_known(request, answer.etag):
        return Response(status_code=304, headers=headers)
    return Response(answer.content, media_type=media_type, headers=headers)
