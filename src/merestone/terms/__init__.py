"""The shared words as types. It imports only `merestone.languages`, computes nothing long, and opens nothing.

Not here: geometry, dates' arithmetic, storage.
"""

from merestone.terms.accuracy import WIDENED_M
from merestone.terms.activity import Activity
from merestone.terms.collector import collector_at_rest
from merestone.terms.data_days import NO_DATA, DataDays
from merestone.terms.data_file import yaml_value
from merestone.terms.days import EARLIEST_DAY, LATEST_DAY, day_from, moment_from
from merestone.terms.doubt import begins_sentence, doubts_of_days
from merestone.terms.errors import (
    EngineMissing,
    FieldRefused,
    FileRefused,
    MerestoneError,
    RequestRefused,
    RowRefused,
    SourceMissing,
    SpokenRefused,
)
from merestone.terms.evidence import EvidenceKind
from merestone.terms.land import LEVELS, LandType, RecordKind, Visibility, most_closed
from merestone.terms.log import Log
from merestone.terms.number import number_of, unplaced_text
from merestone.terms.outcome import Account, Outcome, RowOutcome
from merestone.terms.release import ReleaseProduct
from merestone.terms.renamed import renamed_attribute, renamed_parameters
from merestone.terms.sourced import Confidence, Sourced, confidence_of, sourced_rows

__all__ = [
    "EARLIEST_DAY",
    "LATEST_DAY",
    "LEVELS",
    "NO_DATA",
    "WIDENED_M",
    "Account",
    "Activity",
    "Confidence",
    "DataDays",
    "EngineMissing",
    "EvidenceKind",
    "FieldRefused",
    "FileRefused",
    "LandType",
    "Log",
    "MerestoneError",
    "Outcome",
    "RecordKind",
    "ReleaseProduct",
    "RequestRefused",
    "RowOutcome",
    "RowRefused",
    "SourceMissing",
    "Sourced",
    "SpokenRefused",
    "Visibility",
    "begins_sentence",
    "collector_at_rest",
    "confidence_of",
    "day_from",
    "doubts_of_days",
    "moment_from",
    "most_closed",
    "number_of",
    "renamed_attribute",
    "renamed_parameters",
    "sourced_rows",
    "unplaced_text",
    "yaml_value",
]
