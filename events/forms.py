from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Event
from moderation.forms import ScreenedFormMixin
from territories.forms import CommuneField
from territories.geo import distance_km

#: Nobody plans further, and nobody gathers for longer.
FURTHEST = timedelta(days=730)
LONGEST = timedelta(days=14)
#: A point further than this from its commune's centre is a slip of the finger (the widest commune is 100 km across).
FURTHEST_POINT_KM = 150


class EventForm(ScreenedFormMixin, forms.ModelForm):
    """When, where and who, at the clocks of the place."""

    screened_fields = ("title", "description", "place_name", "address")

    day = forms.DateField(label=_("Jour"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    starts = forms.TimeField(label=_("Début"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(
        label=_("Fin"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Avant l’heure de début : le lendemain."),
    )
    commune = CommuneField(label=_("Commune"), required=False)
    online_url = forms.URLField(
        label=_("Lien de connexion"),
        required=False,
        assume_scheme="https",
        help_text=_("Montré seulement aux personnes inscrites."),
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )

    class Meta:
        model = Event
        fields = [
            "kind",
            "title",
            "description",
            "day",
            "starts",
            "ends",
            "commune",
            "place_name",
            "address",
            "latitude",
            "longitude",
            "online_url",
            "capacity",
        ]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 5}),
            "latitude": forms.HiddenInput,
            "longitude": forms.HiddenInput,
            "capacity": forms.NumberInput(attrs={"inputmode": "numeric", "min": 1}),
        }
        labels = {"kind": _("Quelle rencontre ?"), "place_name": _("Lieu"), "capacity": _("Nombre de places")}
        help_texts = {
            "description": _("Ce qu’on y fera, ce qu’il faut apporter."),
            "place_name": _("« Salle des fêtes », « devant la gare »…"),
        }

    def __init__(self, *args, **kwargs):
        event = kwargs.get("instance")
        if event and event.pk:
            start, end = (timezone.localtime(moment, event.tz) for moment in (event.starts_at, event.ends_at))
            times = {"day": start.date(), "starts": start.time(), "ends": end.time(), "commune": event.commune}
            kwargs["initial"] = times | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["title"].validators.append(MinLengthValidator(5))

    def clean(self):
        cleaned = super().clean()
        online = cleaned.get("kind") == Event.Kind.ONLINE
        if online:
            cleaned |= {"commune": None, "latitude": None, "longitude": None, "place_name": "", "address": ""}
        elif not cleaned.get("commune"):
            if "commune" not in self.errors:
                self.add_error("commune", _("Dites-nous où : le nom d’une commune ou son code postal."))
        else:
            self._clean_point(cleaned)
        if cleaned.get("day") and cleaned.get("starts") and cleaned.get("ends"):
            self._clean_times(cleaned)
        return cleaned

    def _clean_point(self, cleaned: dict) -> None:
        """A point set by hand, when it is near the commune; the commune's centre otherwise."""
        commune = cleaned["commune"]
        centre, point = (commune.latitude, commune.longitude), (cleaned.get("latitude"), cleaned.get("longitude"))
        if None in point or distance_km(centre, point) > FURTHEST_POINT_KM:
            cleaned["latitude"], cleaned["longitude"] = centre

    def _clean_times(self, cleaned: dict) -> None:
        commune = cleaned.get("commune")
        zone = commune.zone if commune else ZoneInfo(self.instance.time_zone or settings.TIME_ZONE)
        start = datetime.combine(cleaned["day"], cleaned["starts"], zone)
        end = datetime.combine(cleaned["day"], cleaned["ends"], zone)
        if end <= start:
            end += timedelta(days=1)
        if _skipped(start):
            self.add_error("starts", _("Cette heure n’existe pas : on avance les horloges cette nuit-là."))
        elif start <= timezone.now() and start != self.instance.starts_at:
            self.add_error("day", _("Cette date est passée."))
        elif start > timezone.now() + FURTHEST:
            self.add_error("day", _("C’est trop loin : deux ans au plus."))
        cleaned |= {"starts_at": start, "ends_at": end, "time_zone": str(zone)}

    @property
    def texts(self) -> dict[str, str]:
        """What is screened."""
        return {name: self.cleaned_data[name] for name in self.screened_fields}

    @property
    def facts(self) -> dict:
        """What holds at once."""
        commune = self.cleaned_data["commune"]
        names = (
            "kind",
            "commune",
            "latitude",
            "longitude",
            "online_url",
            "capacity",
            "starts_at",
            "ends_at",
            "time_zone",
        )
        return {name: self.cleaned_data[name] for name in names} | {
            "department": commune.department if commune else None
        }


def _skipped(moment: datetime) -> bool:
    """True in the hour that the spring change of clocks leaves out."""
    return moment.astimezone(ZoneInfo("UTC")).astimezone(moment.tzinfo).replace(fold=0) != moment.replace(fold=0)


class AgendaForm(forms.Form):
    """The filters of the agenda and of the map; each that is wrong is ignored."""

    WHENS = [("", _("À venir")), ("semaine", _("Cette semaine")), ("mois", _("Ce mois-ci"))]

    lieu = forms.CharField(
        label=_("Où"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": _("Commune, département ou région")}),
    )
    quand = forms.ChoiceField(label=_("Quand"), required=False, choices=WHENS)
    sorte = forms.ChoiceField(label=_("Sorte"), required=False, choices=[("", _("Toutes")), *Event.Kind.choices])
