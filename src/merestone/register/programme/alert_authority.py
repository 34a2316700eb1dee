"""Who speaks in a programme's alerts, and who may publish them: tables that a programme sets."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from merestone.languages import LANGUAGES
from merestone.register.programme.approval import Approval, approval_from
from merestone.register.programme.life_cycle import TableBroken


@dataclass(frozen=True, slots=True)
class AlertAuthority:
    """The authority in whose name alerts are published."""

    sender: str
    """As CAP wants it, in a domain of the authority's own: ``alerts@mines.example.org``."""
    sender_name: str
    contact: str | None
    """How the public reaches it, such as a telephone number."""
    web: str | None
    """The address of the service that the public reads, such as ``https://mines.example.org``."""
    languages: tuple[str, ...]
    source: str
    """Who decided."""


def authority_from(text: str, *, origin: str) -> AlertAuthority:
    """Read who speaks (YAML: sender, sender_name, contact, web, languages, source).

    Raises
    ------
    TableBroken
        Not that form, a text is empty, or a language has no translations of alert texts.
    """
    try:
        fields: dict[str, Any] = yaml.safe_load(text)
        names = {"sender", "sender_name", "contact", "web", "languages", "source"}
        if not isinstance(fields, dict) or set(fields) != names:
            raise ValueError(f"it needs just {', '.join(sorted(names))}")
        for name in ("sender", "sender_name", "source"):
            if not isinstance(fields[name], str) or not fields[name].strip():
                raise ValueError(f"{name} must be text")
        if any(character in fields["sender"] for character in " ,<&"):
            raise ValueError("sender may hold no space, comma, < or & (CAP 1.2, 3.2.1)")
        web = fields["web"]
        if web is not None and not str(web).startswith(("https://", "http://")):
            raise ValueError("web must be an address, such as https://mines.example.org")
        known = {language.tag for language in LANGUAGES}
        if not fields["languages"] or not set(fields["languages"]) <= known:
            raise ValueError(f"languages must be some of {', '.join(sorted(known))}")
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise TableBroken(f"{origin}: it does not state the authority that issues alerts ({error})") from error
    return AlertAuthority(
        fields["sender"],
        fields["sender_name"],
        fields["contact"],
        None if web is None else str(web).rstrip("/"),
        tuple(fields["languages"]),
        fields["source"],
    )


@cache
def default_alert_approval() -> Approval:
    """Who takes an alert from which stage to which, until a programme says otherwise."""
    text = (files("merestone.register.programme") / "alert_approval.yaml").read_text(encoding="utf-8")
    return approval_from(text, origin="alert_approval.yaml")
