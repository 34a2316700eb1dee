"""`merestone alert`: warning the public, from the declaration to the feed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
import yaml

from merestone.alerts import Reason, static_files
from merestone.cli.alert_options import acting_options, outline_in, text_in, when_options, where_options, with_desk
from merestone.cli.alert_text import alert_as_json, identifier_of, public_lines, public_words_as_json, show_alert
from merestone.cli.argument import by_option, force_option, json_option, lang_option, output_option, register_argument
from merestone.cli.english_beside import echo_english
from merestone.languages import LANGUAGES
from merestone.register import (
    AlertDesk,
    AlertUnknown,
    AuthorityMissing,
    Declaration,
    Register,
    all_alerts,
    message_if_published,
    published_alerts,
)
from merestone.register.sidecars import AlertKeys
from merestone.terms import FieldRefused, number_of

FIRST = [reason.value for reason in Reason if not reason.needs_earlier]
ENDS = [Reason.ALL_OVER.value, Reason.WITHDRAWAL.value]


@click.group()
def alert() -> None:
    """Warn the public of an area: as a feed, a page, a CAP message, GeoJSON, an SMS text and a push to telephones.

    One person declares an alert, another approves it, and a third one or the second publishes it: nobody can publish
    what they wrote. Each acts by an account of the register (`merestone account add`).

    The area contains every record that the alert names, and shows no more than the public map does. An alert ends by
    itself, or by `merestone alert cancel`; its end says nothing about the ground.

    \b
    Example:
      merestone alert authority areas.gpkg --sender alerts@mines.example.org --name "Mine Action Centre"
      merestone alert declare areas.gpkg --as anna --reason new_finding --record 7F3K-2M6Q-4TXB \\
          --area-name "Forest north of the lake" --why "find of today"
      merestone alert approve areas.gpkg ID --as berta --why "looked at it"
      merestone alert publish areas.gpkg ID --as carla --why "public"
      merestone alert list areas.gpkg
    """  # noqa: D301 (click's own mark and the shell's)


@alert.command()
@register_argument
@acting_options
@click.option("--reason", type=click.Choice(FIRST), required=True, help="Why people are warned.")
@click.option("--area-name", required=True, help="What people call the area, up to 50 characters.")
@where_options
@when_options
@json_option
@with_desk
def declare(
    desk: AlertDesk,
    why: str,
    reason: str,
    area_name: str,
    records: tuple[str, ...],
    area: Path | None,
    as_json: bool,
    **when: Any,
) -> None:
    """Draft an alert: of records that hold a hazard, of an area of your own, or of both.

    An area of your own is joined with the public outline of every hazard that it touches.

    \b
    Example:
      merestone alert declare areas.gpkg --as anna --reason decree --area forest.geojson --area-name "State forest" \\
          --expires 2026-12-24T18:00+02:00 --text en="The road to the mill is closed." --why "decree 12"
    """  # noqa: D301 (click's own mark and the shell's)
    _draft(desk, Reason(reason), area_name, records, area, None, why, as_json, **when)


@alert.command()
@register_argument
@click.argument("alert_id", metavar="ID")
@acting_options
@click.option("--area-name", help="What people call the area. Default: as before.")
@where_options
@when_options
@json_option
@with_desk
def update(
    desk: AlertDesk,
    alert_id: str,
    why: str,
    area_name: str | None,
    records: tuple[str, ...],
    area: Path | None,
    as_json: bool,
    **when: Any,
) -> None:
    """Draft an update of a published alert: its area, times or text. It replaces the alert named.

    \b
    Example:
      merestone alert update areas.gpkg ID --as anna --expires 2026-12-31T18:00+02:00 --why "the water still rises"
    """  # noqa: D301 (click's own mark)
    before = desk.show(alert_id)
    name = area_name or before.declaration.area_name
    _draft(desk, Reason.CORRECTION, name, records, area, before.alert_id, why, as_json, **when)


@alert.command()
@register_argument
@click.argument("alert_id", metavar="ID")
@acting_options
@click.option("--reason", type=click.Choice(ENDS), default=ENDS[0], show_default=True, help="Why it ends.")
@when_options
@json_option
@with_desk
def cancel(desk: AlertDesk, alert_id: str, why: str, reason: str, as_json: bool, **when: Any) -> None:
    """Draft the end of a published alert, or its withdrawal if it should not have been given.

    The message says that the alert has ended. It never says that there are no mines in the ground.

    \b
    Example:
      merestone alert cancel areas.gpkg ID --as anna --why "the water has fallen"
    """  # noqa: D301 (click's own mark)
    before = desk.show(alert_id)
    name = before.declaration.area_name
    _draft(desk, Reason(reason), name, (), None, before.alert_id, why, as_json, **when)


def _draft(
    desk: AlertDesk, reason: Reason, area_name: str, records: Sequence[str], area: Path | None, earlier: str | None,
    why: str, as_json: bool, *, onset: datetime | None, expires: datetime | None, texts: Sequence[str],
) -> None:  # fmt: skip
    declaration = Declaration(
        reason,
        area_name,
        tuple(record.upper() for record in records),
        None if area is None else outline_in(area),
        onset,
        expires,
        dict(text_in(text) for text in texts),
        earlier,
    )
    alert_id = desk.declare(declaration, why=why, source="merestone alert")
    drafted = desk.show(alert_id)
    if as_json:
        click.echo(json.dumps(alert_as_json(drafted), ensure_ascii=False))
        return
    show_alert(drafted)
    click.echo(f"next: another person approves it: merestone alert approve REGISTER {alert_id} --as NAME --why ...")


def _step(name: str, to: str, sentence: str, example: str) -> None:
    """A command that takes an alert to another stage."""

    @register_argument
    @click.argument("alert_id", metavar="ID")
    @acting_options
    @json_option
    @with_desk
    def step(desk: AlertDesk, alert_id: str, why: str, as_json: bool) -> None:
        advanced = desk.advance(alert_id, to, why=why)
        if as_json:
            click.echo(json.dumps(alert_as_json(advanced), ensure_ascii=False))
        else:
            show_alert(advanced)

    step.__doc__ = f"{sentence}\n\n    \b\n    Example:\n      merestone alert {name} areas.gpkg ID {example}\n"
    alert.command(name)(step)


_step("approve", "approved", "Approve a draft that another person wrote.", '--as berta --why "looked at it"')
_step(
    "publish",
    "published",
    "Sign and publish an approved alert.",
    '--as carla --why "public"',
)
_step("return", "draft", "Return an approved alert to draft.", '--as carla --why "the area is wrong"')
_step("drop", "dropped", "Discard a draft.", '--as anna --why "written twice"')


@alert.command("list")
@register_argument
@click.option("--published", is_flag=True, help="Only published alerts.")
@json_option
def list_command(register_path: Path, published: bool, as_json: bool) -> None:
    """List the alerts at every stage, the newest first, and which of them are in force.

    \b
    Example:
      merestone alert list areas.gpkg
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True) as register:
        alerts = [alert for alert in reversed(all_alerts(register)) if alert.is_published or not published]
        board, now = published_alerts(register).board, register.instant()
    in_force = {message.identifier for message in board.in_force(now)}
    if as_json:
        click.echo(
            json.dumps(
                [alert_as_json(alert) | {"is_in_force": identifier_of(alert) in in_force} for alert in alerts],
                ensure_ascii=False,
            )
        )
        return
    if not alerts:
        click.echo("no alerts; `merestone alert declare --help` begins one")
    for listed_alert in alerts:
        state = "in force" if identifier_of(listed_alert) in in_force else listed_alert.stage
        declaration = listed_alert.declaration
        click.echo(
            f"{listed_alert.alert_id}  {state:9}  {declaration.reason.value:18}  "
            f"{declaration.area_name}; by {listed_alert.author}"
        )


@alert.command()
@register_argument
@click.argument("alert_id", metavar="ID")
@json_option
@lang_option
def show(register_path: Path, alert_id: str, as_json: bool) -> None:
    """Show what people read of one alert, its SMS too; of a draft, what they would read if it were published now.

    \b
    Example:
      merestone alert show areas.gpkg ID
      merestone alert show areas.gpkg ID --lang lt
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True) as register:
        shown_alert = next((alert for alert in all_alerts(register) if alert.alert_id == alert_id.upper()), None)
        if shown_alert is None:
            raise AlertUnknown(alert_id)
        message, authority = shown_alert.message, register.alert_authority()
        if message is None:
            if authority is None:
                raise AuthorityMissing()
            message = message_if_published(register, shown_alert, authority)
        board, now = published_alerts(register).board, register.instant()
    is_in_force = None if shown_alert.message is None else message in board.in_force(now)
    if as_json:
        about = {"alert_id": shown_alert.alert_id, "stage": shown_alert.stage, "is_in_force": bool(is_in_force)}
        click.echo(json.dumps(about | public_words_as_json(message), ensure_ascii=False))
        return
    lines_of = partial(public_lines, message, is_in_force)
    for line in lines_of():
        click.echo(line)
    echo_english(lines_of)


@alert.command()
@register_argument
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
@click.option("--base", help="The address under which the files will be read. Default: the authority's web address.")
@click.option(
    "--lang",
    type=click.Choice([language.tag for language in LANGUAGES]),
    help="The language of the feeds and of the SMS texts. Default: the first that the authority chose.",
)
@force_option
def export(register_path: Path, folder: Path, base: str | None, lang: str | None, force: bool) -> None:
    """Write everything public into FOLDER, for a static web server or a cache: feeds, GeoJSON, CAP, SMS texts.

    Run it as often as you like: it replaces only files that it wrote itself, unless you add --force.

    \b
    Example:
      merestone alert export areas.gpkg public --base https://mines.example.org
    """  # noqa: D301 (click's own mark)
    from merestone.files import write_own_files

    with Register.open(register_path, read_only=True) as register:
        published, authority, now = published_alerts(register), register.alert_authority(), register.instant()
    address = base or (None if authority is None else authority.web)
    if authority is None or not address:
        raise FieldRefused("base", base, "is missing", "say under which address the files will be read")
    files = static_files(
        published.board, published.cap, language=lang or authority.languages[0], base=address.rstrip("/"), now=now
    )
    write_own_files(folder, files, overwrite=force)
    click.echo(
        f"{folder}: {number_of(len(files), 'file')}, {number_of(len(published.board.in_force(now)), 'alert')} in force"
    )


@alert.command()
@register_argument
@click.option("--sender", help="The sender in CAP, in your own domain, such as alerts@mines.example.org.")
@click.option("--name", "sender_name", help="What people call the authority.")
@click.option("--contact", help="How people reach it, such as a telephone number.")
@click.option("--web", help="The address of the service, such as https://mines.example.org.")
@click.option("--language", "languages", multiple=True, help="A language of the alerts; may be repeated. Default: en.")
@output_option("--certificate", endings=(".pem",), help="Write the certificate that readers compare, as .pem.")
@force_option
@by_option
@json_option
def authority(
    register_path: Path, sender: str | None, sender_name: str | None, contact: str | None, web: str | None,
    languages: tuple[str, ...], certificate: Path | None, force: bool, by: str, as_json: bool,
) -> None:  # fmt: skip
    """Show or set in whose name alerts are published, and the certificate by which readers know them.

    The signing key is beside the register (areas.alert-keys.json), readable by its owner only; it is made with the
    first alert, or by --certificate. `merestone backup` copies it, too: keep backups private.

    \b
    Example:
      merestone alert authority areas.gpkg --sender alerts@mines.example.org --name "Mine Action Centre" \\
          --contact "+000 112" --web https://mines.example.org
      merestone alert authority areas.gpkg --certificate alerts.pem
    """  # noqa: D301 (click's own mark and the shell's)
    fields = {"sender": sender, "sender_name": sender_name, "contact": contact, "web": web}
    chosen: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
    if languages:
        chosen["languages"] = list(languages)
    with Register.open(register_path, read_only=not chosen) as register:
        before = register.alert_authority()
        table: dict[str, Any] = {name: getattr(before, name, None) for name in fields}
        table["languages"] = list(before.languages) if before else ["en"]
        table |= chosen
        if chosen:
            with register.batch(by=by, why="in whose name alerts are published", source=by) as batch:
                text = yaml.safe_dump({"source": f"chosen by {by}", **table}, allow_unicode=True)
                batch.configure("alert_authority", text)
    if not table["sender"]:
        raise FieldRefused("sender", None, "is not set", "give --sender and --name")
    if certificate is not None:
        _write_certificate(register_path, certificate, str(table["sender_name"]), force)
    if as_json:
        click.echo(json.dumps(table, ensure_ascii=False))
        return
    for name, value in table.items():
        click.echo(f"{name:12} {', '.join(value) if isinstance(value, list) else value or 'not set'}")


def _write_certificate(register_path: Path, certificate: Path, name: str, force: bool) -> None:
    from merestone.files import write_file

    key = AlertKeys.beside(register_path).signing_key(name, datetime.now(UTC))
    write_file(certificate, key.certificate_pem, overwrite=force)
    click.echo(f"{certificate}: SHA-256 {key.fingerprint}")
