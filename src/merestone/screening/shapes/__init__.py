"""Tracks, footprints and areas against the hazard index: which parts lie inside or near, and the words that say so."""
