from notifications.models.outbox import Mail, Notification, NotificationQuerySet
from notifications.models.preferences import Channel, Choice, MailDay, MailSettings, Mute, Preference

__all__ = [
    "Channel",
    "Choice",
    "Mail",
    "MailDay",
    "MailSettings",
    "Mute",
    "Notification",
    "NotificationQuerySet",
    "Preference",
]
