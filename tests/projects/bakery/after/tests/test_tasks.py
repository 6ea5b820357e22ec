from unittest import mock

from bakery.tasks import _rounded


def test_baking():
    with mock.patch("bakery.tasks.bake_bread.delay"):
        assert _rounded(1.5) == 2
