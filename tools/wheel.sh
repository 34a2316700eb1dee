#!/bin/sh
# Build the wheel, install it alone into a fresh environment, and walk the first steps with it.
set -eu
python=$1
rm -rf dist build/wheel-check
mkdir -p build
"$python" -m build --wheel --outdir dist >/dev/null
"$python" -m zipfile -l dist/merestone-*.whl > build/wheel-list
for needed in merestone/py.typed service/web service/templates law/data border/data maplibre; do
    grep -q "$needed" build/wheel-list || { echo "the wheel lacks $needed" >&2; exit 1; }
done
"$python" -m venv build/wheel-check
install="build/wheel-check/bin/python -m pip --disable-pip-version-check install --quiet"
$install --require-hashes -r requirements/run.lock
$install --no-deps dist/merestone-*.whl
cd build/wheel-check
./bin/merestone --help >/dev/null
./bin/merestone init walk.gpkg --exercise >/dev/null
./bin/merestone verify walk.gpkg
./bin/merestone screen walk.gpkg --lon 0 --lat 0 --accuracy-m 10 || [ $? -eq 4 ] || [ $? -eq 5 ]
echo "the wheel is $(du -h ../../dist/merestone-*.whl | cut -f1) and walks on its own"
