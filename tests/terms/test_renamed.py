"""What was called otherwise in the last version is still understood, and says so."""

import pytest
import shapely

from merestone.screening import Circumstances, HazardIndex, answer_for

NOW = Circumstances(written_on=None, label="made up")
INDEX = HazardIndex.build([shapely.Point(9.0, 9.0)], 5.0)


def test_a_parameter_is_taken_by_its_old_keyword_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match="given of answer_for is now circumstances"):
        answer = answer_for(INDEX, [], 0.0, 0.0, 5.0, warn_m=150.0, given=NOW)  # type: ignore[call-arg]
    assert answer.circumstances.label == "made up"
    with pytest.warns(DeprecationWarning, match="Answer.given is now circumstances"):
        assert answer.given == answer.circumstances


def test_both_names_at_once_are_refused() -> None:
    with (
        pytest.warns(DeprecationWarning, match="given"),
        pytest.raises(TypeError, match="both circumstances and its old name given"),
    ):
        answer_for(INDEX, [], 0.0, 0.0, 5.0, warn_m=150.0, circumstances=NOW, given=NOW)  # type: ignore[call-arg]
