from .answer import Answer, Circumstances, Class, answer_for, class_of
from .coverage import Coverage, coverage
from .footprint import ScreenedFootprints, screen_footprints
from .index import HazardIndex
from .nearest import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, Nearest
from .outline import Edges, Outlines
from .screened import FAULTS, Screened, screen
from .track import ScreenedTracks, screen_tracks

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
