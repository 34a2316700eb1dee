"""Many positions at once: hazard packs, record batches, Spark, and the files that answers go to.

Not here: how a position is measured (screening), how a file is read (exchange).
"""
