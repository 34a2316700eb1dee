from .answer_words import (
    GENERALISED,
    KEEP_OUT,
    NO_ASSURANCE,
    TURN_BACK,
    UNSTATED,
    Circumstances,
    Class,
    Hazard,
    class_of,
    distance_at_most_text,
    distance_text,
    label_sentence,
    named_in_line,
)
from .position_answer import Answer, answer_for

__all__ = [
    "GENERALISED",
    "KEEP_OUT",
    "NO_ASSURANCE",
    "TURN_BACK",
    "UNSTATED",
    "Answer",
    "Circumstances",
    "Class",
    "Hazard",
    "answer_for",
    "class_of",
    "distance_at_most_text",
    "distance_text",
    "label_sentence",
    "named_in_line",
]
