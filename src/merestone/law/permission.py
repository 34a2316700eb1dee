"""What a state may do on a day: which treaty forbids or restricts a deed with a weapon, by which article.

This is what the treaties' words say of the states bound by them. It is not legal advice.
"""

from dataclasses import dataclass
from datetime import date

from merestone.languages import gettext_noop
from merestone.law.clause import Condition, Deed, Ruling, Treaty, Verdict, Weapon, cited
from merestone.law.episode import Word
from merestone.law.library import Holding, Library, packaged
from merestone.law.state import State, plain_name
from merestone.law.state_status import Status, status
from merestone.terms import FieldRefused, renamed_attribute

NOT_ADVICE = gettext_noop("This restates the treaties covered here; it is not legal advice.")

_WEIGHT = (Verdict.PROHIBITED, Verdict.RESTRICTED, Verdict.NOT_KNOWN, Verdict.NOT_PROHIBITED)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one treaty that was looked at says of the deed."""

    treaty: str
    short: str
    status: Status | None
    """None: the treaty had not been adopted yet."""
    article: str
    quote: str
    verdict: Verdict
    conditions: tuple[Condition, ...] = ()
    exceptions: tuple[Condition, ...] = ()
    reason: str = ""
    """Why the treaty forbids nothing here, or on what footing it binds."""
    scope: str = ""
    """When the treaty's rules apply, if not always."""
    would_be: Verdict | None = None
    """What the clause says of the deed to a state that is bound; None: the treaty does not speak of it."""

    words = renamed_attribute("words", "quote")

    @property
    def cited(self) -> str:
        """The article as a sentence cites it."""
        return cited(self.article)


@dataclass(frozen=True, slots=True)
class Permission:
    """The answer: the strictest verdict of all treaties looked at, and what each of them says."""

    state: State
    deed: Deed
    weapon: Weapon
    on: date
    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def ruling_findings(self) -> tuple[Finding, ...]:
        """The findings that the verdict rests on."""
        return tuple(finding for finding in self.findings if finding.verdict is self.verdict)


NEAR_DEEDS = {
    Deed.USE: ("lay", "laying", "plant", "emplace", "deploy", "employ", "mine", "scatter", "fire"),
    Deed.DEVELOP: ("design", "research", "test"),
    Deed.PRODUCE: ("make", "manufacture", "build", "production"),
    Deed.ACQUIRE: ("buy", "import", "purchase", "procure", "obtain", "get"),
    Deed.STOCKPILE: ("stock", "store", "hoard", "possess", "own", "have"),
    Deed.RETAIN: ("keep", "hold"),
    Deed.TRANSFER: ("sell", "export", "give", "ship", "send", "trade", "donate", "transit"),
    Deed.ASSIST: ("help", "fund", "finance", "encourage", "induce", "support", "invest"),
}
"""Words that people use beside the treaties' own, by the deed that is answered for."""
NEAR_WEAPONS = {
    Weapon.ANTI_PERSONNEL_MINES: (
        "mines", "mine", "landmines", "landmine", "land mines", "ap mines", "apl", "apm", "antipersonnel mines",
        "antipersonnel landmines", "anti-personnel landmines", "anti-personnel mine", "antipersonnel mine",
    ),
    Weapon.OTHER_MINES: (
        "anti-vehicle mines", "antivehicle mines", "anti-tank mines", "antitank mines", "anti-vehicle mine",
        "anti-tank mine", "mines other than anti-personnel mines", "motapm",
    ),
    Weapon.BOOBY_TRAPS: ("booby traps", "booby trap", "boobytraps"),
    Weapon.OTHER_DEVICES: ("ied", "ieds", "improvised explosive devices", "improvised explosive device"),
    Weapon.CLUSTER_MUNITIONS: ("cluster bombs", "cluster bomb", "cluster munition", "cluster", "submunitions"),
    Weapon.BLINDING_LASER_WEAPONS: ("lasers", "blinding lasers", "laser weapons", "blinding laser weapon"),
}  # fmt: skip


def deed_of(text: str) -> Deed:
    """The deed of this name, or of a near word such as "lay"; FieldRefused, naming the choices, if there is none.

    >>> deed_of("lay")
    <Deed.USE: 'use'>
    """
    word = text.strip().lower().removeprefix("to ")
    near = {synonym: deed for deed, synonyms in NEAR_DEEDS.items() for synonym in synonyms}
    try:
        return near[word] if word in near else Deed(word)
    except ValueError:
        raise FieldRefused("deed", text, "no treaty here mentions it", f"use one of {', '.join(Deed)}") from None


def weapon_of(text: str) -> Weapon:
    """The weapon of this name or of a near one; FieldRefused, naming the choices, if there is none."""
    word = plain_name(text)
    near = {
        plain_name(synonym): weapon
        for weapon, synonyms in NEAR_WEAPONS.items()
        for synonym in (weapon.value, *synonyms)
    }
    if word in near:
        return near[word]
    why = "no treaty covered here distinguishes it"
    raise FieldRefused("weapon", text, why, f"use one of {', '.join(Weapon)}") from None


def explained(deed: str, weapon: str) -> str:
    """Said where the words asked with are not the treaties' own; empty where they are.

    >>> explained("lay", "mines")
    '"lay" is answered as use; "mines" are answered as anti-personnel-mines (other-mines are another question)'
    """
    sentences = []
    if deed != "all" and deed.strip().lower() != (meant := deed_of(deed)).value:
        sentences.append(f'"{deed}" is answered as {meant}')
    kind = weapon_of(weapon)
    if plain_name(weapon) != plain_name(kind.value):
        other = " (other-mines are another question)" if kind is Weapon.ANTI_PERSONNEL_MINES else ""
        sentences.append(f'"{weapon}" are answered as {kind}{other}')
    return "; ".join(sentences)


def may(
    state: str, deed: Deed, weapon: Weapon, *, on: date, known_on: date | None = None, library: Library | None = None
) -> Permission:
    """What all treaties held say of a deed with a weapon by a state on a day.

    Raises
    ------
    UnknownState

    >>> may("LTU", Deed.PRODUCE, Weapon.ANTI_PERSONNEL_MINES, on=date(2025, 6, 1)).verdict
    <Verdict.PROHIBITED: 'prohibited'>
    """
    library = library or packaged()
    known_state = library.state(state)
    findings: list[Finding] = []
    for holding in library.holdings():
        if on < holding.general.adopted_on:
            reason = f"not adopted until {holding.general.adopted_on}"
            findings.append(_silent(holding.treaty, None, reason))
            continue
        bound = status(known_state.code, holding.treaty.key, on=on, known_on=known_on, library=library)
        wider = _widened(library, holding.treaty, known_state.code, on=on, known_on=known_on)
        findings.extend(_findings(holding, bound, deed, weapon, wider))
    verdict = min((finding.verdict for finding in findings), key=_WEIGHT.index, default=Verdict.NOT_PROHIBITED)
    return Permission(known_state, deed, weapon, on, verdict, tuple(findings))


def _widened(library: Library, treaty: Treaty, state: str, *, on: date, known_on: date | None) -> str:
    """Whether the state is bound by the amendment that lets a treaty's rules reach further, in words."""
    if not treaty.widened_by:
        return ""
    amendment = library.holding(treaty.widened_by)
    if on < amendment.general.adopted_on:
        return ""
    answer = status(state, treaty.widened_by, on=on, known_on=known_on, library=library)
    return f"; {answer.state.name} and that amendment: {answer.phrase}"


def _findings(holding: Holding, bound: Status, deed: Deed, weapon: Weapon, wider: str) -> list[Finding]:
    treaty = holding.treaty
    for exclusion in treaty.exclusions:
        if exclusion(weapon):
            reason = f"does not speak of {weapon}"
            return [_silent(treaty, bound, reason, article=exclusion.article, quote=exclusion.quote)]
    rulings = [(clause, ruling) for clause in treaty.prohibitions if (ruling := clause(deed, weapon)) is not None]
    if not rulings:
        return [_silent(treaty, bound, "has no clause on this deed with this weapon")]
    results: list[Finding] = []
    for clause, ruling in rulings:
        verdict, reason = _footing(treaty, bound, clause.article, ruling)
        binding = verdict in (Verdict.PROHIBITED, Verdict.RESTRICTED)
        results.append(
            Finding(
                treaty.key,
                treaty.short,
                bound,
                clause.article,
                clause.quote,
                verdict,
                ruling.conditions if binding else (),
                ruling.exceptions if binding else (),
                reason,
                f"{treaty.scope}{wider}" if binding and treaty.scope else "",
                ruling.verdict,
            )
        )
    return results


def _footing(treaty: Treaty, bound: Status, article: str, ruling: Ruling) -> tuple[Verdict, str]:
    """The clause's verdict for a state of this status, and on what footing."""
    if bound.is_bound:
        return ruling.verdict, bound.headline
    since, applied = bound.episode.provisional_from, bound.episode.provisional_scope
    clause = treaty.provisional
    # a state may apply less than the treaty lets it: then only the article that it named
    if since is not None and clause is not None and clause(article) and article.startswith(applied):
        named = f"art. {applied} " if applied else ""
        return ruling.verdict, f"{named}applied provisionally since {since}, art. {clause.article}"
    if bound.word is Word.NOT_KNOWN:
        return Verdict.NOT_KNOWN, f"it would be {ruling.verdict} if the treaty binds the state; {bound.headline}"
    return Verdict.NOT_PROHIBITED, f"not bound: {bound.headline}"


def _silent(treaty: Treaty, bound: Status | None, reason: str, *, article: str = "", quote: str = "") -> Finding:
    return Finding(treaty.key, treaty.short, bound, article, quote, Verdict.NOT_PROHIBITED, reason=reason)
