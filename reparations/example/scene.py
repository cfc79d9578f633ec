"""What the steps of the walk share: where everything is, who is signed in, and how progress is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reparations.example.client import OfficerClient
from reparations.example.figures import ADMINISTRATOR, DEMO_PASSWORD, Figures

if TYPE_CHECKING:
    from reparations.calendar import Clock
    from reparations.db import Database
    from reparations.settings import Settings

Tell = Callable[[str], None]


@dataclass
class Scene:
    """One walk: the service it goes through, and the officers who act in it."""

    settings: Settings
    database: Database
    url: str
    figures: Figures
    clock: Clock
    tell: Tell
    wait: Callable[[], None]
    """Serve until somebody interrupts."""
    clients: dict[str, OfficerClient] = field(default_factory=dict)

    def officer(self, username: str) -> OfficerClient:
        """Return the client of an officer, signed in."""
        if username not in self.clients:
            self.clients[username] = OfficerClient(self.url, username, DEMO_PASSWORD)
        return self.clients[username]

    @property
    def security(self) -> OfficerClient:
        """The security administrator."""
        return self.officer(ADMINISTRATOR)

    @property
    def code(self) -> str:
        """The programme's code."""
        return self.figures.programme.code

    @cached_property
    def reports_dir(self) -> Path:
        """Where the walk leaves what it made."""
        folder = self.settings.data_dir / "files"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def close(self) -> None:
        """Sign everybody out."""
        for client in self.clients.values():
            client.close()
        self.clients.clear()
