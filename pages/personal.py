"""What this room holds about a person (members.rights.registry): nothing of its own, but for a while what moved."""

from django.utils.translation import gettext_lazy as _

from members.rights.registry import Retention, Room, declare
from pages.digests.happenings import KEPT
from pages.models import Happening, Moved

declare(
    Room(
        "pages",
        retentions=[
            Retention(
                _("Ce qui a bougé quelque part, et ce que vos résumés vous en ont montré"),
                _("Ne rien vous dire deux fois."),
                KEPT,
                "",
                task="pages.tasks.forget_happenings",
            ),
        ],
        not_about={
            Happening: "a reference to an initiative, an action or an event, and a place",
            Moved: "a reference to an initiative or an account of an event, and a number",
        },
    )
)
