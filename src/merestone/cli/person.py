"""`merestone person`: people hurt, whose personal data lie apart from the register, encrypted, and can be erased."""

import json
import os
from pathlib import Path
from typing import TextIO

import click

from merestone.cli.argument import OutputPath, by_option, json_option, keys_in, register_argument
from merestone.cli.json_output import print_json
from merestone.register import Register, Sheet, SheetRecord
from merestone.register.sidecars import (
    PersonalDataErased,
    PersonalStore,
    kept_of,
    new_key,
    personal_data,
    record_person,
)
from merestone.terms import FieldRefused, FileRefused, Visibility

key_option = click.option(
    "--key-file",
    type=click.File(encoding="utf-8"),
    required=True,
    help="The programme's key: a line for each key, the newest first.",
)


def _store(register_path: Path, key_file: TextIO) -> PersonalStore:
    return PersonalStore.open(PersonalStore.path_beside(register_path), keys_in(key_file))


@click.group()
def person() -> None:
    """Record victims of accidents, show their data, and erase them on request.

    Names, dates of birth, addresses and injuries are kept in a file beside the register, encrypted under the programme's
    own key. The register keeps only a reference and a salted digest, and still verifies when they are gone.

    \b
    Example:
      merestone person key programme.key
      merestone person add areas.gpkg person.json --key-file programme.key --by anna --why "hospital report 7" --source "hospital"
      merestone person show areas.gpkg 7F3K-2M6Q-4TXB --key-file programme.key
      merestone person erase areas.gpkg 7F3K-2M6Q-4TXB --key-file programme.key --why "the person asked, letter 12"
    """  # noqa: D301, E501 (click's own mark; an example is one line)


@person.command()
@click.argument("path", type=OutputPath(), metavar="FILE")
def key(path: Path) -> None:
    """Make a new key file. Store it away from the register: with both, the data can be read; without the key, never.

    \b
    Example:
      merestone person key programme.key
    """  # noqa: D301 (click's own mark)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise FileRefused(path, "exists already", "choose another name; a lost key cannot be made again") from None
    except OSError as error:
        raise FileRefused(path, f"cannot be written ({error.strerror})", "choose another folder") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(new_key() + "\n")
    except OSError as error:
        path.unlink(missing_ok=True)
        raise FileRefused(path, f"cannot be written ({error.strerror})", "free space; no key was kept") from error
    click.echo(f"{path}: a new key, readable by you alone. Keep a copy in another place.")


@person.command()
@register_argument
@click.argument("data", type=click.File(encoding="utf-8"), metavar="JSON")
@key_option
@click.option("--why", required=True, help="The reason; kept in the history, so name no person.")
@click.option("--source", required=True, help="Who reported it; kept in the history, so name no person.")
@by_option
@json_option
def add(register_path: Path, data: TextIO, key_file: TextIO, why: str, source: str, by: str, as_json: bool) -> None:
    """Record one person from a JSON file, - for standard input; never from the command line, which shells remember.

    \b
    Example:
      merestone person add areas.gpkg person.json --key-file programme.key --by anna --why "hospital report 7" --source "hospital"
    where person.json holds
      {"accident": "7F3K-2M6Q-4TXB", "outcome": "injured", "consent": "given", "full_name": "N. N."}
    """  # noqa: D301, E501 (click's own mark; an example is one line)
    try:
        person_fields = json.load(data)
    except json.JSONDecodeError as error:
        raise FileRefused(data.name, f"is not JSON (line {error.lineno})", "write one object") from None
    if not isinstance(person_fields, dict):
        raise FileRefused(data.name, "contains no JSON object", 'write one, such as {"outcome": "injured"}')
    with Register.open(register_path) as register, _store(register_path, key_file) as store:
        sheet = Sheet("victim", person_fields, visibility=Visibility.RESTRICTED)
        record_id = record_person(register, store, sheet, by=by, why=why, source=source)
    if as_json:
        print_json({"record_id": record_id}, is_line=True)
    else:
        click.echo(f"{record_id}: recorded; personal data are stored separately")


@person.command()
@register_argument
@click.argument("record_id", metavar="ID")
@key_option
@json_option
def show(register_path: Path, record_id: str, key_file: TextIO, as_json: bool) -> None:
    """Show a person's record with the personal data, checked against the digest in the register.

    \b
    Example:
      merestone person show areas.gpkg 7F3K-2M6Q-4TXB --key-file programme.key
    """  # noqa: D301 (click's own mark)
    record = _record(register_path, record_id)
    erased = False
    with _store(register_path, key_file) as store:
        try:
            personal = dict(personal_data(record, store))
        except PersonalDataErased:
            personal, erased = {}, True
    fields = {"record_id": record.record_id, **record.attributes, **personal, "is_erased": erased}
    if as_json:
        print_json(fields)
        return
    for name, value in fields.items():
        click.echo(f"{name}: {value}")


@person.command()
@register_argument
@click.argument("record_id", metavar="ID")
@key_option
@click.option(
    "--why", required=True, help="The reason, without a name: it is kept, and every reader of the register can see it."
)
def erase(register_path: Path, record_id: str, key_file: TextIO, why: str) -> None:
    """Erase a person's data permanently. The record stays, with a digest that reveals nothing; the register verifies.

    Erase them in every copy of the file too, or merge the copies: what one of them erased stays erased.

    \b
    Example:
      merestone person erase areas.gpkg 7F3K-2M6Q-4TXB --key-file programme.key --why "the person asked, letter 12"
    """  # noqa: D301 (click's own mark)
    stored = kept_of(_record(register_path, record_id))
    if stored is None:
        raise FieldRefused("ID", record_id, "has no personal data", "nothing is left to erase")
    with _store(register_path, key_file) as store:
        store.erase(stored.reference, why=why)
    click.echo(f"{record_id}: personal data erased; the record and its digest stay")


def _record(register_path: Path, record_id: str) -> SheetRecord:
    with Register.open(register_path, read_only=True) as register:
        sheet_records = [
            sheet_record for sheet_record in register.sheets("victim") if sheet_record.record_id == record_id.upper()
        ]
    if not sheet_records:
        raise FieldRefused("ID", record_id, "is not a person in this register", "look it up in its history")
    return sheet_records[0]
