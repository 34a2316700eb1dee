"""Which HTTP status each error of ours becomes: one table, and the page or JSON that tells a person what to do."""

from typing import Final

from merestone.law import UnknownState, UnknownTreaty
from merestone.register import (
    AlertUnknown,
    AuthorityMissing,
    DraftMoved,
    DraftUnknown,
    RecordUnknown,
    RegisterBusy,
    RegisterMissing,
    RightMissing,
    VersionMoved,
)
from merestone.service.check_feed import FeedStale
from merestone.service.holding import TooManyAtOnce
from merestone.service.pack_shelf import PacksNotOffered
from merestone.service.sign_in import FormForeign, SignInMissing
from merestone.service.throttle import TooManyTries
from merestone.terms import EngineMissing, FieldRefused, FileRefused, MerestoneError, RowRefused

_STATUSES: Final[tuple[tuple[type[MerestoneError], int], ...]] = (
    (SignInMissing, 401),
    (FormForeign, 403),
    (TooManyTries, 429),
    (RightMissing, 403),
    (AlertUnknown, 404),
    (AuthorityMissing, 409),
    (DraftUnknown, 404),
    (DraftMoved, 409),
    (VersionMoved, 409),
    (RecordUnknown, 404),
    (UnknownState, 404),
    (UnknownTreaty, 404),
    (PacksNotOffered, 404),
    (FeedStale, 503),
    (RegisterMissing, 503),
    (RegisterBusy, 503),
    (FieldRefused, 400),
    (TooManyAtOnce, 400),
    (RowRefused, 400),
    (FileRefused, 500),
    (EngineMissing, 501),
    (MerestoneError, 500),
)


def status_of(error: MerestoneError) -> int:
    """The status for an error: the first class in the table that it belongs to."""
    return next(status for kind, status in _STATUSES if isinstance(error, kind))
