from .lineage import lineage_of

__all__ = ["lineage_of"]
