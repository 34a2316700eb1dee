#!/bin/sh
# Fetch the map library, the geodesics and the base map's source again, from npm, and write what the service packages.
# With --check: write nothing, and fail if what is packaged differs. Needs node and npm; the service itself does not.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
web=$root/src/merestone/service/web
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent maplibre-gl@6.17.0 world-atlas@2.0.2 topojson-client@3.1.0 geographiclib-geodesic@2.2.0 >/dev/null
for file in *.tgz; do mkdir "${file%.tgz}" && tar xzf "$file" -C "${file%.tgz}"; done

mkdir -p made/vendor/maplibre-gl made/vendor/geographiclib made/base_map node_modules
for name in maplibre-gl.mjs maplibre-gl-worker.mjs maplibre-gl-shared.mjs maplibre-gl.css; do
    # The source maps are not packaged (14 MB), so the lines that point at them go too.
    sed '/sourceMappingURL/d' "maplibre-gl-6.17.0/package/dist/$name" > "made/vendor/maplibre-gl/$name"
done
cp maplibre-gl-6.17.0/package/LICENSE.txt made/vendor/maplibre-gl/
for name in maplibre-gl.mjs maplibre-gl-worker.mjs maplibre-gl.css; do
    # As hard as it goes: a phone on a slow line waits for this. The service sends it to browsers that take Brotli.
    node -e 'process.stdout.write(require("zlib").brotliCompressSync(require("fs").readFileSync(process.argv[1]), {params: {1: 11, 2: 24}}))' \
        "made/vendor/maplibre-gl/$name" > "made/vendor/maplibre-gl/$name.br"
done
# The geodesics are no ES module; a name before and an export behind make them one, and leave every byte between.
{
    echo 'const module = {exports: {}};'
    cat geographiclib-geodesic-2.2.0/package/geographiclib-geodesic.min.js
    echo
    echo 'export default module.exports;'
} > made/vendor/geographiclib/geographiclib-geodesic.mjs
cp geographiclib-geodesic-2.2.0/package/LICENSE.txt made/vendor/geographiclib/
cp -r topojson-client-3.1.0/package node_modules/topojson-client
cp -r world-atlas-2.0.2/package node_modules/world-atlas
cp "$root/tools/base_map.mjs" .
node base_map.mjs made/base_map

if [ "${1:-}" = --check ]; then
    for name in $(cd made && find . -type f); do cmp "made/$name" "$web/$name"; done
    echo "what is packaged is what the sources give"
else
    cp -r made/. "$web/"
fi
