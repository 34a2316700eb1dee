"""CCW Protocol IV on blinding laser weapons (Vienna, 13 October 1995). It does not speak of mines."""

from datetime import date

from merestone.law.clause import Deed, DutyRule, Rhythm, Ruling, Treaty, Verdict, Weapon, clause
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
    "1",
    "It is prohibited to employ laser weapons specifically designed, as their sole combat function or as one of their "
    "combat functions, to cause permanent blindness to unenhanced vision, that is to the naked eye or to the eye with "
    "corrective eyesight devices. The High Contracting Parties shall not transfer such weapons to any State or "
    "non-State entity.",
)
def article_1(deed: Deed, weapon: Weapon) -> Ruling | None:
    """Use and transfer are prohibited."""
    if deed in (Deed.USE, Deed.TRANSFER) and weapon is Weapon.BLINDING_LASER_WEAPONS:
        return Ruling(Verdict.PROHIBITED)
    return None


@clause(
    "2",
    "In the employment of laser systems, the High Contracting Parties shall take all feasible precautions to avoid the "
    "incidence of permanent blindness to unenhanced vision. Such precautions shall include training of their armed "
    "forces and other practical measures.",
)
def article_2(_in_force_from: date) -> date | None:
    """From the first day on, wherever laser systems are employed."""
    return None


@clause(
    "3",
    "Blinding as an incidental or collateral effect of the legitimate military employment of laser systems, including "
    "laser systems used against optical equipment, is not covered by the prohibition of this Protocol.",
)
def article_3(weapon: Weapon) -> bool:
    """It speaks of laser weapons only."""
    return weapon is not Weapon.BLINDING_LASER_WEAPONS


TREATY = Treaty(
    key="ccw-p4",
    short="CCW Protocol IV",
    title="Protocol on Blinding Laser Weapons",
    number="XXVI-2-a",
    depositary=DEPOSITARY,
    entry_into_force=protocol_entry_into_force,
    entry_clauses=(article_5_3, article_5_4),
    withdrawal=article_9_2,
    prohibitions=(article_1,),
    exclusions=(article_3,),
    duties=(DutyRule("precautions against blinding, and training", Rhythm.STANDING, article_2),),
    after_withdrawal=article_9_5,
    withdrawal_word="denunciation",
    withdrawal_unless=UNLESS,
    part_of="ccw",
    widened_by="ccw-art1",
    scope="applies in armed conflicts between states (CCW, art. 1(1)); in other armed conflicts for the parties bound "
    "by the amendment of CCW, art. 1 (ccw-art1)",
    covers=frozenset({Weapon.BLINDING_LASER_WEAPONS}),
    also_called=(
        "P4",
        "P IV",
        "Protocol IV",
        "Protocol 4",
        "Blinding Lasers",
        "Blinding Laser Weapons",
        "Laser Protocol",
    ),
)
