"""CCW Protocol II on mines, booby-traps and other devices, as first agreed on 10 October 1980.

Its rules are weaker than those of Amended Protocol II, which most of its parties have accepted since; twelve states are
bound by this one alone.
"""

from merestone.law.clause import Condition, Deed, Ruling, Treaty, Verdict, Weapon, clause
from merestone.law.clauses.ccw import (
    DEPOSITARY,
    UNLESS,
    article_5_3,
    article_5_4,
    article_9_2,
    article_9_5,
    protocol_entry_into_force,
)

LAND_WEAPONS = frozenset({Weapon.ANTI_PERSONNEL_MINES, Weapon.OTHER_MINES, Weapon.BOOBY_TRAPS, Weapon.OTHER_DEVICES})


@clause(
    "3, 4, 5, 6 and 7",
    "in short: general restrictions, towns, remote delivery, booby-traps, recording",
)
def articles_3_to_7(deed: Deed, weapon: Weapon) -> Ruling | None:
    """Use is restricted."""
    if deed is not Deed.USE or weapon not in LAND_WEAPONS:
        return None
    recording = Condition("recording", "7", "in short: the location of all pre-planned minefields is recorded")
    civilians = Condition("precautions for civilians", "3", "in short: never against civilians, never indiscriminately")
    return Ruling(Verdict.RESTRICTED, (recording, civilians))


@clause("1", "This Protocol relates to the use on land of the mines, booby-traps and other devices defined herein")
def article_1(weapon: Weapon) -> bool:
    """It speaks of mines, booby-traps and other devices only."""
    return weapon not in LAND_WEAPONS


TREATY = Treaty(
    key="ccw-p2",
    short="CCW Protocol II (1980)",
    title="Protocol on Prohibitions or Restrictions on the Use of Mines, Booby-Traps and Other Devices",
    number="XXVI-2",
    depositary=DEPOSITARY,
    entry_into_force=protocol_entry_into_force,
    entry_clauses=(article_5_3, article_5_4),
    withdrawal=article_9_2,
    prohibitions=(articles_3_to_7,),
    exclusions=(article_1,),
    after_withdrawal=article_9_5,
    withdrawal_word="denunciation",
    withdrawal_unless=UNLESS,
    part_of="ccw",
    widened_by="ccw-art1",
    scope="applies to the use on land in armed conflicts between states (CCW, art. 1(1)); in other armed conflicts for "
    "the parties bound by the amendment of CCW, art. 1 (ccw-art1)",
    covers=LAND_WEAPONS,
    also_called=("P2", "PII", "P II", "Protocol II", "Protocol 2", "Original Protocol II"),
)
