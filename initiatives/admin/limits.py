"""The limits above which a support is kept aside: one row, always there."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import MinValueValidator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.hot import forget_hot
from core.titles import PlainTitles
from initiatives.models import SupportLimits


class LimitsForm(forms.ModelForm):
    class Meta:
        model = SupportLimits
        fields = (
            "per_address_a_day",
            "per_network_an_hour",
            "per_initiative_a_minute",
            "proof",
            "proof_from_a_minute",
            "without_proof_an_hour",
            "messages_per_address_a_day",
            "messages_per_network_an_hour",
        )
        labels = {
            "per_address_a_day": _("Par adresse, par jour"),
            "per_network_an_hour": _("Par réseau, par heure"),
            "per_initiative_a_minute": _("Par initiative, par minute"),
            "proof": _("La demander"),
            "proof_from_a_minute": _("À partir de, par initiative et par minute"),
            "without_proof_an_hour": _("Crus sans elle, par réseau et par heure"),
            "messages_per_address_a_day": _("Par adresse, par jour"),
            "messages_per_network_an_hour": _("Par réseau, par heure"),
        }
        help_texts = {
            "per_address_a_day": _("Une personne soutient rarement plus de vingt initiatives dans la journée."),
            "per_initiative_a_minute": _("Un passage à la télévision en amène des milliers : ne descendez pas trop."),
            "proof": _("L’appareil du visiteur calcule une ou deux secondes avant d’envoyer ; un membre ne fait rien."),
            "proof_from_a_minute": _("Ne sert qu’au réglage automatique. Elle reste alors demandée dix minutes."),
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.IntegerField):
                # At zero every support would be suspect, or no message would leave.
                field.min_value = 1
                field.validators.append(MinValueValidator(1))
                field.widget.attrs["min"] = 1

    def clean(self):
        cleaned = super().clean()
        self._below("proof_from_a_minute", "per_initiative_a_minute", _("La preuve viendrait trop tard : %d au plus."))
        self._below(
            "without_proof_an_hour", "per_network_an_hour", _("C’est plus que la limite d’un réseau : %d au plus.")
        )
        return cleaned

    def _below(self, name: str, limit: str, message: str) -> None:
        value, most = self.cleaned_data.get(name), self.cleaned_data.get(limit)
        if value is not None and most is not None and value >= most > 1:
            self.add_error(name, message % (most - 1))


@admin.register(SupportLimits)
class SupportLimitsAdmin(PlainTitles, admin.ModelAdmin):
    """Its list leads to the one row, made at the first visit."""

    form = LimitsForm
    fieldsets = (
        (
            _("Demandes de soutien"),
            {
                "fields": ("per_address_a_day", "per_network_an_hour", "per_initiative_a_minute"),
                "description": _(
                    "Au-delà, le soutien est gardé comme suspect, et rien ne change pour la personne. "
                    "Il ne compte pas ; la page « Soutiens » de l’initiative permet de le compter."
                ),
            },
        ),
        (_("Preuve de calcul"), {"fields": ("proof", "proof_from_a_minute", "without_proof_an_hour")}),
        (_("Messages"), {"fields": ("messages_per_address_a_day", "messages_per_network_an_hour")}),
    )

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        extra = {"title": _("Limites des soutiens"), "subtitle": None}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SupportLimits | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:initiatives_supportlimits_change", args=[1]))

    def get_object(self, request: HttpRequest, object_id: str, from_field=None) -> SupportLimits | None:
        if object_id == "1" and self.has_view_or_change_permission(request):
            SupportLimits.objects.get_or_create(pk=1)
        return super().get_object(request, object_id, from_field)

    def save_model(self, request: HttpRequest, obj: SupportLimits, form: LimitsForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        # Once committed: another thread would keep the former limits again.
        transaction.on_commit(forget_hot)
        messages.info(request, _("Tous les processus du site suivront d’ici quelques secondes."))
