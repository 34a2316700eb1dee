"""Write src/merestone/border/data/surroundings.json: the lengths of the packaged borders, and what lies beside them.

Run it after a change of the packaged lines, water bodies or places, or of how they are measured. A test compares.
"""

import json
from pathlib import Path

from merestone.border.surrounding import FILE, as_json, measured_lengths, measured_surroundings

if __name__ == "__main__":
    path = Path(__file__).parents[1] / "src" / "merestone" / "border" / FILE
    figures = as_json(measured_surroundings(), measured_lengths())
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(path)
