#!/bin/sh
# What `make up` does once the libraries are there: a register, then the service on loopback.
set -eu

# A register named by the user is opened, or created where it was named. Otherwise one stands for the exercise data and
# one for each imported file, so that real and synthetic records never meet in one register.
if [ -n "$FILE" ]; then
    [ -r "$FILE" ] || { echo "make up: FILE=$FILE cannot be read; give the path of your GeoJSON, GeoPackage, Shapefile, FlatGeobuf, KML or CSV" >&2; exit 3; }
    name=$(basename "$FILE")
    : "${REGISTER:=${name%.*}.register.gpkg}"
    [ -e "$REGISTER" ] || merestone init "$REGISTER"
    if [ -z "$SOURCE" ]; then
        SOURCE="file $name, its source not stated"
        echo "No SOURCE was given, so the records say: $SOURCE.  (make up FILE=... SOURCE=\"who surveyed it, when\")"
    fi
    if [ -n "$ACCURACY_M" ]; then
        set -- --accuracy-m "$ACCURACY_M"
    else
        set -- --accuracy-unknown
        echo "No ACCURACY_M was given, so every area is widened when a place is checked.  (make up FILE=... ACCURACY_M=25)"
    fi
    merestone import "$REGISTER" "$FILE" --as "$AS" --source "$SOURCE" "$@"
else
    : "${REGISTER:=exercise.register.gpkg}"
    if [ -e "$REGISTER" ]; then
        echo "Opening $REGISTER as it is."
    else
        echo "Creating $REGISTER from the packaged exercise data: synthetic, around 0 N 0 E, where the sea is open; the island on the map is invented, too."
        merestone init "$REGISTER" --exercise
    fi
fi

if [ -n "${BASEMAP:-}" ]; then
    exec merestone serve "$REGISTER" --port "$PORT" --basemap "$BASEMAP"
fi
exec merestone serve "$REGISTER" --port "$PORT"
