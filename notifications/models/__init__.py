from notifications.models.following import Follow
from notifications.models.outbox import Mail, Notification, NotificationQuerySet
from notifications.models.preferences import Channel, Choice, MailDay, MailSettings, Mute, Preference
from notifications.models.push import Push, PushSubscription
from notifications.models.rhythm import Rhythm

__all__ = [
    "Channel",
    "Choice",
    "Follow",
    "Mail",
    "MailDay",
    "MailSettings",
    "Mute",
    "Notification",
    "NotificationQuerySet",
    "Preference",
    "Push",
    "PushSubscription",
    "Rhythm",
]
