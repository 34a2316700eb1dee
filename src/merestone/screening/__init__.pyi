from .answer import Answer, Circumstances, Class, answer_for, class_of
from .index import HazardIndex
from .kernel.nearest import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, Nearest
from .kernel.outline import Edges, Outlines
from .screened import FAULTS, Screened, screen
from .shapes.affected_area import Coverage, coverage
from .shapes.footprint import ScreenedFootprints, screen_footprints
from .shapes.track import ScreenedTracks, screen_tracks

__all__ = [
    "FAULTS",
    "INSIDE",
    "NEAR",
    "NONE_RECORDED",
    "UNKNOWN",
    "Answer",
    "Circumstances",
    "Class",
    "Coverage",
    "Edges",
    "HazardIndex",
    "Nearest",
    "Outlines",
    "Screened",
    "ScreenedFootprints",
    "ScreenedTracks",
    "answer_for",
    "class_of",
    "coverage",
    "screen",
    "screen_footprints",
    "screen_tracks",
]
