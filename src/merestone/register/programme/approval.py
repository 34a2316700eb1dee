"""Who may take a draft from one stage to the next, and who may see it: a table, which a programme may replace.

A draft belongs to the hub of whoever wrote it. Other hubs do not see it, not even that it exists; only its own
organisation sees it before it is submitted, and of a restricted one others only while a step with it is theirs to take,
unless hubs share what is restricted. What is published is a record, and `merestone.register.events.rights` applies.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from merestone.register.programme.life_cycle import TableBroken
from merestone.terms import RequestRefused

DRAFT: Final = "draft"
PUBLISHED: Final = "published"


class Role(StrEnum):
    """What a person may do in a programme."""

    SURVEYOR = "surveyor"
    """Writes drafts and submits them."""
    QUALITY = "quality"
    """Reviews what was submitted."""
    APPROVER = "approver"
    """Approves for a hub what was reviewed."""
    PUBLISHER = "publisher"
    """Publishes, for the whole programme, what was approved."""
    READER = "reader"
    """Sees what the people of its organisation and hub see, and writes nothing. No table of steps may give it one."""


class Within(StrEnum):
    """How near a person must stand to a draft to take a step with it."""

    ORGANISATION = "organisation"
    HUB = "hub"
    PROGRAMME = "programme"


class RightMissing(RequestRefused):
    """The person may not do this. What they asked for was not done."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at work: who they are, for whom, and in which roles. Sign-in says so; the register believes it."""

    name: str
    organisation: str
    hub: str
    roles: frozenset[Role]

    def stands(self, within: Within, *, organisation: str, hub: str) -> bool:
        """Whether the person stands as near to a draft of that organisation and hub as asked."""
        same_hub = within is Within.PROGRAMME or self.hub == hub
        return same_hub and (within is not Within.ORGANISATION or self.organisation == organisation)


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    """One stage may follow another, by somebody in a role. `not_author`: four eyes, so another than who wrote it."""

    before: str
    after: str
    role: Role
    within: Within
    not_author: bool


@dataclass(frozen=True, slots=True)
class Approval:
    """The steps of the chain."""

    steps: tuple[ApprovalStep, ...]
    source: str

    def step(self, before: str, after: str, actor: Actor, *, author: str, organisation: str, hub: str) -> ApprovalStep:
        """The step from one stage to another, if this person may take it.

        Raises
        ------
        RightMissing
            The chain has no such step, or it is another's to take.
        """
        possible = [step for step in self.steps if step.before == before]
        steps = [step for step in possible if step.after == after]
        if not steps:
            choices = ", ".join(step.after for step in possible) or "nothing"
            raise RightMissing(
                f"{before} -> {after}: the programme's chain has no such step; {before} leads to {choices}"
            )
        for step in steps:
            if _is_open(step, actor, author=author, organisation=organisation, hub=hub):
                return step
        step = steps[0]
        eyes = ", and not whoever wrote it" if step.not_author else ""
        raise RightMissing(
            f"{before} -> {after}: {actor.name!r} may not take this step; this requires the role {step.role} "
            f"in the same {step.within}{eyes}"
        )

    def open_to(
        self, actor: Actor, *, stage: str, author: str, organisation: str, hub: str
    ) -> tuple[ApprovalStep, ...]:
        """The steps from a stage that this person may take, one for each stage they lead to."""
        steps = {
            step.after: step
            for step in reversed(self.steps)
            if step.before == stage and _is_open(step, actor, author=author, organisation=organisation, hub=hub)
        }
        return tuple(reversed(steps.values()))

    def shows(self, actor: Actor, *, stage: str, organisation: str, hub: str, is_restricted: bool) -> bool:
        """Whether a draft at a stage exists for this person.

        Parameters
        ----------
        is_restricted
            Whether its exact outline is its organisation's alone: others see it only while a step is theirs to take.
        """
        if actor.organisation == organisation and actor.hub == hub:
            return True
        if actor.hub == hub and stage != DRAFT and not is_restricted:
            return True
        return any(
            step.before == stage
            and (step.within is Within.PROGRAMME or is_restricted)
            and step.role in actor.roles
            and actor.stands(step.within, organisation=organisation, hub=hub)
            for step in self.steps
        )


def _is_open(step: ApprovalStep, actor: Actor, *, author: str, organisation: str, hub: str) -> bool:
    near = actor.stands(step.within, organisation=organisation, hub=hub)
    return step.role in actor.roles and near and not (step.not_author and actor.name == author)


def approval_from(text: str, *, origin: str) -> Approval:
    """Read a chain (YAML, as ``register/programme/approval.yaml``).

    Raises
    ------
    TableBroken
        Not that form; no way from draft to published; a way to published that one person could go alone; a step for a
        reader; no source.
    """
    try:
        fields: dict[str, Any] = yaml.safe_load(text)
        steps = tuple(
            ApprovalStep(
                step_fields["from"],
                step_fields["to"],
                Role(step_fields["role"]),
                Within(step_fields["within"]),
                bool(step_fields.get("not_author", False)),
            )
            for step_fields in fields["steps"]
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise TableBroken(f"{origin}: it is not a table of approval steps ({error}); see approval.yaml") from error
    if not fields.get("source"):
        raise TableBroken(f"{origin}: source is empty; say who decided on this chain")
    if any(step.role is Role.READER for step in steps):
        raise TableBroken(f"{origin}: a step requires the role {Role.READER}, which cannot write; use another role")
    if PUBLISHED not in _reached(steps, alone=False):
        raise TableBroken(f"{origin}: no steps lead from {DRAFT} to {PUBLISHED}; nothing would ever appear in warnings")
    if PUBLISHED in _reached(steps, alone=True):
        raise TableBroken(
            f"{origin}: its author could publish a draft alone; give one step on each way not_author: true"
        )
    return Approval(steps, str(fields["source"]))


def _reached(steps: tuple[ApprovalStep, ...], *, alone: bool) -> set[str]:
    reached = {DRAFT}
    while True:
        more = {step.after for step in steps if step.before in reached and not (alone and step.not_author)} - reached
        if not more:
            return reached
        reached |= more


def default_table() -> str:
    """The text of the chain that holds until a programme puts its own in its place."""
    return (files("merestone.register.programme") / "approval.yaml").read_text(encoding="utf-8")


@cache
def default_approval() -> Approval:
    """The chain that holds until a programme puts its own in its place."""
    return approval_from(default_table(), origin="approval.yaml")
