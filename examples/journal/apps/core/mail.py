"""One door for outgoing mail, so that tests can close it."""
from django.conf import settings
from django.core.mail import EmailMessage


def send_mail(to, subject, body, attachment=None):
    message = EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [to])
    if attachment is not None:
        message.attach(*attachment)
    return message.send()
