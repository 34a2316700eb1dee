"""Is there a recorded hazard here? The index over hazards, its answers, and the words in which they are told.

Not here: files, Arrow and Spark (`exchange`), storage (`register`), and any assurance. The best answer is "none
recorded", with the data's date, and only if it is certain under the accuracy of the position and of every outline.
"""

from merestone.screening.answer import Answer, Circumstances, Class, answer_for, class_of
from merestone.screening.coverage import Coverage, coverage
from merestone.screening.footprint import ScreenedFootprints, screen_footprints
from merestone.screening.index import HazardIndex
from merestone.screening.nearest import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, Nearest
from merestone.screening.outline import Edges, Outlines
from merestone.screening.screened import FAULTS, Screened, screen
from merestone.screening.track import ScreenedTracks, screen_tracks

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
