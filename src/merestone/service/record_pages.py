"""One record: what is recorded of it, and, for whoever may know, its whole life."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from merestone.documents import WHAT, Chapter, Side, apart, outlines_svg, story
from merestone.geodesy import area_m2
from merestone.languages import day_text, gettext
from merestone.register import Change, Record, RecordUnknown, Register
from merestone.register.programme import Field, FieldType, Kind, kind_of_layer, kinds
from merestone.service.attachment_pages import attachments_shown
from merestone.service.context import Context
from merestone.service.holding import Tier
from merestone.service.revision import may_revise
from merestone.terms import Visibility


def router(context: Context) -> APIRouter:
    """The page of a record or sheet.

    The holder sees all of it. The public sees the record as the map shows it, and of its past only the days on which
    something was written, and that only if no word of it was ever kept from the public.
    """
    routes = APIRouter(include_in_schema=False)
    is_holder = context.keeper.tier is Tier.EXACT

    @routes.get("/areas/{record_id}", response_class=HTMLResponse)
    def record_page(request: Request, record_id: str) -> HTMLResponse:
        holding = context.keeper.current()
        record = holding.by_id.get(record_id.upper())
        if not is_holder and record is None:
            raise RecordUnknown(record_id)
        # The keeper looked for damage when the file last changed.
        with context.keeper.open_register(read_only=True, look_for_damage=False) as register:
            record_story = story(register, record_id.upper(), snapshot=holding.snapshot) if is_holder else None
            chapters = record_story.chapters if record_story else ()
            days = [] if record is None or is_holder else _days(register, record.record_id)
            files = attachments_shown(context, request, register, record_id.upper())
            is_reviser = may_revise(context, request, register, record_id.upper())
        last_event = chapters[-1].event if chapters else None
        kind = _kind(record, str(last_event.body.get("kind", "")) if last_event else "")
        conflict = apart(chapters) if chapters else None
        stated = record or last_event
        attributes = stated.attributes if stated else {}
        page = context.page(
            request,
            "record.html",
            holding=holding,
            record_id=record_id.upper(),
            record=record,
            kind=kind,
            attributes=_labelled(kind, attributes),
            outline=_drawing(record, chapters),
            area_m2=None if record is None else area_m2(record.geometry),
            told=record_story,
            drawn={c.event.seq: _change_drawing(c) for c in chapters},
            apart=conflict,
            drawn_sides=[_side_drawing(side, record) for side in conflict.sides] if conflict else [],
            days=days,
            is_holder=is_holder,
            files=files,
            is_reviser=is_reviser,
        )
        if files or is_reviser:
            page.headers["Cache-Control"] = "no-store"  # the next person at this browser must not find what was theirs
        return page

    return routes


def _days(register: Register, record_id: str) -> list[dict[str, Any]]:
    """When something was written of a record, without a word of what; nothing if any of it was ever hidden."""
    events = register.history(record_id)
    stated = [event.body["visibility"] for event in events if "visibility" in event.body]
    if set(stated) not in ({Visibility.PUBLIC.value}, {Visibility.OPEN.value}):
        return []
    if any(event.change not in (Change.RECORDED, Change.REVISED) for event in events):
        return []
    return [
        {
            "what": gettext(WHAT[event.change]),
            "recorded_on": event.recorded_at.date(),
            "true_from": event.true_from,
            "true_until": event.true_until,
        }
        for event in events
    ]


def _kind(record: Record | None, name: str) -> Kind | None:
    return kinds().get(name) if record is None else kind_of_layer(record.kind)


def _labelled(kind: Kind | None, attributes: Any) -> list[tuple[str, Any, str]]:
    known = {} if kind is None else {field.name: field for field in kind.fields}
    return [
        (
            known[name].label if name in known else name,
            _read(known.get(name), value),
            (known[name].unit or "") if name in known else "",
        )
        for name, value in attributes.items()
        if value not in (None, "", [])
    ]


def _read(field: Field | None, value: Any) -> Any:
    """A value as people read it: a day in their language."""
    return day_text(date.fromisoformat(value)) if field is not None and field.type is FieldType.DATE else value


def _drawing(record: Record | None, chapters: tuple[Chapter, ...]) -> Markup:
    """The present outline, or of a record that holds no more, its last one."""
    outlines = [chapter.after for chapter in chapters if chapter.after is not None]
    outline = record.geometry if record is not None else outlines[-1] if outlines else None
    if outline is None:
        return Markup()
    title = gettext("Outline") if record is not None else "The last outline; the record holds no more"
    return Markup(outlines_svg(None, outline, title=title))  # noqa: S704  # our own drawing, its texts escaped


def _side_drawing(side: Side, record: Record | None) -> Markup:
    """One side's outline, with what warns meanwhile around it."""
    outline = side.chapter.event.geometry
    if outline is None:
        return Markup()
    meanwhile = None if record is None else record.geometry
    title = "What holds today (dashed) and what this side says (hatched)"
    return Markup(outlines_svg(meanwhile, outline, title=title))  # noqa: S704  # as above


def _change_drawing(chapter: Chapter) -> Markup:
    if chapter.before is None or chapter.after is None:
        return Markup()
    title = f"Outline before (dashed, {chapter.before_m2:,.0f} m2) and after (hatched, {chapter.after_m2:,.0f} m2)"
    return Markup(outlines_svg(chapter.before, chapter.after, title=title))  # noqa: S704  # as above
