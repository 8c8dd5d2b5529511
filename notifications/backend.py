"""Who is asking, and how much they have not seen: one query, so that each page may show the bell."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, OuterRef

from members.models import Member
from notifications.models import Notification

#: Nobody reads a larger number: "99+".
MOST_UNSEEN = 100


class WithTheBell(AuthenticationBackend):
    """allauth's, whose member of the session bears `unseen`: how much the bell holds that they have not seen."""

    def get_user(self, user_id: int) -> Member | None:
        waiting = Notification.objects.unseen().filter(recipient=OuterRef("pk")).order_by("id")
        # The rows of an index, never more than so many.
        few = ArraySubquery(waiting.values("id")[:MOST_UNSEEN])
        unseen = Func(few, function="cardinality", output_field=IntegerField())
        member = Member.objects.annotate(unseen=unseen).filter(pk=user_id).first()
        return member if member and self.user_can_authenticate(member) else None
