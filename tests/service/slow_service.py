"""A service on which some requests take for ever, as the largest registers would have it.

Arguments: PATH PORT TIER BUDGET_S [WORKERS]. Any moment of 2001 and a report over 2001 burn a core until they are
stopped; a report over 2002 takes 1.2 s. Processes that check places are taken to have grown at every look.
"""

import sys
import time
from pathlib import Path
from typing import Any

from merestone.register import Register
from merestone.service import Tier, beside_pages, check_team, ready, report_jobs, run, side_process
from merestone.service.holding import Keeper
from merestone.service.times import Times
from merestone.use_cases import DraftedReport, drafted_report


def burn(seconds: float) -> None:
    """Use a core for so long."""
    until_s = time.process_time() + seconds
    while time.process_time() < until_s:
        pass


def main(path: str, port: str, tier: str, budget_s: str, workers: str = "0") -> None:
    """Serve until stopped."""
    read = Keeper._asked

    def asked(self: Keeper, register: Register, times: Times) -> Any:
        if times.true_on is not None and times.true_on.year == 2001:
            burn(600)
        return read(self, register, times)

    def drafted(register: Register, name: str, period: str) -> DraftedReport:
        burn({"2001": 600, "2002": 1.2}.get(period, 0))
        return drafted_report(register, name, period)

    for place, name, value in (
        (Keeper, "_asked", asked),
        (report_jobs, "drafted_report", drafted),
        (report_jobs, "BUDGET_S", float(budget_s)),
        (beside_pages, "BUDGET_S", float(budget_s)),
        (side_process, "LOOKS_FOR_CHANGE_EVERY_S", 0.1),
        (check_team, "LOOKS_EVERY_S", 0.3),
        (check_team, "READY_AFTER_S", 0.3),
        (check_team, "GROWS_BY_MOST_BYTES", -1),
    ):
        setattr(place, name, value)
    run(
        ready(Path(path), host="127.0.0.1", tier=Tier(tier)),
        host="127.0.0.1",
        port=int(port),
        workers=int(workers),
        announce=lambda: print("listening", flush=True),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
