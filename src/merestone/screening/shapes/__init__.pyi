from .footprint_answer import FootprintAnswers, percent, square
from .interruption import hang_together
from .track_answer import TrackAnswers

__all__ = ["FootprintAnswers", "TrackAnswers", "hang_together", "percent", "square"]
