"""What binds a state: a page for all states, one for each, their JSON, the timeline and the calendar."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from merestone.documents import calendar_file, counts_plot, parties_csv, timeline_svg
from merestone.languages import day_text
from merestone.law import (
    NOT_ADVICE,
    Deed,
    Weapon,
    Word,
    clauses_of,
    counts,
    coverage_plain,
    deadlines,
    deed_text,
    depositary_page,
    duties,
    duties_plain,
    duty_state_text,
    in_short,
    in_short_plain,
    may,
    names_in,
    packaged,
    parties,
    parties_plain,
    permission_plain,
    plain_verdict_text,
    record_plain,
    standing_text,
    state_text,
    status,
    status_plain,
    status_text,
    treaty_text,
    verdict_text,
    weapon_text,
    word_text,
)
from merestone.service.context import Context
from merestone.terms import day_from

SHOWN_FIRST = ("FIN", "EST", "LVA", "LTU", "POL", "UKR", "NOR", "BLR", "RUS")
"""The states of the timeline on the first page: those that left, those beside them, those that stay."""
SHOWN_STATES = ",".join(SHOWN_FIRST)
FIRST_TREATY = "apmbc"

Since = Annotated[str, Query(description="list what changed after this day, such as 2025-01-01")]
HEADLINES: Final[dict[str, Any]] = {
    "day_text": day_text,
    "deed_text": deed_text,
    "duty_state_text": duty_state_text,
    "plain_verdict_text": plain_verdict_text,
    "standing_text": standing_text,
    "state_text": state_text,
    "status_text": status_text,
    "treaty_text": treaty_text,
    "verdict_text": verdict_text,
    "weapon_text": weapon_text,
    "word_text": word_text,
}
"""What the templates put into the language of the page."""

State = Annotated[str, Path(description="a state: its ISO 3166-1 alpha-3 code, or its name", examples=["FIN"])]
Treaty = Annotated[str, Path(description="a treaty, by its short name", examples=["apmbc"])]
States = Annotated[str, Query(description="codes or names of states, with commas between", examples=["FIN,EST"])]
On = Annotated[str, Query(description="the day asked about, such as 2026-01-01; today if left out")]


def router(context: Context) -> APIRouter:
    """The pages about treaties."""
    routes = APIRouter(tags=["Treaties"])
    _add_first_page(routes, context)
    _add_files(routes)
    _add_treaty_and_parties(routes, context)
    _add_state_page(routes, context)  # the last one: its path would take the others' names for states
    return routes


def _add_first_page(routes: APIRouter, context: Context) -> None:
    @routes.get("/law", response_class=HTMLResponse, include_in_schema=False)
    def law_page(request: Request, on: str = "", state: str = "") -> Response:
        day = _day(on)
        if state.strip():
            code = packaged().state(state).code
            asked = f"?on={day}" if on.strip() else ""
            return Response(status_code=303, headers={"Location": f"/law/{code}{asked}"})
        groups: dict[Word, list[Any]] = {}
        for listed_state in packaged().states.all:
            answer = status(listed_state.code, FIRST_TREATY, on=day)
            groups.setdefault(answer.word, []).append(answer)
        return context.page(
            request,
            "law.html",
            **HEADLINES,
            on=day,
            groups=[(word, groups[word]) for word in Word if word in groups],
            timeline=Markup(timeline_svg(SHOWN_FIRST, on=day)),  # noqa: S704  # our own drawing, its texts escaped
            treaties=[holding.treaty for holding in packaged().holdings() if holding.general.adopted_on <= day],
            coverage=packaged().holding(FIRST_TREATY).coverage,
            states=SHOWN_FIRST,
            notice=NOT_ADVICE,
        )


def _add_files(routes: APIRouter) -> None:
    @routes.get("/law/{state}.json")
    def state_json(state: State, on: On = "") -> dict[str, Any]:
        """Status under each treaty, what the state may do with anti-personnel mines, and what it owes, on a day."""
        day, library = _day(on), packaged()
        code = library.state(state).code
        holdings = [holding for holding in library.holdings() if holding.general.adopted_on <= day]
        return {
            "statuses": [
                {**status_plain(status(code, holding.treaty.key, on=day)), "coverage": coverage_plain(holding)}
                for holding in holdings
            ],
            "may": [permission_plain(may(code, deed, Weapon.ANTI_PERSONNEL_MINES, on=day)) for deed in Deed],
            "in_short": [in_short_plain(answer) for answer in in_short(code, on=day)],
            "duties": duties_plain(duties(code, on=day)),
            **record_plain(code, library),
        }

    @routes.get("/law/timeline.svg")
    def timeline(states: States = SHOWN_STATES, treaty: str = FIRST_TREATY, on: On = "") -> Response:
        """The courses of states under a treaty as a drawing."""
        svg = timeline_svg(names_in(states), treaty, on=_day(on))
        return Response(svg, media_type="image/svg+xml")

    @routes.get("/law/deadlines.ics")
    def calendar(states: States = "FIN,EST,LVA,LTU,POL", on: On = "") -> Response:
        """The dates and duties of states as a calendar file."""
        entries = deadlines(names_in(states), on=_day(on))
        headers = {"Content-Disposition": 'attachment; filename="deadlines.ics"'}
        # The law changes from day to day; a file that says the second of its making would be another at each request.
        day_began_at = datetime.combine(datetime.now(UTC), time.min, UTC)
        return Response(calendar_file(entries, made_at=day_began_at), media_type="text/calendar", headers=headers)


def _add_treaty_and_parties(routes: APIRouter, context: Context) -> None:
    @routes.get("/law/treaty/{key}", response_class=HTMLResponse, include_in_schema=False)
    def treaty_page(request: Request, key: str) -> HTMLResponse:
        holding = packaged().holding(key)
        groups = clauses_of(holding.treaty)
        return context.page(request, "law_treaty.html", **HEADLINES, held=holding, groups=groups, notice=NOT_ADVICE)

    @routes.get("/law/parties/{treaty}.json")
    def parties_json(treaty: Treaty, on: On = "", since: Since = "") -> dict[str, Any]:
        """How many and which states are party to a treaty on a day, and what changed since another."""
        return parties_plain(parties(treaty, on=_day(on), since=_day(since, "since") if since.strip() else None))

    @routes.get("/law/parties/{treaty}.csv")
    def parties_table(treaty: Treaty, on: On = "") -> Response:
        """The same as a table, a row a state, with the source of each state's act."""
        listed = parties(treaty, on=_day(on))
        headers = {"Content-Disposition": f'attachment; filename="{listed.treaty}-{listed.on}.csv"'}
        return Response(parties_csv(listed), media_type="text/csv", headers=headers)

    @routes.get("/law/parties/{treaty}.svg")
    def parties_drawing(treaty: Treaty, on: On = "") -> Response:
        """The counts over time as a drawing."""
        day, holding = _day(on), packaged().holding(treaty)
        counted = counts(treaty, starts_on=holding.general.adopted_on, ends_on=day)
        drawn = counts_plot(holding.treaty.short, counted, on=day, complete_until=holding.complete_until)
        return Response(drawn, media_type="image/svg+xml")

    @routes.get("/law/parties/{treaty}", response_class=HTMLResponse, include_in_schema=False)
    def parties_page(request: Request, treaty: str, on: str = "", since: str = "") -> HTMLResponse:
        listed = parties(treaty, on=_day(on), since=_day(since, "since") if since.strip() else None)
        holding = packaged().holding(treaty)
        return context.page(request, "law_parties.html", **HEADLINES, listed=listed, held=holding, notice=NOT_ADVICE)


def _add_state_page(routes: APIRouter, context: Context) -> None:
    @routes.get("/law/{state}", response_class=HTMLResponse, include_in_schema=False)
    def state_page(request: Request, state: str, on: str = "") -> HTMLResponse:
        day, library = _day(on), packaged()
        known_state = library.state(state)
        holdings = [holding for holding in library.holdings() if holding.general.adopted_on <= day]
        statuses = [(status(known_state.code, holding.treaty.key, on=day), holding) for holding in holdings]
        return context.page(
            request,
            "law_state.html",
            **HEADLINES,
            state=known_state,
            on=day,
            statuses=statuses,
            is_today=day == _day(""),
            short=[(weapon, in_short(known_state.code, on=day, weapons=[weapon])) for weapon in Weapon],
            depositary={holding.treaty.key: depositary_page(holding.treaty.number) for holding in library.holdings()},
            permissions=[may(known_state.code, deed, Weapon.ANTI_PERSONNEL_MINES, on=day) for deed in Deed],
            owed=duties(known_state.code, on=day),
            timeline=Markup(timeline_svg([known_state.code], on=day)),  # noqa: S704  # our own drawing, its texts escaped
            quantities=[quantity for quantity in library.quantities if quantity.state == known_state.code],
            statements=[statement for statement in library.statements if statement.state == known_state.code],
            declarations=[declaration for declaration in library.declarations if declaration.state == known_state.code],
            promises=[promise for promise in library.promises if promise.state == known_state.code],
            notice=NOT_ADVICE,
        )


def _day(text: str, field: str = "on") -> date:
    """The day asked about; today, on this machine's clock, if none is given."""
    if not text.strip():
        return date.today()  # noqa: DTZ011  # a treaty's day is a calendar day where the reader is
    return day_from(field, text)
