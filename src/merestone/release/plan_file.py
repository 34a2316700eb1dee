"""A plan file: first day, teams and areas, as YAML or JSON gives them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from merestone.release.plan_model import ALL_MONTHS, Productivity, Task, Team
from merestone.terms import FieldRefused


def read_plan(content: Mapping[str, Any], *, origin: str) -> tuple[date, tuple[Team, ...], tuple[Task, ...], str]:
    """First day, teams, areas and label of a plan file, as YAML or JSON gives it.

    Raises
    ------
    FieldRefused
        Something is missing or cannot be read; the message names it with `origin`.
    """
    try:
        starts_on = content["starts_on"]
        starts_on = starts_on if isinstance(starts_on, date) else date.fromisoformat(str(starts_on))
        teams = tuple(_team(row) for row in content["teams"])
        tasks = tuple(_task(row) for row in content["areas"])
    except KeyError as error:
        raise FieldRefused(f"{origin}: {error.args[0]}", None, "is missing", "see the guide for the layout") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise FieldRefused(
            f"{origin}: plan", None, f"cannot be read ({error})", "see the guide for the layout"
        ) from error
    return starts_on, teams, tasks, str(content.get("label", ""))


def _team(row: Mapping[str, Any]) -> Team:
    rate = row["m2_per_day"]
    return Team(
        str(row["name"]),
        frozenset(str(skill) for skill in row["skills"]),
        Productivity(float(rate["low"]), float(rate["likely"]), float(rate["high"]), str(rate["source"])),
        int(row.get("people", 1)),
        tuple(int(month) for month in row.get("months", ALL_MONTHS)),
        float(row.get("cost_per_day", 0.0)),
    )


def _task(row: Mapping[str, Any]) -> Task:
    months = tuple(int(month) for month in row.get("months", ALL_MONTHS))
    return Task(str(row["name"]), float(row["size_m2"]), str(row["skill"]), months, float(row.get("priority", 0.0)))
