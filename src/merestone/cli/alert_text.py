"""An alert as the command line tells it, to a person and to a program."""

from collections.abc import Iterator
from typing import Any

import click

from merestone.alerts import AlertMessage, sms_of, wording
from merestone.cli.english_beside import english_if_needed
from merestone.languages import current_language, gettext
from merestone.register import Alert


def identifier_of(one: Alert) -> str | None:
    """By which the public names it; None before it is published."""
    return None if one.message is None else one.message.identifier


def alert_as_json(one: Alert) -> dict[str, Any]:
    """An alert for a program."""
    declaration, message = one.declaration, one.message
    fields = {
        "alert_id": one.alert_id,
        "stage": one.stage,
        "version": one.version,
        "reason": declaration.reason.value,
        "area_name": declaration.area_name,
        "records": list(declaration.hazard_ids),
        "earlier": declaration.earlier,
        "author": one.author,
        "area": one.area.__geo_interface__,
    }
    if message is not None:
        sms = sms_of(message, message.languages[0])
        fields |= {
            "identifier": message.identifier,
            "sent": message.sent.isoformat(),
            "expires": message.expires.isoformat(),
            "headline": wording(message, message.languages[0]).headline,
            "sms": {"text": sms.text, "encoding": sms.encoding, "units": sms.units, "parts": sms.parts},
        }
    return fields


def show_alert(one: Alert) -> None:
    """An alert for a person."""
    declaration = one.declaration
    click.echo(f"{one.alert_id}: {one.stage}; {declaration.reason.value}, {declaration.area_name}")
    corners = sum(len(part.exterior.coords) - 1 for part in one.area.geoms)
    click.echo(f"  area: {len(one.area.geoms)} rings, {corners} corners, within {_box(one)}")
    if one.message is not None:
        language = one.message.languages[0]
        sms = sms_of(one.message, language)
        click.echo(f"  {wording(one.message, language).headline}")
        click.echo(f"  SMS, {sms.encoding}, {sms.units} units in {sms.parts}: {sms.text}")


def _box(alert: Alert) -> str:
    west, south, east, north = alert.area.bounds
    return f"{south:.6f} to {north:.6f} N, {west:.6f} to {east:.6f} E"


def public_lines(message: AlertMessage, is_in_force: bool | None) -> Iterator[str]:
    """What the public reads of an alert, in the language spoken; ``is_in_force`` is None of one not published yet."""
    language = current_language().tag
    texts, sms = wording(message, language), sms_of(message, language)
    yield texts.headline
    if is_in_force is None:
        yield "  " + gettext("This is not published: it warns nobody yet.")
    elif not is_in_force:
        yield "  " + gettext("This alert is not in force. That says nothing about the ground.")
    yield f"  {texts.instruction}"
    yield f"  {texts.description}"
    yield f"  {gettext('As an SMS')} ({sms.encoding}, {sms.parts}): {sms.text}"


def public_words_as_json(message: AlertMessage) -> dict[str, Any]:
    """What the public reads of an alert, for a program, in the language spoken and in English beside a draft."""

    def spoken_texts() -> dict[str, Any]:
        texts, sms = wording(message, current_language().tag), sms_of(message, current_language().tag)
        return {
            "headline": texts.headline,
            "instruction": texts.instruction,
            "description": texts.description,
            "sms": {"text": sms.text, "encoding": sms.encoding, "units": sms.units, "parts": sms.parts},
        }

    return {"language": current_language().tag, **spoken_texts(), "in_english": english_if_needed(spoken_texts)}
