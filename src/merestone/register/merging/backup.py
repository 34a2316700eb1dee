"""A whole copy of a register and what lies beside it, made while others write, and verified before it counts."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from merestone.register.events.errors import NotARegister, RegisterExists, RegisterMissing, disk_faults_told
from merestone.register.file.sqlite_driver import uri_of
from merestone.register.merging.merge_attachments import AttachmentsMerged, merge_attachments
from merestone.register.merging.staging import Staging, staging
from merestone.register.register import Register
from merestone.register.sidecars.alert_keys import AlertKeys
from merestone.register.sidecars.attachment_store import AttachmentStore
from merestone.register.sidecars.pack_key import PackKeys
from merestone.register.sidecars.personal_store import PersonalStore
from merestone.register.sidecars.push_subscriptions import PushSubscriptions
from merestone.register.sidecars.user_accounts import Accounts
from merestone.register.write.verification import Verification
from merestone.terms import FieldRefused


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was copied."""

    path: Path
    """The new register."""
    verification: Verification
    """Of the new file; it is sound, or there would be no new file."""
    attachments: AttachmentsMerged
    has_personal_data: bool
    has_accounts: bool
    has_alert_keys: bool = False
    """Whether the keys are in it that sign alerts: whoever has the copy can speak in the authority's name."""
    has_pack_key: bool = False
    """Whether the key is in it by which phones know the packs of this service."""
    subscriptions: int = 0
    """How many browsers subscribed to alerts."""


def backup(register: Path | str, into: Path | str) -> BackupReport:
    """Copy a register and what lies beside it to a new name: whole or not at all.

    Beside it lie its attachments, sealed personal data, accounts, the keys that sign alerts, and who subscribed to
    them. Each of these is for its owner alone in the copy, too.

    The copy is what the register held at one instant, however many others write to it meanwhile (SQLite's backup API).
    It is verified, event by event, before it gets its name. To restore is the same: ``backup(kept, new_name)``.

    Raises
    ------
    RegisterMissing, RegisterExists, RegisterNotWritable, RegisterBusy
        Nothing stands at ``register``; something stands at ``into`` or beside it; the disk refused.
    NotARegister
        The register is damaged, or the copy does not verify. There is no new file.
    """
    source, into = Path(register), Path(into)
    if into.exists() and not Staging(into).folder.exists():
        raise RegisterExists(into, "a file already exists here", "give another name; it was not touched")
    if not source.is_file():
        raise RegisterMissing(source, "there is no register here", "check the name")
    if into.resolve().with_suffix("") == source.resolve().with_suffix(""):
        why = "would share its attachments and personal data with the register"
        raise FieldRefused("into", str(into), why, "give a name that differs before the last full stop")
    with staging(into) as stage:
        copy_database(source, stage.register, named=into)
        folder = AttachmentStore.beside(source)
        largest = max((path.stat().st_size for path in folder.folder.glob("??/*")), default=1)
        attachments = merge_attachments([folder], AttachmentStore(stage.attachments, largest_bytes=max(largest, 1)))
        personal, accounts = PersonalStore.path_beside(source), Accounts.beside(source).path
        pack_key = PackKeys.beside(source).path
        keys, subscriptions = AlertKeys.beside(source).path, PushSubscriptions.beside(source)
        if personal.exists():
            copy_database(personal, stage.personal, named=into)
        if accounts.exists():
            _copy_secret(accounts, stage.accounts)
        if keys.exists():
            _copy_secret(keys, stage.alert_keys)
        if pack_key.exists():
            _copy_secret(pack_key, stage.pack_key)
        if subscriptions.path.exists():
            copy_database(subscriptions.path, stage.subscriptions, named=into)
        with Register.open(stage.register, read_only=True) as made:
            verification = made.verify()
        if not verification.is_sound:
            why = f"it is damaged ({verification.breaks[0]}), and so would be the copy"
            raise NotARegister(source, why, "keep it for the inquiry, and the copies that verify")
        stage.place()
    return BackupReport(
        into,
        verification,
        attachments,
        has_personal_data=personal.exists(),
        has_accounts=accounts.exists(),
        has_alert_keys=keys.exists(),
        has_pack_key=pack_key.exists(),
        subscriptions=PushSubscriptions.beside(into).count(),
    )


def _copy_secret(source: Path, target: Path) -> None:
    os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    target.write_bytes(source.read_bytes())


def copy_database(source: Path, target: Path, *, named: Path) -> None:
    """One unchanging state of a SQLite file, as one plain file; what the disk refuses is told of ``named``."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        disk_faults_told(source, reading=True),
        closing(_opened(source)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.execute("PRAGMA schema_version").fetchone()  # a source that cannot be read is told as the source's
        with disk_faults_told(named):
            reading.backup(writing)
            writing.execute("PRAGMA journal_mode = DELETE")  # the copy took along that the source is under a log


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(uri_of(path, read_only=True), uri=True, timeout=60)
