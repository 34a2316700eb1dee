from .arrow_column import decoded, numbers
from .arrow_value import attribute_values
from .cells import text_of
from .record_columns import cell_of

__all__ = ["attribute_values", "cell_of", "decoded", "numbers", "text_of"]
