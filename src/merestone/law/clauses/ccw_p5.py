"""CCW Protocol V on explosive remnants of war (28 November 2003). It does not cover mines."""

from datetime import date

from merestone.law.clause import DutyRule, Rhythm, Treaty, Weapon, clause
from merestone.law.clauses.ccw import (
    DEPOSITARY,
    UNLESS,
    article_5_3,
    article_5_4,
    article_9_2,
    article_9_5,
    protocol_entry_into_force,
)


@clause(
    "2(1)",
    "Explosive ordnance means conventional munitions containing explosives, with the exception of mines, booby traps "
    "and other devices as defined in Protocol II of this Convention as amended on 3 May 1996.",
)
def article_2_1(weapon: Weapon) -> bool:
    """It forbids the use of no weapon, and leaves mines, booby-traps and other devices to Amended Protocol II."""
    return weapon is not Weapon.CLUSTER_MUNITIONS


@clause(
    "3",
    "in short: marking and clearance, removal or destruction of explosive remnants of war after the "
    "cessation of active hostilities",
)
def article_3(_in_force_from: date) -> date | None:
    """As soon as feasible after the hostilities; the protocol gives no number of years."""
    return None


@clause(
    "4",
    "in short: recording and retaining of information on the use or abandonment of explosive ordnance, and its "
    "transmission",
)
def article_4(_in_force_from: date) -> date | None:
    """On use; transmitted without delay after the hostilities."""
    return None


@clause("5", "in short: precautions to protect civilians: warnings, risk education, marking, fencing and monitoring")
def article_5(_in_force_from: date) -> date | None:
    """From the moment that remnants affect a territory under the party's control."""
    return None


TREATY = Treaty(
    key="ccw-p5",
    short="CCW Protocol V",
    title="Protocol on Explosive Remnants of War",
    number="XXVI-2-d",
    depositary=DEPOSITARY,
    entry_into_force=protocol_entry_into_force,
    entry_clauses=(article_5_3, article_5_4),
    withdrawal=article_9_2,
    exclusions=(article_2_1,),
    duties=(
        DutyRule(
            "clearance of explosive remnants of war",
            Rhythm.ON_EVENT,
            article_3,
            trigger="after the cessation of active hostilities",
            note="not mines: art. 2(1)",
        ),
        DutyRule(
            "recording of the use of explosive ordnance",
            Rhythm.ON_EVENT,
            article_4,
            trigger="on use",
            note="not mines: art. 2(1)",
        ),
        DutyRule(
            "precautions for civilians",
            Rhythm.ON_EVENT,
            article_5,
            trigger="where remnants are",
            note="not mines: art. 2(1)",
        ),
    ),
    after_withdrawal=article_9_5,
    withdrawal_word="denunciation",
    withdrawal_unless=UNLESS,
    part_of="ccw",
    scope="applies to explosive remnants of war on land after armed conflicts (art. 1); not to mines (art. 2(1))",
    also_called=("P5", "P V", "Protocol V", "Protocol 5", "ERW", "ERW Protocol", "Explosive Remnants of War"),
)
