from bakery import tasks
from bakery.tasks import OPENING_HOUR, bake_bread, loaves_for


def order(request):
    bake_bread.delay(request.order, loaves_for(request.guests))
    tasks.notify_guest.delay(request.guest)
    return OPENING_HOUR
