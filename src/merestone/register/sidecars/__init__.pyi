from .alert_keys import AlertKeys
from .attachment_store import LARGEST_BYTES, AttachmentMissing, AttachmentStore
from .attachments import Attached, Found, attach, attach_to_draft, attachments, examine
from .pack_key import PackKey, PackKeys
from .personal_store import Kept, PersonalDataErased, PersonalStore, new_key
from .push_subscriptions import SUBSCRIPTIONS_MOST, PushSubscriptions
from .user_accounts import Account, Accounts, Sealed
from .victims import DIGEST, REFERENCE, kept_of, personal_data, record_person

__all__ = [
    "DIGEST",
    "LARGEST_BYTES",
    "REFERENCE",
    "SUBSCRIPTIONS_MOST",
    "Account",
    "Accounts",
    "AlertKeys",
    "Attached",
    "AttachmentMissing",
    "AttachmentStore",
    "Found",
    "Kept",
    "PackKey",
    "PackKeys",
    "PersonalDataErased",
    "PersonalStore",
    "PushSubscriptions",
    "Sealed",
    "attach",
    "attach_to_draft",
    "attachments",
    "examine",
    "kept_of",
    "new_key",
    "personal_data",
    "record_person",
]
