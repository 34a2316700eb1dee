from .assurance import refuse_assurance
from .board import LISTED_AFTER_END, LISTED_MOST, Board
from .cap import cap_bytes, cap_document, instant_as_cap
from .feed import atom_feed, rss_feed
from .geojson import feature_collection
from .languages import languages_of_alert
from .message import AlertMessage, MessageType, Reference, Status, refuse_texts
from .message_json import message_as_json, message_from_json
from .push import PushKeys, PushRequest, PushWriter, push_content, push_request, topic_of
from .reasons import Reason, ReasonFacts, facts_of
from .rings import POINTS_MOST, published_area
from .signature import SigningKey, is_signed_by, new_signing_key, signed
from .sms import Sms, sms_of
from .static_files import as_json, now_document, phones_document, static_files
from .subscription import PushSubscription, refuse_endpoint, refuse_subscription
from .wording import Wording, wording

__all__ = [
    "LISTED_AFTER_END",
    "LISTED_MOST",
    "POINTS_MOST",
    "AlertMessage",
    "Board",
    "MessageType",
    "PushKeys",
    "PushRequest",
    "PushSubscription",
    "PushWriter",
    "Reason",
    "ReasonFacts",
    "Reference",
    "SigningKey",
    "Sms",
    "Status",
    "Wording",
    "as_json",
    "atom_feed",
    "cap_bytes",
    "cap_document",
    "facts_of",
    "feature_collection",
    "instant_as_cap",
    "is_signed_by",
    "languages_of_alert",
    "message_as_json",
    "message_from_json",
    "new_signing_key",
    "now_document",
    "phones_document",
    "published_area",
    "push_content",
    "push_request",
    "refuse_assurance",
    "refuse_endpoint",
    "refuse_subscription",
    "refuse_texts",
    "rss_feed",
    "signed",
    "sms_of",
    "static_files",
    "topic_of",
    "wording",
]
