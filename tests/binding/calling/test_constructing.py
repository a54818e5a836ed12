"""A size of a constructor is exchanged for that of a case; what was chosen for it is not, whatever number it is."""

from __future__ import annotations

from gdverify.binding.calling.constructing import Construction


class Windows:
    """Remembers what it was made with."""

    def __init__(self, channels: int, widths: list[int], stride: int = 1) -> None:
        self.made = (channels, widths, stride)


def test_sizes_are_exchanged_and_choices_stay() -> None:
    construction = Construction(Windows, {"channels": 2, "widths": [2, 7]}, {"stride": 2})
    assert construction.build({2: 1, 7: 3}).made == (1, [1, 3], 2)
    assert construction.build().made == (2, [2, 7], 2)


def test_a_choice_stands_in_the_place_of_an_argument() -> None:
    construction = Construction(Windows, {"channels": 2, "widths": [], "stride": 3}, {"stride": 2})
    assert construction.build({2: 5, 3: 5}).made == (5, [], 2)
