"""The meaning of a row at import: what place it names, how far it reaches, how accurate it is, and what cannot be so.

For a hazard the largest meaning holds, for released land the smallest. What was decided is told row by row.
"""

from merestone.exchange.meaning.meaning_of_row import Meaning
from merestone.exchange.meaning.row_meaning import Meanings

__all__ = ["Meaning", "Meanings"]
