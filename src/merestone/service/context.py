"""What the pages share: the register that is served, the templates, and the door to the desk."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from merestone.exchange import BaseMap
from merestone.service.alert_board import AlertBoard
from merestone.service.alert_waits import AlertWaits
from merestone.service.briefing_shelf import BriefingShelf
from merestone.service.check_source import PageHeader
from merestone.service.filled import Kept
from merestone.service.holding import Keeper
from merestone.service.pack_shelf import PackShelf
from merestone.service.page import render
from merestone.service.sent_forms import SentForms
from merestone.service.side_process import Expensive
from merestone.service.sign_in import SignIn


@dataclass(frozen=True)
class Context:
    """What every page needs: the register's keeper and the templates."""

    keeper: Keeper
    templates: Environment
    show_sign_in: "Callable[[Context, Request, str, int, Kept], HTMLResponse]"
    """Makes the page on which one signs in, with a form that goes along."""
    sign_in: SignIn | None = None
    """The door to the desk; None: this service has no desk."""
    base_map: BaseMap | None = None
    """The base map of the user's own region; None: land and borders alone."""
    expensive: Expensive = field(default_factory=Expensive)
    """Where expensive requests are worked on."""
    alerts: AlertBoard = field(init=False)
    """What the public has of alerts."""
    alert_waits: AlertWaits = field(init=False)
    """The phones that wait for other ones."""
    packs: PackShelf = field(init=False)
    """The hazard packs for phones."""
    briefings: BriefingShelf = field(init=False)
    """The briefing as files."""
    once: SentForms = field(default_factory=SentForms)
    """What became of forms that were accepted."""

    def __post_init__(self) -> None:
        """The board, the packs and the briefing are made of the register that the keeper keeps."""
        object.__setattr__(self, "alerts", AlertBoard(self.keeper))
        object.__setattr__(self, "alert_waits", AlertWaits(self.alerts))
        object.__setattr__(self, "packs", PackShelf(self.keeper, self.base_map))
        object.__setattr__(self, "briefings", BriefingShelf(self.keeper))

    def keep_files_in(self, folder: Path) -> None:
        """Keep what is made once for everybody in a folder that others of the service's processes read, too."""
        self.packs.keep_in(folder)
        self.briefings.keep_in(folder)

    def page(self, request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page from a template. ``values`` are its variables."""
        holding = values.get("holding")
        header = None if holding is None else PageHeader.of(holding)
        return render(
            self.templates,
            request,
            name,
            status,
            tier=self.keeper.tier,
            has_desk=self.sign_in is not None,
            **{"header": header, **values},
        )
