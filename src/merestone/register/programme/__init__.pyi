from .alert_authority import AlertAuthority
from .approval import DRAFT, PUBLISHED
from .attribute import check_attributes, value_of
from .kind import Field, FieldType, Kind, default_visibility, kind_named, kind_of_layer, kinds, recordable_kinds
from .life_cycle import state_by_kind

__all__ = [
    "DRAFT",
    "PUBLISHED",
    "AlertAuthority",
    "Field",
    "FieldType",
    "Kind",
    "check_attributes",
    "default_visibility",
    "kind_named",
    "kind_of_layer",
    "kinds",
    "recordable_kinds",
    "state_by_kind",
    "value_of",
]
