from .footprint_answer import FootprintAnswers, percent, square
from .interruption import hang_together
from .track_answer import TrackAnswers
from .worst_shapes import WholeFile, worst_first, worst_footprints, worst_tracks

__all__ = [
    "FootprintAnswers",
    "TrackAnswers",
    "WholeFile",
    "hang_together",
    "percent",
    "square",
    "worst_first",
    "worst_footprints",
    "worst_tracks",
]
