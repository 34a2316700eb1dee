"""The tables of the programme that holds a register: life cycle, evidence, what the public reads."""

from typing import TYPE_CHECKING

from merestone.register.file.store import Store
from merestone.register.programme.evidence_weights import Scales, default_scales, scales_from
from merestone.register.programme.life_cycle import LifeCycle, default_life_cycle, life_cycle_from
from merestone.register.query.public_table import PublicTable, public_table

if TYPE_CHECKING:  # who only asks what is recorded need not wait until the parts that write and verify are read
    from merestone.register.programme.alert_authority import AlertAuthority
    from merestone.register.programme.approval import Approval


class ProgrammeQuestions:
    """Questions about the tables that a programme sets for itself."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def life_cycle(self) -> LifeCycle:
        """The table of states and steps that holds in this register."""
        table = self.setting("life_cycle")
        return default_life_cycle() if table is None else life_cycle_from(table, origin="the programme's life cycle")

    def public_table(self) -> PublicTable:
        """What the public reads of sources, and who shares what is restricted, in this register."""
        with self._store.asking() as rows:
            return public_table(rows)

    def scales(self) -> Scales:
        """The weights of evidence that hold in this register."""
        table = self.setting("evidence")
        return default_scales() if table is None else scales_from(table, origin="the programme's evidence")

    def alert_authority(self) -> "AlertAuthority | None":
        """In whose name alerts are published; None until the programme says so."""
        from merestone.register.programme.alert_authority import authority_from

        table = self.setting("alert_authority")
        return None if table is None else authority_from(table, origin="the programme's alert authority")

    def alert_approval(self) -> "Approval":
        """Who takes an alert from which stage to which in this register."""
        from merestone.register.programme.alert_authority import default_alert_approval
        from merestone.register.programme.approval import approval_from

        table = self.setting("alert_approval")
        return default_alert_approval() if table is None else approval_from(table, origin="the alerts' approval")

    def setting(self, name: str) -> str | None:
        """The text of a table that the programme set in place of ours, by its name; None: it set none."""
        from merestone.register.write.layer_rows import setting as setting_of

        with self._store.asking() as rows:
            return setting_of(rows, name)
