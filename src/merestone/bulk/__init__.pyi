from .answer_file import AnswerFile, write_answers
from .answer_page import AnswerPage, Stop
from .arrow_loading import load_arrow
from .corridors import screen_corridors
from .index_cache import RegisterHazards, RegisterQuestion, hazards_of_register
from .pack import Pack, circumstances_of, index_of, load_pack, pack_snapshot
from .pack_blocks import block_bytes, block_list
from .pack_part import pack_part, parts_of
from .point_answers import about_answers, facts_of
from .position_answers import Question, ScreenReport
from .position_batches import screen_batches, screen_file
from .shape_answers import answers_of_footprints, answers_of_tracks
from .spark import screen_file_spark
from .summary_text import summary_line

__all__ = [
    "AnswerFile",
    "AnswerPage",
    "Pack",
    "Question",
    "RegisterHazards",
    "RegisterQuestion",
    "ScreenReport",
    "Stop",
    "about_answers",
    "answers_of_footprints",
    "answers_of_tracks",
    "block_bytes",
    "block_list",
    "circumstances_of",
    "facts_of",
    "hazards_of_register",
    "index_of",
    "load_arrow",
    "load_pack",
    "pack_part",
    "pack_snapshot",
    "parts_of",
    "screen_batches",
    "screen_corridors",
    "screen_file",
    "screen_file_spark",
    "summary_line",
    "write_answers",
]
