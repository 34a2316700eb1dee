"""Files that are written: whole or not at all, and never over a register, an input, or what somebody else made.

Every command and every function that writes a file goes through `whole_file` (or `whole_folder`, `write_file`,
`write_own_files`). The room knows no format and no rule of the register, only how its files are recognised.
"""

from merestone.files.checksum import crc32
from merestone.files.folder import sync_folder
from merestone.files.lock import locked_file
from merestone.files.output import refuse_output, whole_file, whole_folder, write_file
from merestone.files.own_files import write_own_files
from merestone.files.part import part_beside, place_new, remove_leftovers, remove_part, with_users_names
from merestone.files.protection import protected_as
from merestone.files.scratch import new_scratch_folder, scratch_folder
from merestone.files.user_cache import cache_folder, keep_within, note_use

__all__ = [
    "cache_folder",
    "crc32",
    "keep_within",
    "locked_file",
    "new_scratch_folder",
    "note_use",
    "part_beside",
    "place_new",
    "protected_as",
    "refuse_output",
    "remove_leftovers",
    "remove_part",
    "scratch_folder",
    "sync_folder",
    "whole_file",
    "whole_folder",
    "with_users_names",
    "write_file",
    "write_own_files",
]
