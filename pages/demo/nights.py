"""Sixty nights of figures, counted by the site's own services from the rows of the demonstration; and its expenses."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from figures.models import Cost
from figures.services import DEMONSTRATION_DAYS, rebuild

#: Most of the invented have not come back: they signed up, supported something, and left.
_COME_BACK = """
UPDATE members_member SET active_on = GREATEST(
    joined_at::date, %(today)s::date - (200 * ((hashtext(email) & 1023) / 1024.0) ^ 1.5)::int
) WHERE is_demonstration
"""
#: What a site of that size spends in a month, in euros.
_SPENT = (
    ("Hébergement (deux serveurs)", Decimal("84.00")),
    ("Envoi des messages", Decimal("31.50")),
    ("Salaire de la modération (deux jours par semaine)", Decimal("1240.00")),
)
_MONTHS = 12


def count_nights() -> int:
    """Returns how many nights were counted."""
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(_COME_BACK, {"today": today})
    Cost.objects.bulk_create(_costs(today))
    slip = Cost.objects.create(
        month=_month(today, 3), amount=Decimal("3150.00"), label=_SPENT[1][0], is_demonstration=True
    )
    Cost.objects.create(
        month=slip.month,
        amount=-slip.amount,
        label="Erreur de virgule : la facture était déjà comptée",
        corrects=slip,
        is_demonstration=True,
    )
    return rebuild(DEMONSTRATION_DAYS, demonstration=True)


def _costs(today: date) -> list[Cost]:
    return [
        Cost(month=_month(today, ago), amount=amount, label=label, is_demonstration=True)
        for ago in range(_MONTHS, 0, -1)
        for label, amount in _SPENT
    ]


def _month(today: date, ago: int) -> date:
    """The first day of the month so many months before this one."""
    month = today.replace(day=1)
    for _turn in range(ago):
        month = (month - timedelta(days=1)).replace(day=1)
    return month
