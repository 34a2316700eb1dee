"""The Anti-Personnel Mine Ban Convention (Oslo, 18 September 1997; opened for signature at Ottawa)."""

from datetime import date

from merestone.law.clause import (
    Condition,
    Conflict,
    Deed,
    DutyRule,
    Effect,
    GeneralDates,
    Rhythm,
    Ruling,
    Treaty,
    Verdict,
    Weapon,
    clause,
)
from merestone.law.clock import days_after, first_day_of_month_after, is_clamped, months_after, years_after

RETENTION = Condition(
    "training",
    "3(1)",
    "the retention or transfer of a number of anti-personnel mines for the development of and training in mine "
    "detection, mine clearance, or mine destruction techniques is permitted. The amount of such mines shall not exceed "
    "the minimum number absolutely necessary",
)
DESTRUCTION = Condition(
    "destruction", "3(2)", "The transfer of anti-personnel mines for the purpose of destruction is permitted."
)


@clause("1(1)(a)", "Each State Party undertakes never under any circumstances: To use anti-personnel mines;")
def article_1_1_a(deed: Deed, weapon: Weapon) -> Ruling | None:
    """Use is prohibited."""
    if deed is Deed.USE and weapon is Weapon.ANTI_PERSONNEL_MINES:
        return Ruling(Verdict.PROHIBITED)
    return None


@clause(
    "1(1)(b)",
    "To develop, produce, otherwise acquire, stockpile, retain or transfer to anyone, directly or indirectly, "
    "anti-personnel mines;",
)
def article_1_1_b(deed: Deed, weapon: Weapon) -> Ruling | None:
    """Six deeds are prohibited; art. 3 excepts a few mines for training, and transfer for destruction."""
    named = {Deed.DEVELOP, Deed.PRODUCE, Deed.ACQUIRE, Deed.STOCKPILE, Deed.RETAIN, Deed.TRANSFER}
    if deed not in named or weapon is not Weapon.ANTI_PERSONNEL_MINES:
        return None
    excepted = {Deed.RETAIN: (RETENTION,), Deed.TRANSFER: (RETENTION, DESTRUCTION)}
    return Ruling(Verdict.PROHIBITED, exceptions=excepted.get(deed, ()))


@clause(
    "1(1)(c)",
    "To assist, encourage or induce, in any way, anyone to engage in any activity prohibited to a State Party under "
    "this Convention.",
)
def article_1_1_c(deed: Deed, weapon: Weapon) -> Ruling | None:
    """Assistance is prohibited."""
    if deed is Deed.ASSIST and weapon is Weapon.ANTI_PERSONNEL_MINES:
        return Ruling(Verdict.PROHIBITED)
    return None


@clause(
    "2(1)",
    "Mines designed to be detonated by the presence, proximity or contact of a vehicle as opposed to a person, that "
    "are equipped with anti-handling devices, are not considered anti-personnel mines as a result of being so "
    "equipped.",
)
def article_2_1(weapon: Weapon) -> bool:
    """The convention speaks of anti-personnel mines only."""
    return weapon is not Weapon.ANTI_PERSONNEL_MINES


@clause(
    "4",
    "each State Party undertakes to destroy or ensure the destruction of all stockpiled anti-personnel mines ... as "
    "soon as possible but not later than four years after the entry into force of this Convention for that State "
    "Party.",
)
def article_4(in_force_from: date) -> date | None:
    """Four years after the entry into force, the same date. The convention knows no extension."""
    return years_after(in_force_from, 4)


@clause(
    "5(1)",
    "Each State Party undertakes to destroy or ensure the destruction of all anti-personnel mines in mined areas under "
    "its jurisdiction or control, as soon as possible but not later than ten years after the entry into force of this "
    "Convention for that State Party.",
)
def article_5_1(in_force_from: date) -> date | None:
    """Ten years after the entry into force. An extension under art. 5(3) is a decision: stored, never computed."""
    return years_after(in_force_from, 10)


@clause(
    "5(2)",
    "shall ensure as soon as possible that all anti-personnel mines in mined areas ... are perimeter-marked, monitored "
    "and protected by fencing or other means, to ensure the effective exclusion of civilians",
)
def article_5_2(_in_force_from: date) -> date | None:
    """From the first day, until the mines have been destroyed."""
    return None


@clause(
    "7(1)",
    "Each State Party shall report to the Secretary-General of the United Nations as soon as practicable, and in any "
    "event not later than 180 days after the entry into force of this Convention for that State Party",
)
def article_7_1(in_force_from: date) -> date | None:
    """180 days, here indeed days: Latvia, in force 1 January 2006, owed its first report by 30 June 2006."""
    return days_after(in_force_from, 180)


@clause(
    "7(2)",
    "The information provided in accordance with this Article shall be updated by the States Parties annually, "
    "covering the last calendar year, and reported ... not later than 30 April of each year.",
)
def article_7_2(in_covered_year: date) -> date | None:
    """By 30 April, for the calendar year before."""
    return date(in_covered_year.year + 1, 4, 30)


@clause(
    "8(2)",
    "A State Party that receives a Request for Clarification shall provide ... within 28 days to the requesting State "
    "Party all information which would assist in clarifying this matter.",
)
def article_8_2(received_on: date) -> date | None:
    """28 days after the request was received."""
    return days_after(received_on, 28)


@clause(
    "9",
    "Each State Party shall take all appropriate legal, administrative and other measures, including the imposition of "
    "penal sanctions, to prevent and suppress any activity prohibited to a State Party under this Convention",
)
def article_9(_in_force_from: date) -> date | None:
    """From the first day on."""
    return None


@clause(
    "17(1)",
    "This Convention shall enter into force on the first day of the sixth month after the month in which the 40th "
    "instrument of ratification, acceptance, approval or accession has been deposited.",
)
def article_17_1(fortieth_deposited_on: date) -> date:
    """The 40th instrument was deposited on 16 September 1998: 1 March 1999."""
    return first_day_of_month_after(fortieth_deposited_on, 6)


@clause(
    "17(2)",
    "For any State which deposits its instrument ... after the date of the deposit of the 40th instrument ..., this "
    "Convention shall enter into force on the first day of the sixth month after the date on which that State has "
    "deposited its instrument",
)
def article_17_2(deposited_on: date) -> date:
    """The first day of the sixth month after the month of the deposit, also for a deposit on the first of a month.

    The depositary counts so: Latvia, deposited on 1 July 2005, was bound from 1 January 2006.
    """
    return first_day_of_month_after(deposited_on, 6)


@clause(
    "18",
    "Any State may at the time of its ratification, acceptance, approval or accession, declare that it will apply "
    "provisionally paragraph 1 of Article 1 of this Convention pending its entry into force.",
)
def article_18(article: str) -> bool:
    """Only the prohibitions of art. 1(1) can be applied provisionally."""
    return article.startswith("1(1)")


@clause(
    "20(3)",
    "Such withdrawal shall only take effect six months after the receipt of the instrument of withdrawal by the "
    "Depositary. If, however, on the expiry of that six-month period, the withdrawing State Party is engaged in an "
    "armed conflict, the withdrawal shall not take effect before the end of the armed conflict.",
)
def article_20_3(received_on: date, conflict: Conflict | None) -> Effect:
    """Six calendar months after the receipt, the same day; later if an armed conflict lasts on that day."""
    earliest_on = months_after(received_on, 6)
    engaged = conflict is not None and conflict.is_engaged(earliest_on)
    effective_on = conflict.until if conflict is not None and engaged else earliest_on
    return Effect(earliest_on, effective_on, is_clamped(received_on, 6))


@clause(
    "20(4)",
    "The withdrawal of a State Party from this Convention shall not in any way affect the duty of States to continue "
    "fulfilling the obligations assumed under any relevant rules of international law.",
)
def article_20_4() -> str:
    """What other rules bind a state to, it goes on owing."""
    return "obligations under any relevant rules of international law"


def entry_into_force(deposited_on: date, general: GeneralDates) -> tuple[date, str]:
    """Art. 17(1) for the first forty deposits and those of the same day, art. 17(2) for all later ones."""
    if general.first_group_until is not None and deposited_on <= general.first_group_until:
        return article_17_1(general.first_group_until), article_17_1.article
    return article_17_2(deposited_on), article_17_2.article


TREATY = Treaty(
    key="apmbc",
    short="Anti-Personnel Mine Ban Convention",
    title="Convention on the Prohibition of the Use, Stockpiling, Production and Transfer of Anti-Personnel Mines and "
    "on their Destruction",
    number="XXVI-5",
    depositary="Secretary-General of the United Nations (art. 21)",
    entry_into_force=entry_into_force,
    entry_clauses=(article_17_1, article_17_2),
    withdrawal=article_20_3,
    prohibitions=(article_1_1_a, article_1_1_b, article_1_1_c),
    exclusions=(article_2_1,),
    duties=(
        DutyRule("initial transparency report", Rhythm.ONCE, article_7_1),
        DutyRule("yearly transparency report", Rhythm.YEARLY, article_7_2, first=article_7_1),
        DutyRule("destruction of stockpiled mines", Rhythm.ONCE, article_4),
        DutyRule(
            "clearance of mined areas",
            Rhythm.ONCE,
            article_5_1,
            note="owed if there are mined areas",
            extension="5(3)",
        ),
        DutyRule(
            "marking, monitoring and fencing of mined areas",
            Rhythm.STANDING,
            article_5_2,
            note="if there are mined areas, until the mines have been destroyed",
        ),
        DutyRule("national laws and penal sanctions", Rhythm.STANDING, article_9),
        DutyRule(
            "answer to a request for clarification",
            Rhythm.ON_EVENT,
            article_8_2,
            trigger="within 28 days of receiving a request",
        ),
    ),
    provisional=article_18,
    after_withdrawal=article_20_4,
    withdrawal_unless="the state is engaged in an armed conflict on that day",
    covers=frozenset({Weapon.ANTI_PERSONNEL_MINES}),
    also_called=(
        "Ottawa",
        "Ottawa Treaty",
        "Ottawa Convention",
        "Mine Ban",
        "Mine Ban Treaty",
        "Mine Ban Convention",
        "Landmine Treaty",
        "Landmine Convention",
        "Landmine Ban Treaty",
        "Antipersonnel Mine Ban Treaty",
        "APMBT",
        "MBT",
        "Land Mines Convention",
    ),
)
