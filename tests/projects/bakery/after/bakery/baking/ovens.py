from datetime import timedelta

OPENING_HOUR = 6
FLOUR = {"wheat": 500, "rye": 300}
GRACE = timedelta(minutes=5)


class OvenError(Exception):
    """The oven is cold."""


class Oven:
    heat = 230

    def __init__(self, name):
        self.name = name

    def bake(self, dough, minutes=40):
        if minutes > 90:
            raise OvenError(self.name)
        return [dough] * minutes


def _rounded(amount):
    return round(amount)


def loaves_for(guests, each=2, *, spare=1):
    """How many loaves that many guests eat."""
    total = guests * each
    return _rounded(total) + spare
