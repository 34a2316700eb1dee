"""What `accuracy_m` means, everywhere in Merestone.

``accuracy_m`` is a radius in metres: 95 % of the positions that carry this value lie within it of the true place. It
is stated by whoever measured or published the position. ``None`` (in arrays: NaN) means that nobody stated it, which
is not the same as zero: an unstated accuracy widens a danger by `WIDENED_M`, and no answer that rests on it is ever
"none recorded" beyond doubt; the answer says what was assumed.
"""

from typing import Final

WIDENED_M: Final = 1000.0
"""Metres by which a hazard of unstated accuracy is widened. A working assumption of ours, not a sourced fact: map
sheets of 1:50,000 with an unknown chain of copies behind them are off by hundreds of metres. Whoever knows better
states an accuracy."""
