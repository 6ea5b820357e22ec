from background_tasks.journal_wellness.mood import MOOD_SCALE


def test_scale_has_five_steps():
    assert sorted(MOOD_SCALE) == [1, 2, 3, 4, 5]
