"""An alert as the command line tells it, to a person and to a program."""

from collections.abc import Iterator
from typing import Any

import click

from merestone.alerts import AlertMessage, sms_of, wording
from merestone.cli.english_beside import english_if_needed
from merestone.languages import current_language, gettext
from merestone.register import Alert
from merestone.terms import number_of


def identifier_of(alert: Alert) -> str | None:
    """By which the public names it; None before it is published."""
    return None if alert.message is None else alert.message.identifier


def alert_as_json(alert: Alert) -> dict[str, Any]:
    """An alert for a program."""
    declaration, message = alert.declaration, alert.message
    fields = {
        "alert_id": alert.alert_id,
        "stage": alert.stage,
        "version": alert.version,
        "reason": declaration.reason.value,
        "area_name": declaration.area_name,
        "records": list(declaration.hazard_ids),
        "earlier": declaration.earlier,
        "author": alert.author,
        "area": alert.area.__geo_interface__,
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


def show_alert(alert: Alert) -> None:
    """An alert for a person."""
    declaration = alert.declaration
    click.echo(f"{alert.alert_id}: {alert.stage}; {declaration.reason.value}, {declaration.area_name}")
    corners = sum(len(part.exterior.coords) - 1 for part in alert.area.geoms)
    click.echo(
        f"  area: {number_of(len(alert.area.geoms), 'ring')}, {number_of(corners, 'corner')}, within {_box(alert)}"
    )
    if alert.message is not None:
        language = alert.message.languages[0]
        sms = sms_of(alert.message, language)
        click.echo(f"  {wording(alert.message, language).headline}")
        click.echo(f"  SMS, {sms.encoding}, {number_of(sms.units, 'unit')} in {sms.parts}: {sms.text}")


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
