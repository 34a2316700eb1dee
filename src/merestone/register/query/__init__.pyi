from .effect import Effect, effects
from .quarantine import BY_A_PERSON

__all__ = ["BY_A_PERSON", "Effect", "effects"]
