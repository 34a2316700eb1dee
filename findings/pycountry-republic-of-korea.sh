#!/bin/bash
# pycountry's search_fuzzy finds North Korea for "Republic of Korea", and Nigeria before Niger.
#
# "Republic of Korea" is the name by which the UN Treaty Collection, and ISO 3166-1 in its own way ("Korea, Republic
# of"), list the south. A good guess: an official name gives its state, or nothing. Seen with pycountry 26.2.16: the
# only answer is PRK, because the text stands in "Korea, Democratic People's Republic of Korea" and in no name of the
# south; and "Niger" gives NGA first, because Nigeria's names hold it too. Whoever joins a list of the parties to a
# treaty to codes so, and takes the first answer, gives one state's obligations to another, without a word. Of the 187
# names in the depositary's lists of 3 February 2026, these two get another state's code, and eight get none.
# Merestone compares whole names, and refuses what is near to two (law/state.py).
#
# Prints what it sees; fails if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "pycountry==26.2.16"
"$folder/venv/bin/python" - <<'PY'
import sys

import pycountry

seen = {
    name: [one.alpha_3 for one in pycountry.countries.search_fuzzy(name)]
    for name in ("Republic of Korea", "Niger")
}
print("pycountry 26.2.16", seen)
official = [getattr(pycountry.countries.get(alpha_3=code), "official_name", None) for code in ("KOR", "PRK")]
print("official names of KOR and PRK:", official)
sys.exit(seen["Republic of Korea"] != ["PRK"] or seen["Niger"][0] != "NGA")
PY
