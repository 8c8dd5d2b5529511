"""One function sends every message: a subject, a text and an HTML template of the same name."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


def send(template: str, *, to: str, context: dict, headers: dict[str, str] | None = None) -> None:
    """Render `<template>_subject.txt`, `<template>.txt` and `<template>.html`, and hand them to the mail server.

    Raises what the server raises: the caller knows whether to try again.
    """
    context = site() | context
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    message = EmailMultiAlternatives(
        subject=subject, body=render_to_string(f"{template}.txt", context), to=[to], headers=headers
    )
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    message.send()


def site() -> dict[str, str]:
    """What every message may name: the site, its address without a final slash, its colour."""
    return {
        "site_name": settings.SITE_NAME,
        "site_address": settings.SITE_ADDRESS,
        "site_accent": settings.SITE_ACCENT,
        "contact_email": settings.CONTACT_EMAIL,
    }
