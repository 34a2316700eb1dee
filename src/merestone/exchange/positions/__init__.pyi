from .feature_files import Floats, Shapes, read_shapes
from .position_file import PositionsOf, open_positions

__all__ = ["Floats", "PositionsOf", "Shapes", "open_positions", "read_shapes"]
