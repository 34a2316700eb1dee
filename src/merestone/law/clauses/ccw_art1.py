"""The amendment of article 1 of the Convention on Certain Conventional Weapons (Geneva, 21 December 2001).

It forbids no weapon. It lets the convention and its protocols apply in armed conflicts within one state too, for the
parties that have accepted it.
"""

from datetime import date

from merestone.law.clause import GeneralDates, Treaty, Weapon, clause
from merestone.law.clauses.ccw import DEPOSITARY, UNLESS, article_5_1, article_5_2, article_9_2, article_9_5
from merestone.law.clauses.ccw import entry_into_force as entry_into_force_of_the_convention


@clause("1(2)", "in short: the Convention and its annexed Protocols also apply to the situations of common article 3")
def no_weapon_of_its_own(_weapon: Weapon) -> bool:
    """The amendment restricts no weapon; it widens the conflicts in which the protocols apply."""
    return True


@clause(
    "CCW 8(1)(b)",
    "amendments ... shall enter into force in the same manner as the Convention and the annexed Protocols",
)
def article_8_1_b(deposited_on: date) -> date:
    """As art. 5(1) for the first twenty instruments, as art. 5(2) for each later one."""
    return article_5_2(deposited_on)


def entry_into_force(deposited_on: date, general: GeneralDates) -> tuple[date, str]:
    """CCW, art. 8(1)(b): in the same manner as the convention."""
    on, article = entry_into_force_of_the_convention(deposited_on, general)
    return on, f"CCW 8(1)(b) and {article}"


TREATY = Treaty(
    key="ccw-art1",
    short="Amendment of CCW article 1",
    title="Amendment to Article I of the Convention on Prohibitions or Restrictions on the Use of Certain Conventional "
    "Weapons which may be deemed to be Excessively Injurious or to have Indiscriminate Effects",
    number="XXVI-2-c",
    depositary=DEPOSITARY,
    entry_into_force=entry_into_force,
    entry_clauses=(article_8_1_b, article_5_1),
    withdrawal=article_9_2,
    exclusions=(no_weapon_of_its_own,),
    after_withdrawal=article_9_5,
    withdrawal_word="denunciation",
    withdrawal_unless=UNLESS,
    part_of="ccw",
    is_left_alone=False,
    also_called=("Amended Article 1", "Article 1 Amendment", "CCW Amendment", "Amendment of Article 1"),
)
