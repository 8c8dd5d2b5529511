from datetime import timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator, URLValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.forms import options
from events.models import Event
from initiatives.models import Initiative
from members.models import Member
from moderation.forms import ScreenedFormMixin
from territories import clocks
from territories.forms import CommuneField, PlaceFilterForm
from territories.geo import distance_km
from territories.models import Commune

#: Nobody plans further.
FURTHEST = timedelta(days=730)
#: A point this far outside the box that holds its commune is a slip of the finger, or the point of another commune.
STRAY_KM = 2


class DegreesField(forms.FloatField):
    """A coordinate that the map's script sets, hidden: what is no number of this Earth counts as nothing."""

    widget = forms.HiddenInput

    def __init__(self, *, largest: int):
        super().__init__(required=False)
        self.validators += [MinValueValidator(-largest), MaxValueValidator(largest)]

    def clean(self, value) -> float | None:
        try:
            return super().clean(value)
        except ValidationError:
            return None


class EventForm(ScreenedFormMixin, forms.ModelForm):
    """When, where and who, at the clocks of the place.

    Online, the clocks are those of the initiative's territory, else of the organiser's home.
    """

    screened_fields = Event.screened_fields
    #: What an event held online has not.
    place_fields = {"commune": None, "latitude": None, "longitude": None, "place_name": "", "address": ""}

    day = forms.DateField(label=_("Jour"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    starts = forms.TimeField(label=_("Début"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(
        label=_("Fin"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Avant l’heure de début : le lendemain."),
    )
    commune = CommuneField(label=_("Commune"))
    latitude = DegreesField(largest=90)
    longitude = DegreesField(largest=180)
    online_url = forms.URLField(
        label=_("Lien de connexion"),
        required=False,
        assume_scheme="https",
        max_length=500,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("Montré seulement aux personnes inscrites. Vous pouvez l’ajouter plus tard."),
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
            "capacity": forms.NumberInput(attrs={"inputmode": "numeric", "min": 1}),
        }
        labels = {"kind": _("Quelle rencontre ?"), "place_name": _("Lieu"), "capacity": _("Nombre de places")}
        help_texts = {
            "description": _("Ce qu’on y fera, ce qu’il faut apporter."),
            "place_name": _("« Salle des fêtes », « devant la gare »…"),
        }

    def __init__(self, *args, **kwargs):
        event = kwargs.get("instance")
        if event and event.pk:
            times = {"day": event.local_start.date(), "starts": event.local_start.time()}
            kwargs["initial"] = times | {"ends": event.local_end.time()} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = options(Event.Kind)
        self.fields["title"].validators.append(MinLengthValidator(5))
        # Kept from before the form writes into its instance.
        self.was = Event(starts_at=self.instance.starts_at, ends_at=self.instance.ends_at)
        commune = self.initial.get("commune")
        if isinstance(commune, Commune):
            self.initial |= {"commune": commune.pk, "latitude": commune.latitude, "longitude": commune.longitude}

    def clean(self):
        if self.cleaned_data.get("kind") == Event.Kind.ONLINE:
            for name, nothing in self.place_fields.items():
                self.errors.pop(name, None)
                self.cleaned_data[name] = nothing
        cleaned = super().clean()
        if cleaned.get("commune"):
            self._clean_point(cleaned)
        if cleaned.get("day") and cleaned.get("starts") and cleaned.get("ends"):
            self._clean_times(cleaned)
        return cleaned

    def _clean_point(self, cleaned: dict) -> None:
        """A point set by hand, when it is in the commune and not one proposed for another; else the centre."""
        commune, point = cleaned["commune"], (cleaned.get("latitude"), cleaned.get("longitude"))
        proposed = self.initial.get("latitude"), self.initial.get("longitude")
        left_behind = point == proposed and self.initial.get("commune") != commune.pk
        if None in point or left_behind or _stray(point, commune):
            cleaned["latitude"], cleaned["longitude"] = commune.latitude, commune.longitude

    def _clean_times(self, cleaned: dict) -> None:
        if not self._clean_day(cleaned["day"]):
            return
        zone = self._zone(cleaned)
        start = clocks.moment(cleaned["day"], cleaned["starts"], zone, was=self.was.starts_at)
        end = clocks.moment_after(start, cleaned["ends"], was=self.was.ends_at)
        for name, moment in (("starts", start), ("ends", end)):
            if clocks.is_skipped(moment):
                self.add_error(name, _("Cette heure n’existe pas : on avance les horloges cette nuit-là."))
        if start <= timezone.now() and start != self.was.starts_at:
            self.add_error("day", _("Cette date est passée."))
        elif end <= timezone.now():
            self.add_error("ends", _("Cette heure est passée."))
        cleaned |= {"starts_at": start, "ends_at": end, "time_zone": str(zone)}

    def _clean_day(self, day) -> bool:
        """Whether it is near enough to be put on clocks; far from today, hours overflow."""
        away = day - timezone.localdate()
        if away > FURTHEST:
            self.add_error("day", _("C’est trop loin : deux ans au plus."))
        elif away < -FURTHEST:
            self.add_error("day", _("Cette date est passée."))
        return abs(away) <= FURTHEST

    def _zone(self, cleaned: dict) -> ZoneInfo:
        if cleaned.get("commune"):
            return cleaned["commune"].zone
        if self.instance.pk:
            return ZoneInfo(self.instance.time_zone)
        return home_zone(self.instance.initiative, self.by)

    @property
    def texts(self) -> dict[str, str]:
        """What is screened."""
        return {name: self.cleaned_data[name] for name in self.screened_fields}

    @property
    def facts(self) -> dict:
        """What holds at once."""
        names = ("kind", "commune", "latitude", "longitude", "capacity", "starts_at", "ends_at", "time_zone")
        return {name: self.cleaned_data[name] for name in names}


def home_zone(initiative: Initiative | None, member: Member) -> ZoneInfo:
    """The clocks of whoever meets nowhere: their initiative's, else their own, else those of the mainland."""
    return clocks.zone_of(initiative and initiative.territory, member.home_commune)


def _stray(point: tuple[float, float], commune: Commune) -> bool:
    south, west, north, east = commune.box
    inside = min(max(point[0], south), north), min(max(point[1], west), east)
    return distance_km(point, inside) > STRAY_KM


class AgendaForm(PlaceFilterForm):
    """The filters of the agenda and of the map."""

    WHENS = [("", _("À venir")), ("semaine", _("Cette semaine")), ("mois", _("Ce mois-ci"))]

    quand = forms.ChoiceField(label=_("Quand"), required=False, choices=WHENS)
    sorte = forms.ChoiceField(label=_("Sorte"), required=False, choices=options(Event.Kind, empty=_("Toutes")))
