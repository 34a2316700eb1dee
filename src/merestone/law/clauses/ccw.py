"""The Convention on Certain Conventional Weapons (Geneva, 10 October 1980), the frame of its protocols.

Its own articles forbid no weapon; they say how a state comes to be bound by a protocol, and how it leaves one.
"""

from datetime import date

from merestone.law.clause import Conflict, DutyRule, Effect, GeneralDates, Rhythm, Treaty, Weapon, clause
from merestone.law.clock import is_clamped, months_after, years_after

UNLESS = (
    "the state is engaged in an armed conflict or occupation on that day; then not before its end and, in any case, "
    "not before the end of operations for the final release, repatriation or re-establishment of the persons protected"
)
DEPOSITARY = "Secretary-General of the United Nations (CCW, art. 10)"


@clause(
    "5(1)",
    "This Convention shall enter into force six months after the date of deposit of the twentieth instrument of "
    "ratification, acceptance, approval or accession.",
)
def article_5_1(twentieth_deposited_on: date) -> date:
    """Poland deposited the 20th instrument on 2 June 1983: 2 December 1983."""
    return months_after(twentieth_deposited_on, 6)


@clause(
    "5(2)",
    "For any State which deposits its instrument ... after the date of the deposit of the twentieth instrument ..., "
    "this Convention shall enter into force six months after the date on which that State has deposited its instrument",
)
def article_5_2(deposited_on: date) -> date:
    """Six calendar months, the same day of the month; the last day of a month that has no such day."""
    return months_after(deposited_on, 6)


@clause(
    "5(3)",
    "Each of the Protocols annexed to this Convention shall enter into force six months after the date by which twenty "
    "States have notified their consent to be bound by it",
)
def article_5_3(twentieth_consented_on: date) -> date:
    """As art. 5(1), for a protocol."""
    return months_after(twentieth_consented_on, 6)


@clause(
    "5(4)",
    "For any State which notifies its consent to be bound by a Protocol ... after the date by which twenty States have "
    "notified their consent ..., the Protocol shall enter into force six months after the date on which that State has "
    "notified its consent so to be bound.",
)
def article_5_4(consented_on: date) -> date:
    """As art. 5(2), for a protocol: France consented on 31 October 2006 and was bound from 30 April 2007."""
    return months_after(consented_on, 6)


@clause(
    "6",
    "The High Contracting Parties undertake, in time of peace as in time of armed conflict, to disseminate this "
    "Convention and those of its annexed Protocols by which they are bound as widely as possible in their respective "
    "countries and, in particular, to include the study thereof in their programmes of military instruction",
)
def article_6(_in_force_from: date) -> date | None:
    """From the first day on, also in peace."""
    return None


@clause(
    "9(2)",
    "Any such denunciation shall only take effect one year after receipt by the Depositary of the notification of "
    "denunciation. If, however, on the expiry of that year the denouncing High Contracting Party is engaged in one of "
    "the situations referred to in Article 1, the Party shall continue to be bound ... until the end of the armed "
    "conflict or occupation and, in any case, until the termination of operations connected with the final release, "
    "repatriation or re-establishment of the person protected",
)
def article_9_2(received_on: date, conflict: Conflict | None) -> Effect:
    """One year after the receipt, of the convention or of any protocol.

    `conflict.until` is the end of the armed conflict or occupation and of those operations, whichever comes last.
    """
    earliest_on = years_after(received_on, 1)
    engaged = conflict is not None and conflict.is_engaged(earliest_on)
    effective_on = conflict.until if conflict is not None and engaged else earliest_on
    return Effect(earliest_on, effective_on, is_clamped(received_on, 12))


@clause(
    "9(3)",
    "Any denunciation of this Convention shall be considered as also applying to all annexed Protocols by which the "
    "denouncing High Contracting Party is bound.",
)
def article_9_3(part_of: str | None) -> bool:
    """Whether denouncing the convention denounces a treaty that is annexed to it: all of them."""
    return part_of == "ccw"


@clause(
    "9(5)",
    "Any denunciation shall not affect the obligations already incurred, by reason of an armed conflict, under this "
    "Convention and its annexed Protocols by such denouncing High Contracting Party in respect of any act committed "
    "before this denunciation becomes effective.",
)
def article_9_5() -> str:
    """What an armed conflict has already made the state owe, it goes on owing."""
    return "obligations already incurred by reason of an armed conflict"


@clause("1(1)", "This Convention and its annexed Protocols shall apply in the situations referred to in Article 2 ...")
def no_weapon_of_its_own(_weapon: Weapon) -> bool:
    """The convention restricts no weapon by itself; its protocols do."""
    return True


def entry_into_force(deposited_on: date, general: GeneralDates) -> tuple[date, str]:
    """Art. 5(1) for the first twenty, art. 5(2) for all later ones."""
    if _is_first_group(deposited_on, general) and general.in_force_from is not None:
        return general.in_force_from, article_5_1.article
    return article_5_2(deposited_on), article_5_2.article


def protocol_entry_into_force(consented_on: date, general: GeneralDates) -> tuple[date, str]:
    """Art. 5(3) for the first twenty, art. 5(4) for all later ones.

    The day of art. 5(3) is the one the depositary published, not a count: for Amended Protocol II the list held here
    would make Norway the 20th (20 April 1998), but the depositary counted to 3 June 1998.
    """
    if _is_first_group(consented_on, general) and general.in_force_from is not None:
        return general.in_force_from, f"CCW {article_5_3.article}"
    return article_5_4(consented_on), f"CCW {article_5_4.article}"


def _is_first_group(day: date, general: GeneralDates) -> bool:
    return general.first_group_until is not None and day <= general.first_group_until


TREATY = Treaty(
    key="ccw",
    short="Convention on Certain Conventional Weapons",
    title="Convention on Prohibitions or Restrictions on the Use of Certain Conventional Weapons Which May Be Deemed "
    "to Be Excessively Injurious or to Have Indiscriminate Effects",
    number="XXVI-2",
    depositary=DEPOSITARY,
    entry_into_force=entry_into_force,
    entry_clauses=(article_5_1, article_5_2),
    withdrawal=article_9_2,
    exclusions=(no_weapon_of_its_own,),
    duties=(DutyRule("teaching the convention and its protocols to the armed forces", Rhythm.STANDING, article_6),),
    after_withdrawal=article_9_5,
    withdrawal_word="denunciation",
    withdrawal_unless=UNLESS,
    takes_along=article_9_3,
    also_called=(
        "CCWC",
        "Inhumane Weapons Convention",
        "Conventional Weapons Convention",
        "Certain Conventional Weapons",
        "UN Weapons Convention",
        "Geneva 1980",
    ),
)
