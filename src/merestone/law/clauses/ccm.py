"""The Convention on Cluster Munitions (Dublin, 30 May 2008; opened for signature at Oslo). It does not cover mines."""

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

TRAINING = Condition(
    "training",
    "3(6)",
    "the retention or acquisition of a limited number of cluster munitions and explosive submunitions for the "
    "development of and training in ... detection, clearance or destruction techniques ... is permitted",
)
DESTRUCTION = Condition(
    "destruction",
    "3(7)",
    "the transfer of cluster munitions to another State Party for the purpose of destruction, as well as for the "
    "purposes described in paragraph 6 of this Article, is permitted",
)


@clause("1(1)(a)", "Each State Party undertakes never under any circumstances to: Use cluster munitions;")
def article_1_1_a(deed: Deed, weapon: Weapon) -> Ruling | None:
    """Use is prohibited."""
    if deed is Deed.USE and weapon is Weapon.CLUSTER_MUNITIONS:
        return Ruling(Verdict.PROHIBITED)
    return None


@clause(
    "1(1)(b)",
    "Develop, produce, otherwise acquire, stockpile, retain or transfer to anyone, directly or indirectly, cluster "
    "munitions;",
)
def article_1_1_b(deed: Deed, weapon: Weapon) -> Ruling | None:
    """Six deeds are prohibited; art. 3(6) and 3(7) except a few for training, and transfer for destruction."""
    named = {Deed.DEVELOP, Deed.PRODUCE, Deed.ACQUIRE, Deed.STOCKPILE, Deed.RETAIN, Deed.TRANSFER}
    if deed not in named or weapon is not Weapon.CLUSTER_MUNITIONS:
        return None
    excepted = {Deed.RETAIN: (TRAINING,), Deed.ACQUIRE: (TRAINING,), Deed.TRANSFER: (DESTRUCTION,)}
    return Ruling(Verdict.PROHIBITED, exceptions=excepted.get(deed, ()))


@clause(
    "1(1)(c)",
    "Assist, encourage or induce anyone to engage in any activity prohibited to a State Party under this Convention.",
)
def article_1_1_c(deed: Deed, weapon: Weapon) -> Ruling | None:
    """Assistance is prohibited; art. 21(3) speaks of military cooperation with states that are not party."""
    if deed is Deed.ASSIST and weapon is Weapon.CLUSTER_MUNITIONS:
        return Ruling(Verdict.PROHIBITED)
    return None


@clause("1(3)", "This Convention does not apply to mines.")
def article_1_3(weapon: Weapon) -> bool:
    """It speaks of cluster munitions only."""
    return weapon is not Weapon.CLUSTER_MUNITIONS


@clause(
    "3(2)",
    "to destroy or ensure the destruction of all cluster munitions ... as soon as possible but not later than eight "
    "years after the entry into force of this Convention for that State Party.",
)
def article_3_2(in_force_from: date) -> date | None:
    """Eight years; an extension under art. 3(3) is a decision: stored, never computed."""
    return years_after(in_force_from, 8)


@clause(
    "4(1)(a)",
    "such clearance and destruction shall be completed as soon as possible but not later than ten years from that date "
    "[of entry into force of this Convention for that State Party]",
)
def article_4_1_a(in_force_from: date) -> date | None:
    """Ten years; for later contamination, ten years after the end of the active hostilities (art. 4(1)(b))."""
    return years_after(in_force_from, 10)


@clause("7(1)", "not later than 180 days after the entry into force of this Convention for that State Party")
def article_7_1(in_force_from: date) -> date | None:
    """180 days after the entry into force."""
    return days_after(in_force_from, 180)


@clause(
    "7(2)",
    "updated by the States Parties annually, covering the previous calendar year, ... not later than 30 April of each "
    "year.",
)
def article_7_2(in_covered_year: date) -> date | None:
    """By 30 April, for the calendar year before."""
    return date(in_covered_year.year + 1, 4, 30)


@clause(
    "9",
    "Each State Party shall take all appropriate legal, administrative and other measures to implement this "
    "Convention, including the imposition of penal sanctions",
)
def article_9(_in_force_from: date) -> date | None:
    """From the first day on."""
    return None


@clause(
    "17(1)",
    "This Convention shall enter into force on the first day of the sixth month after the month in which the thirtieth "
    "instrument of ratification, acceptance, approval or accession has been deposited.",
)
def article_17_1(thirtieth_deposited_on: date) -> date:
    """The 30th instrument was deposited on 16 February 2010: 1 August 2010."""
    return first_day_of_month_after(thirtieth_deposited_on, 6)


@clause(
    "17(2)",
    "For any State that deposits its instrument ... after the date of the deposit of the thirtieth instrument ..., "
    "this Convention shall enter into force on the first day of the sixth month after the date on which that State has "
    "deposited its instrument",
)
def article_17_2(deposited_on: date) -> date:
    """Vanuatu deposited on 5 September 2025 and was bound from 1 March 2026."""
    return first_day_of_month_after(deposited_on, 6)


@clause(
    "18",
    "Any State may, at the time of its ratification, acceptance, approval or accession declare that it will apply "
    "provisionally Article 1 of this Convention pending its entry into force for that State.",
)
def article_18(article: str) -> bool:
    """Only art. 1 can be applied provisionally."""
    return article.startswith("1(")


@clause(
    "20(3)",
    "Such withdrawal shall only take effect six months after the receipt of the instrument of withdrawal by the "
    "Depositary. If, however, on the expiry of that six-month period, the withdrawing State Party is engaged in an "
    "armed conflict, the withdrawal shall not take effect before the end of the armed conflict.",
)
def article_20_3(received_on: date, conflict: Conflict | None) -> Effect:
    """Six calendar months: Lithuania's notice was received on 6 September 2024 and took effect on 6 March 2025."""
    earliest_on = months_after(received_on, 6)
    engaged = conflict is not None and conflict.is_engaged(earliest_on)
    effective_on = conflict.until if conflict is not None and engaged else earliest_on
    return Effect(earliest_on, effective_on, is_clamped(received_on, 6))


def entry_into_force(deposited_on: date, general: GeneralDates) -> tuple[date, str]:
    """Art. 17(1) for the first thirty deposits and those of the same day, art. 17(2) for all later ones."""
    if general.first_group_until is not None and deposited_on <= general.first_group_until:
        return article_17_1(general.first_group_until), article_17_1.article
    return article_17_2(deposited_on), article_17_2.article


TREATY = Treaty(
    key="ccm",
    short="Convention on Cluster Munitions",
    title="Convention on Cluster Munitions",
    number="XXVI-6",
    depositary="Secretary-General of the United Nations (art. 22)",
    entry_into_force=entry_into_force,
    entry_clauses=(article_17_1, article_17_2),
    withdrawal=article_20_3,
    prohibitions=(article_1_1_a, article_1_1_b, article_1_1_c),
    exclusions=(article_1_3,),
    duties=(
        DutyRule("initial transparency report", Rhythm.ONCE, article_7_1),
        DutyRule("yearly transparency report", Rhythm.YEARLY, article_7_2, first=article_7_1),
        DutyRule("destruction of stockpiled cluster munitions", Rhythm.ONCE, article_3_2, extension="3(3)"),
        DutyRule(
            "clearance of cluster munition remnants",
            Rhythm.ONCE,
            article_4_1_a,
            note="owed if there are any",
            extension="4(5)",
        ),
        DutyRule("national laws and penal sanctions", Rhythm.STANDING, article_9),
    ),
    provisional=article_18,
    withdrawal_unless="the state is engaged in an armed conflict on that day",
    covers=frozenset({Weapon.CLUSTER_MUNITIONS}),
    also_called=(
        "Oslo",
        "Oslo Convention",
        "Oslo Treaty",
        "Cluster",
        "Cluster Bomb Treaty",
        "Cluster Munitions",
        "Cluster Munitions Convention",
        "Cluster Munition Treaty",
        "Cluster Bomb Ban",
    ),
)
