"""Data files of our own, which stand beside the code."""

from typing import Any


def yaml_value(text: str) -> Any:
    """What a YAML file of ours says, by libyaml where it is there: PyYAML's own parser takes ten times as long.

    For files that people give, ``yaml.safe_load`` stays: its errors name the place in more words.
    """
    import yaml

    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
