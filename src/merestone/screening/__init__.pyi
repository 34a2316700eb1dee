from .answer import (
    GENERALISED,
    NO_ASSURANCE,
    TURN_BACK,
    Answer,
    Circumstances,
    Class,
    Hazard,
    PackIdentity,
    answer_for,
    class_of,
    class_text,
    distance_text,
    label_sentence,
)
from .index import HazardIndex
from .kernel.compiled_state import before_loading, is_compiler_loaded, was_compiled
from .kernel.machine_code import is_machine_code_kept
from .kernel.machine_code_keeping import keep_machine_code, may_keep_machine_code
from .kernel.nearest import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, Nearest
from .kernel.outline import Edges, Outlines
from .screened import FAULTS, NO_ACCURACY, Screened, screen
from .shapes.affected_area import Coverage, coverage
from .shapes.footprint import ScreenedFootprints, screen_footprints
from .shapes.track import ScreenedTracks, screen_tracks
from .written import answer_for_written, reading_notes

__all__ = [
    "FAULTS",
    "GENERALISED",
    "INSIDE",
    "NEAR",
    "NONE_RECORDED",
    "NO_ACCURACY",
    "NO_ASSURANCE",
    "TURN_BACK",
    "UNKNOWN",
    "Answer",
    "Circumstances",
    "Class",
    "Coverage",
    "Edges",
    "Hazard",
    "HazardIndex",
    "Nearest",
    "Outlines",
    "PackIdentity",
    "Screened",
    "ScreenedFootprints",
    "ScreenedTracks",
    "answer_for",
    "answer_for_written",
    "before_loading",
    "class_of",
    "class_text",
    "coverage",
    "distance_text",
    "is_compiler_loaded",
    "is_machine_code_kept",
    "keep_machine_code",
    "label_sentence",
    "may_keep_machine_code",
    "reading_notes",
    "screen",
    "screen_footprints",
    "screen_tracks",
    "was_compiled",
]
