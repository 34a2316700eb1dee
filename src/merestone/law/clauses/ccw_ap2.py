"""CCW Protocol II on mines, booby-traps and other devices, as amended on 3 May 1996 (Amended Protocol II).

It forbids little outright and restricts much. It binds in armed conflicts, international or not (art. 1(2)); its
articles on transfers, reports, instructions and laws bind in peace too.
"""

from datetime import date

from merestone.law.clause import (
    MINES,
    Condition,
    Deed,
    DutyRule,
    Rhythm,
    Ruling,
    Treaty,
    Verdict,
    Weapon,
    clause,
)
from merestone.law.clauses.ccw import (
    DEPOSITARY,
    UNLESS,
    article_5_3,
    article_5_4,
    article_9_2,
    article_9_5,
    protocol_entry_into_force,
)

LAND_WEAPONS = frozenset({*MINES, Weapon.BOOBY_TRAPS, Weapon.OTHER_DEVICES})

RECORDING = Condition(
    "recording",
    "9(1) and technical annex 1",
    "All information concerning minefields, mined areas, mines, booby-traps and other devices shall be recorded in "
    "accordance with the provisions of the Technical Annex.",
)
PRECAUTIONS = Condition(
    "precautions for civilians",
    "3(10)",
    "All feasible precautions shall be taken to protect civilians ... (for example, fencing, signs, warning and "
    "monitoring)",
)
WARNING = Condition(
    "warning",
    "3(11)",
    "Effective advance warning shall be given of any emplacement of mines, booby-traps and other devices which may "
    "affect the civilian population, unless circumstances do not permit.",
)
TARGET = Condition(
    "only at military objectives, never indiscriminately",
    "3(7) and 3(8)",
    "It is prohibited in all circumstances to direct weapons ... against the civilian population as such ... The "
    "indiscriminate use of weapons to which this Article applies is prohibited.",
)
CLEARING = Condition(
    "clearing after hostilities",
    "3(2) and 10(1)",
    "Without delay after the cessation of active hostilities, all minefields, mined areas, mines, booby-traps and "
    "other devices shall be cleared, removed, destroyed or maintained",
)
DETECTABLE = Condition(
    "detectability",
    "4 and technical annex 2",
    "It is prohibited to use anti-personnel mines which are not detectable ... a response signal equivalent to a "
    "signal from 8 grammes or more of iron in a single coherent mass",
)
MARKED_AREA = Condition(
    "marking, monitoring and fencing",
    "5(2)(a)",
    "[unless they self-destruct and self-deactivate, technical annex 3] such weapons are placed within a "
    "perimeter-marked area which is monitored by military personnel and protected by fencing or other means, to ensure "
    "the effective exclusion of civilians from the area",
)
CLEARED_BEFORE_LEAVING = Condition(
    "clearing before the area is left",
    "5(2)(b)",
    "such weapons are cleared before the area is abandoned, unless the area is turned over to the forces of another "
    "State which accept responsibility",
)
SIGNS = Condition(
    "signs",
    "technical annex 4",
    "Signs ... shall be utilized in the marking of minefields and mined areas to ensure their visibility and "
    "recognition by the civilian population",
)
REMOTE = Condition(
    "if remotely delivered: recording, self-destruction, warning",
    "6 and technical annex 3",
    "It is prohibited to use remotely-delivered mines unless they are recorded ... remotely-delivered anti-personnel "
    "mines which are not in compliance with the provisions on self-destruction and self-deactivation",
)
NO_HARMLESS_LOOK = Condition(
    "never in or as harmless things",
    "7(1) and 7(2)",
    "It is prohibited to use booby-traps or other devices in the form of apparently harmless portable objects ...; or "
    "attached to protective emblems, the wounded or dead, medical things, toys, food, graves, places of worship, "
    "animals",
)
TOWNS = Condition(
    "in towns only near a military objective or with protection of civilians",
    "7(3)",
    "unless either: they are placed on or in the close vicinity of a military objective; or measures are taken to "
    "protect civilians from their effects",
)


@clause(
    "3, 4, 5, 6 and 9",
    "Weapons to which this Article applies shall strictly comply with the standards and limitations specified in the "
    "Technical Annex with respect to each particular category. (3(4))",
)
def articles_3_to_9(deed: Deed, weapon: Weapon) -> Ruling | None:
    """Use is restricted: general conditions for all, detectability and a marked area for anti-personnel mines."""
    if deed is not Deed.USE or weapon not in LAND_WEAPONS:
        return None
    own: tuple[Condition, ...] = ()
    if weapon is Weapon.ANTI_PERSONNEL_MINES:
        own = (DETECTABLE, MARKED_AREA, CLEARED_BEFORE_LEAVING, SIGNS, REMOTE)
    elif weapon is Weapon.OTHER_MINES:
        own = (SIGNS, REMOTE)
    else:
        own = (NO_HARMLESS_LOOK, TOWNS)
    return Ruling(Verdict.RESTRICTED, (RECORDING, *own, PRECAUTIONS, WARNING, TARGET, CLEARING))


@clause(
    "8(1)",
    "each High Contracting Party: a) undertakes not to transfer any mine the use of which is prohibited by this "
    "Protocol; b) ... to any recipient other than a State or a State agency authorized to receive such transfers; "
    "c) undertakes to exercise restraint in the transfer of any mine the use of which is restricted by this Protocol.",
)
def article_8_1(deed: Deed, weapon: Weapon) -> Ruling | None:
    """The transfer of mines is restricted; booby-traps and other devices are not named."""
    if deed is not Deed.TRANSFER or weapon not in MINES:
        return None
    bound = Condition(
        "recipient bound by the protocol",
        "8(1)(c)",
        "undertakes not to transfer any anti-personnel mines to States which are not bound by this Protocol, unless "
        "the recipient State agrees to apply this Protocol",
    )
    allowed = Condition("no mine of a prohibited kind", "8(1)(a)", "undertakes not to transfer any mine the use of "
                        "which is prohibited by this Protocol")  # fmt: skip
    state = Condition("to states only", "8(1)(b)", "undertakes not to transfer any mine to any recipient other than a "
                      "State or a State agency authorized to receive such transfers")  # fmt: skip
    own = (bound,) if weapon is Weapon.ANTI_PERSONNEL_MINES else ()
    return Ruling(Verdict.RESTRICTED, (allowed, state, *own))


@clause(
    "1(1)",
    "This Protocol relates to the use on land of the mines, booby-traps and other devices, defined herein",
)
def article_1_1(weapon: Weapon) -> bool:
    """It speaks of mines, booby-traps and other devices only."""
    return weapon not in LAND_WEAPONS


@clause("3(11)", WARNING.quote)
def article_3_11(_in_force_from: date) -> date | None:
    """Before mines that may affect civilians are laid."""
    return None


@clause("5(2)(a) and technical annex 4", MARKED_AREA.quote)
def article_5_2_a(_in_force_from: date) -> date | None:
    """From the laying on, until the mines are cleared."""
    return None


@clause("9(1) and technical annex 1", RECORDING.quote)
def article_9_1(_in_force_from: date) -> date | None:
    """On laying: reference points, perimeter, number, type, method, fuze, life time, date and time."""
    return None


@clause(
    "9(2)",
    "All such records shall be retained by the parties to a conflict, who shall, without delay after the cessation of "
    "active hostilities, take all necessary and appropriate measures, including the use of such information, to "
    "protect civilians",
)
def article_9_2_records(_in_force_from: date) -> date | None:
    """Without delay after the hostilities; also handed to the other party and the Secretary-General."""
    return None


@clause("10(1)", CLEARING.quote)
def article_10_1(_in_force_from: date) -> date | None:
    """Without delay; the protocol gives no number of years."""
    return None


@clause(
    "13(4)",
    "The High Contracting Parties shall provide annual reports to the Depositary, who shall circulate them to all High "
    "Contracting Parties in advance of the conference",
)
def article_13_4(_in_force_from: date) -> date | None:
    """Every year before the conference of the parties; the protocol gives no day."""
    return None


@clause(
    "14(1) and 14(2)",
    "Each High Contracting Party shall take all appropriate steps, including legislative and other measures, to "
    "prevent and suppress violations ... include appropriate measures to ensure the imposition of penal sanctions",
)
def article_14_1(_in_force_from: date) -> date | None:
    """From the first day on."""
    return None


@clause(
    "14(3)",
    "shall also require that its armed forces issue relevant military instructions and operating procedures and that "
    "armed forces personnel receive training",
)
def article_14_3(_in_force_from: date) -> date | None:
    """From the first day on."""
    return None


TREATY = Treaty(
    key="ccw-ap2",
    short="CCW Amended Protocol II",
    title="Protocol on Prohibitions or Restrictions on the Use of Mines, Booby-Traps and Other Devices as Amended on "
    "3 May 1996",
    number="XXVI-2-b",
    depositary=DEPOSITARY,
    entry_into_force=protocol_entry_into_force,
    entry_clauses=(article_5_3, article_5_4),
    withdrawal=article_9_2,
    prohibitions=(articles_3_to_9, article_8_1),
    exclusions=(article_1_1,),
    duties=(
        DutyRule("recording of mines", Rhythm.ON_EVENT, article_9_1, trigger="on laying"),
        DutyRule("marking, monitoring and fencing", Rhythm.ON_EVENT, article_5_2_a, trigger="on laying"),
        DutyRule("advance warning", Rhythm.ON_EVENT, article_3_11, trigger="before laying that may affect civilians"),
        DutyRule(
            "use and handing over of the records",
            Rhythm.ON_EVENT,
            article_9_2_records,
            trigger="without delay after the cessation of active hostilities",
        ),
        DutyRule(
            "clearing or maintaining of mines",
            Rhythm.ON_EVENT,
            article_10_1,
            trigger="without delay after the cessation of active hostilities; the protocol gives no number of years",
        ),
        DutyRule("yearly report", Rhythm.STANDING, article_13_4, note="before each yearly conference; no fixed day"),
        DutyRule("laws and penal sanctions", Rhythm.STANDING, article_14_1),
        DutyRule("military instructions and training", Rhythm.STANDING, article_14_3),
    ),
    after_withdrawal=article_9_5,
    withdrawal_word="denunciation",
    withdrawal_unless=UNLESS,
    part_of="ccw",
    scope="applies to the use on land in armed conflicts, international or not (art. 1(1) to 1(3)); transfers, "
    "reports, laws and military instructions also in peace (art. 8, 13 and 14)",
    covers=LAND_WEAPONS,
    also_called=(
        "AP2",
        "APII",
        "AP II",
        "Amended Protocol II",
        "Amended Protocol 2",
        "Amended Mines Protocol",
        "Mines Protocol",
        "Protocol II as amended",
    ),
)
