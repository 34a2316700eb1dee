"""The desk of alerts: what a person may declare, approve and publish. Four eyes on each way to the public."""

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from merestone.alerts import (
    AlertMessage,
    MessageType,
    Reference,
    Status,
    cap_bytes,
    cap_document,
    facts_of,
    languages_of_alert,
    message_as_json,
    refuse_assurance,
    refuse_texts,
    signed,
)
from merestone.register.events.records import Sheet, Snapshot
from merestone.register.events.rights import PUBLIC
from merestone.register.programme.alert_authority import AlertAuthority
from merestone.register.programme.approval import DRAFT, PUBLISHED, Actor, ApprovalStep, RightMissing, Role
from merestone.register.register import Register
from merestone.register.sidecars.alert_area import alert_area
from merestone.register.sidecars.alert_keys import AlertKeys
from merestone.register.sidecars.alert_record import KIND, Alert, Declaration, alert_of, all_alerts, sheet_of
from merestone.terms import FieldRefused, RequestRefused

if TYPE_CHECKING:
    import shapely


class AlertUnknown(RequestRefused):
    """There is no such alert, or it is another hub's draft, which is the same to whoever asks."""

    def __init__(self, alert_id: str) -> None:
        super().__init__(
            f"alert {alert_id!r}: there is no such alert, or you may not see it; "
            "`merestone alert list` shows those you may"
        )


class AuthorityMissing(RequestRefused):
    """Nobody said yet in whose name alerts are published."""

    def __init__(self) -> None:
        super().__init__(
            "no authority is set in whose name alerts are published; "
            "`merestone alert authority REGISTER --sender ... --name ...` sets it"
        )


class AlertDesk:
    """What one person sees of the alerts, and may do with them.

    Parameters
    ----------
    register
        Open for writing where something is to be written.
    keys
        Those that sign what is published.
    snapshot
        What the public sees of the register; None: it is asked for when it is needed.
    """

    def __init__(self, register: Register, actor: Actor, keys: AlertKeys, *, snapshot: Snapshot | None = None) -> None:
        self._register, self._actor, self._keys, self._snapshot = register, actor, keys, snapshot

    def declare(self, declaration: Declaration, *, why: str, source: str) -> str:
        """Draft an alert; give its identity.

        Raises
        ------
        RightMissing
            Only a surveyor drafts.
        FieldRefused
            A word, a time or the area cannot be published; or an earlier alert is missing, unknown or not the newest.
        RecordUnknown
            A record that it names holds no hazard today.
        """
        if Role.SURVEYOR not in self._actor.roles:
            raise RightMissing(f"{self._actor.name!r} may not declare an alert; this requires the role {Role.SURVEYOR}")
        declaration = self._whole(declaration)
        area = self._area(declaration)
        actor = self._actor
        sheet = sheet_of(declaration, area, author=actor.name, organisation=actor.organisation, hub=actor.hub)
        with self._register.batch(by=actor.name, why=why, source=source) as batch:
            return batch.record(sheet)

    def alerts(self) -> tuple[Alert, ...]:
        """Every alert that the person may see, the newest first."""
        return tuple(alert for alert in reversed(all_alerts(self._register)) if self._sees(alert))

    def show(self, alert_id: str) -> Alert:
        """One alert; AlertUnknown if there is none that the person may see."""
        for alert in all_alerts(self._register):
            if alert.alert_id == alert_id.upper() and self._sees(alert):
                return alert
        raise AlertUnknown(alert_id)

    def steps(self, alert: Alert) -> tuple[ApprovalStep, ...]:
        """The steps that the person may take with an alert as it stands."""
        about = {"author": alert.author, "organisation": alert.organisation, "hub": alert.hub}
        return self._register.alert_approval().open_to(self._actor, stage=alert.stage, **about)

    def advance(self, alert_id: str, to: str, *, why: str, seen_version: int | None = None) -> Alert:
        """Take an alert to another stage; at ``published`` it is signed and the public has it.

        Parameters
        ----------
        seen_version
            `Alert.version` of what the person looked at. None: what stands there now.

        Raises
        ------
        AlertUnknown, RightMissing
        VersionMoved
            Somebody took a step since.
        AuthorityMissing
            It was to be published, and nobody set in whose name.
        FieldRefused
            It cannot be published as it stands: it has expired, its earlier alert is not the newest any more, or an
            outline that it warns of has grown since it was drafted.
        """
        alert = self.show(alert_id)
        about = {"author": alert.author, "organisation": alert.organisation, "hub": alert.hub}
        self._register.alert_approval().step(alert.stage, to, self._actor, **about)
        version = alert.version if seen_version is None else seen_version
        source = f"the desk of {self._actor.organisation}"
        with self._register.batch(by=self._actor.name, why=why, source=source) as batch:
            batch.is_of_alert_desk = True
            batch.ledger_now()  # from here on nobody else writes, so that no two follow one alert
            sheet = sheet_of(alert.declaration, alert.area, stage=to, **about)
            batch.revise(
                alert.alert_id, self._published(alert, sheet) if to == PUBLISHED else sheet, seen_version=version
            )
        return self._now(alert.alert_id)

    def _now(self, alert_id: str) -> Alert:
        return next(alert_of(sheet) for sheet in self._register.sheets(KIND) if sheet.record_id == alert_id)

    def _sees(self, alert: Alert) -> bool:
        place = {"stage": alert.stage, "organisation": alert.organisation, "hub": alert.hub}
        # Who wrote it and why is its organisation's alone; others see it while a step with it is theirs to take. What
        # is published everybody reads, as the public does.
        return self._register.alert_approval().shows(self._actor, **place, is_restricted=True)

    def _whole(self, declaration: Declaration) -> Declaration:
        """The declaration with what follows from an earlier alert; FieldRefused if it cannot be published."""
        refuse_texts(declaration.area_name, declaration.texts)
        for name, text in (("area_name", declaration.area_name), *declaration.texts.items()):
            refuse_assurance(name, text)
        for name, instant in (("onset", declaration.onset), ("expires", declaration.expires)):
            if instant is not None and instant.utcoffset() is None:
                raise FieldRefused(name, instant.isoformat(), "has no offset from UTC", "write 2026-05-03T14:00+02:00")
        if declaration.reason.needs_earlier != (declaration.earlier is not None):
            why = (
                "speaks of an earlier alert, and none is named"
                if declaration.earlier is None
                else "names an earlier one"
            )
            raise FieldRefused("reason", declaration.reason.value, why, "corrections, withdrawals and ends name one")
        if declaration.earlier is None:
            return declaration
        earlier = _newest(self._register, self.show(declaration.earlier).alert_id)
        if facts_of(declaration.reason).message_type == MessageType.CANCEL.value:
            if declaration.hazard_ids or declaration.declared_area is not None:
                raise FieldRefused("area", declaration.reason.value, "has the area of what it ends", "leave it out")
            return replace(declaration, earlier=earlier.alert_id, declared_area=earlier.area)
        if not declaration.hazard_ids and declaration.declared_area is None:
            return self._of_the_same_ground(replace(declaration, earlier=earlier.alert_id), earlier)
        return replace(declaration, earlier=earlier.alert_id)

    def _of_the_same_ground(self, declaration: Declaration, earlier: Alert) -> Declaration:
        """The declaration with the records and the area that the earlier alert was made of.

        Its published area would be joined anew with each hazard that it touches, and so grow with every correction. It
        is taken only where a record that the earlier alert warned of does not hold any more.
        """
        hazard_ids, declared_area = earlier.declaration.hazard_ids, earlier.declaration.declared_area
        known_ids = {record.record_id for record in self._public().hazards}
        if known_ids.issuperset(hazard_ids):
            return replace(declaration, hazard_ids=hazard_ids, declared_area=declared_area)
        return replace(declaration, declared_area=earlier.area)

    def _public(self) -> Snapshot:
        return self._snapshot or self._register.as_of(viewer=PUBLIC)

    def _area(self, declaration: Declaration) -> "shapely.MultiPolygon":
        if facts_of(declaration.reason).message_type == MessageType.CANCEL.value:
            assert declaration.earlier is not None
            return _newest(self._register, declaration.earlier).area
        return alert_area(self._public(), declaration.hazard_ids, declaration.declared_area)

    def _published(self, alert: Alert, sheet: Sheet) -> Sheet:
        """The record with the message and its signature."""
        authority = self._register.alert_authority()
        if authority is None:
            raise AuthorityMissing()
        if not alert.area.covers(self._area(alert.declaration)):
            why = "does not cover any more what it warns of: an outline has grown since"
            raise FieldRefused("area", alert.alert_id, why, "return it, and draft it again")
        message = message_if_published(self._register, alert, authority)
        now = datetime.now(UTC)
        key = self._keys.signing_key(authority.sender_name, now)
        cap = cap_bytes(signed(cap_document(message), key)).decode("utf-8")
        attributes = {**sheet.attributes, "message": message_as_json(message), "cap": cap}
        return dataclasses.replace(sheet, attributes=attributes)


def message_if_published(register: Register, alert: Alert, authority: AlertAuthority) -> AlertMessage:
    """The message that the public gets of an alert if it is published now.

    Raises
    ------
    FieldRefused
        The earlier alert that it speaks of is not the newest any more, or its times do not hold any more.
    """
    declaration, second = alert.declaration, timedelta(seconds=1)
    sent = register.instant().replace(microsecond=0)
    references: tuple[Reference, ...] = ()
    if declaration.earlier is not None:
        earlier = _newest(register, declaration.earlier).message
        assert earlier is not None
        references = (*earlier.references, earlier.reference)
        sent = max(sent, earlier.sent + second)  # a clock that was reset must not turn the order round
    onset = max(declaration.onset or sent, sent)
    identifier = f"alert-{alert.alert_id}"
    return AlertMessage(
        identifier=identifier,
        sender=authority.sender,
        sender_name=authority.sender_name,
        sent=sent,
        status=Status.EXERCISE if register.label else Status.ACTUAL,
        reason=declaration.reason,
        onset=onset,
        expires=declaration.expires or onset + facts_of(declaration.reason).lifetime,
        area_name=declaration.area_name,
        area=alert.area,
        languages=languages_of_alert(authority.languages),
        references=references,
        texts=declaration.texts,
        contact=authority.contact,
        web=None if authority.web is None else f"{authority.web}/alerts/{identifier}",
    )


def _newest(register: Register, alert_id: str) -> Alert:
    """A published alert of which no later one speaks."""
    published = [alert for alert in all_alerts(register) if alert.message is not None]
    named_alert = next((alert for alert in published if alert.alert_id == alert_id.upper()), None)
    if named_alert is None or named_alert.message is None:
        raise FieldRefused("earlier", alert_id, "is not a published alert", "`merestone alert list` shows them")
    if named_alert.message.message_type is MessageType.CANCEL:
        raise FieldRefused("earlier", alert_id, "has ended its alert", "declare a new one")
    later = next(
        (later_alert for later_alert in published if later_alert.declaration.earlier == named_alert.alert_id), None
    )
    if later is not None:
        raise FieldRefused("earlier", alert_id, f"was followed by {later.alert_id}", "name that one")
    return named_alert


__all__ = ["DRAFT", "PUBLISHED", "AlertDesk", "AlertUnknown", "AuthorityMissing", "message_if_published"]
