"""What a programme chose to tell the public of its sources, and who shares what is restricted."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from merestone.register.events.record import Record
from merestone.register.file.sqlite_driver import Rows
from merestone.register.programme.life_cycle import TableBroken


@dataclass(frozen=True, slots=True)
class PublicTable:
    """A programme's choice; `default_public` until it made one."""

    public_source: str
    """What stands for the source of every record that a viewer may not see exactly."""
    survey_year: bool
    """Whether the year of the record's data is added."""
    hubs_share_restricted: bool
    """Whether organisations of one hub see each other's restricted records exactly."""
    source: str
    """Who decided."""

    def source_of(self, record: Record) -> str:
        """What the public reads as the source of a record: never what the record states."""
        year = self.survey_year and record.data_on is not None
        return f"{self.public_source}, {record.data_on.year}" if year and record.data_on else self.public_source


def public_from(text: str, *, origin: str) -> PublicTable:
    """Read a programme's choice (YAML, as ``register/query/public.yaml``).

    Raises
    ------
    TableBroken
        Not that form, or a text is empty.
    """
    try:
        fields: dict[str, Any] = yaml.safe_load(text)
        names = {"source", "public_source", "survey_year", "hubs_share_restricted"}
        if not isinstance(fields, dict) or set(fields) != names:
            raise ValueError(f"it needs just {', '.join(sorted(names))}")
        source_fields = {name: fields[name] for name in ("source", "public_source")}
        flags = {name: fields[name] for name in ("survey_year", "hubs_share_restricted")}
        if not all(isinstance(value, str) and value.strip() for value in source_fields.values()):
            raise ValueError("source and public_source must be text")
        if not all(isinstance(value, bool) for value in flags.values()):
            raise ValueError("survey_year and hubs_share_restricted must be true or false")
    except (yaml.YAMLError, ValueError) as error:
        raise TableBroken(f"{origin}: it is not a table of what the public reads ({error}); see public.yaml") from error
    return PublicTable(**source_fields, **flags)


@cache
def default_public() -> PublicTable:
    """The choice that holds until a programme makes its own: it names nobody and shares nothing."""
    return public_from(
        (files("merestone.register.query") / "public.yaml").read_text(encoding="utf-8"), origin="public.yaml"
    )


def public_table(rows: Rows) -> PublicTable:
    """What holds in a register now; also of the past, for what was said to the public once may have been too much."""
    rows_read = rows(
        "SELECT body FROM merestone_event WHERE record_id IS NULL AND change = 'configured'"
        " AND json_extract(body, '$.setting') = 'public' ORDER BY seq DESC LIMIT 1",
        {},
    )
    if not rows_read:
        return default_public()
    return public_from(json.loads(rows_read[0][0])["value"], origin="the programme's public table")
