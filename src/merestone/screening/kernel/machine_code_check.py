"""Whether a file of machine code can be used: asked in a process of its own, which it may end."""

from pathlib import Path

from merestone.screening.kernel import machine_code
from merestone.screening.kernel.machine_code_keeping import CALLED, ask, is_right, sample


def main(file: str) -> None:
    """End with an error unless the code of the file has the right answers."""
    functions = machine_code.load_machine_code(Path(file))
    setattr(machine_code, "_kept_functions", lambda: functions)  # noqa: B010 - what is kept is not this file yet
    outlines, lon_deg, lat_deg = sample()
    answers = ask(outlines, lon_deg, lat_deg)
    if any(function._dispatcher is not None for function in CALLED):
        raise SystemExit("not every function of the kernel is in the file")
    if not is_right(outlines, lon_deg, lat_deg, answers):
        raise SystemExit("its answers are not those of the plain measurement")
