"""Is there a recorded hazard here? The index over hazards, its answers, and the words in which they are told.

Not here: files, storage, and any assurance. The best answer is "none recorded", with the data's date.
"""

from merestone.screening.answer import Answer, Circumstances, Class, answer_for, class_of
from merestone.screening.index import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, HazardIndex, Nearest

__all__ = [
    "INSIDE",
    "NEAR",
    "NONE_RECORDED",
    "UNKNOWN",
    "Answer",
    "Circumstances",
    "Class",
    "HazardIndex",
    "Nearest",
    "answer_for",
    "class_of",
]
