from .build import BaseMapBuilt, build_base_map

__all__ = ["BaseMapBuilt", "build_base_map"]
