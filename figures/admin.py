"""Expenses are declared here, once; snapshots are read."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from figures.models import Cost, Snapshot
from members.admin import ReadOnlyAdmin


class CostForm(forms.ModelForm):
    """Any day of a month stands for it."""

    class Meta:
        model = Cost
        fields = ("month", "amount", "label", "corrects")
        help_texts = {"month": _("N’importe quel jour de ce mois.")}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "corrects" in self.fields:
            self.fields["corrects"].queryset = Cost.objects.filter(is_demonstration=False)

    def clean_month(self):
        return self.cleaned_data["month"].replace(day=1)

    def clean(self) -> dict:
        cleaned = super().clean()
        amount, corrects = cleaned.get("amount"), cleaned.get("corrects")
        if amount == 0:
            self.add_error("amount", _("Un montant nul ne dit rien."))
        elif amount and amount < 0 and corrects is None:
            self.add_error("amount", _("Un montant négatif corrige une ligne : choisissez laquelle."))
        elif amount and amount < 0 and -amount > corrects.amount:
            self.add_error("amount", _("La ligne corrigée est de %s € : on ne retire pas plus.") % corrects.amount)
        if corrects and cleaned.get("month") and cleaned["month"] != corrects.month:
            self.add_error("month", _("Une correction est du mois de la ligne qu’elle corrige."))
        return cleaned


@admin.register(Cost)
class CostAdmin(ReadOnlyAdmin):
    """Added, never changed: all of it is published as it is typed."""

    form = CostForm
    list_display = ("month", "amount", "label", "corrects", "entered_at")
    list_select_related = ("corrects",)
    date_hierarchy = "month"
    raw_id_fields = ("corrects",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("figures.add_cost")

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).filter(is_demonstration=False)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    """What was published of each night."""

    list_display = ("day", "number", "hash", "is_demonstration")
    list_filter = ("is_demonstration",)
    fields = ("day", "number", "hash", "is_demonstration", "body")
    show_full_result_count = False
