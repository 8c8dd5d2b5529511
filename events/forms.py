import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator, URLValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.forms import options
from events import agenda, series
from events.models import Event, Series
from events.places import is_stray
from initiatives.models import Initiative, Tag
from members.models import Member
from moderation.forms import ScreenedFormMixin
from territories import clocks
from territories.forms import CommuneField, PlaceFilterForm
from territories.models import Commune, Department
from territories.openings import why_not_yet

#: Nobody plans further.
FURTHEST = timedelta(days=730)
#: No series lasts longer.
LONGEST_SERIES = timedelta(days=366)
#: Things to prepare, at most.
MOST_TO_PREPARE = 20
_POINT = re.compile(r"(-?[0-9]{1,2}\.[0-9]{1,8}),(-?[0-9]{1,3}\.[0-9]{1,8})", re.ASCII)


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
    #: How well the point is known; whether it is the one that was proposed; when the others of the series are held.
    precision = Event.Precision.COMMUNE
    point_stays = False
    also: Sequence[tuple[datetime, datetime]] = ()
    #: The département that was asked for, and is not open yet.
    awaited: Department | None = None
    #: What an event held online has not.
    place_fields = {"commune": None, "latitude": None, "longitude": None, "place_name": "", "address": ""}

    day = forms.DateField(label=_("Jour"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    starts = forms.TimeField(label=_("Début"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(
        label=_("Fin"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Avant l’heure de début : le lendemain."),
    )
    repeats = forms.ChoiceField(
        label=_("Se répète"),
        required=False,
        choices=[("", _("Non, une seule fois")), *options(Series.Rhythm)],
        help_text=_("« Le même jour de la semaine » : le 2e mardi de chaque mois, par exemple."),
    )
    until = forms.DateField(
        label=_("Jusqu’au"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Un an au plus."),
    )
    commune = CommuneField(label=_("Commune ou code postal"))
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

    checklist = forms.CharField(
        label=_("À préparer"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Une chose par ligne. Vous seuls, qui organisez, voyez cette liste."),
    )
    scope = forms.ChoiceField(label=_("Ce qui change, change pour"), widget=forms.RadioSelect, initial="one")

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
            "theme",
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
        self.fields["theme"].queryset = Tag.objects.filter(theme_rank__isnull=False)
        self.fields["theme"].empty_label = _("Aucun")
        self._offer_what_is_for(event)
        # Kept from before the form writes into its instance.
        times = {"starts_at": self.instance.starts_at, "ends_at": self.instance.ends_at}
        self.was = Event(**times, department_id=self.instance.department_id)
        commune = self.initial.get("commune")
        if isinstance(commune, Commune):
            self.initial |= {"commune": commune.pk, "latitude": commune.latitude, "longitude": commune.longitude}

    def _offer_what_is_for(self, event: Event | None) -> None:
        """A new one may come again; one that does may change with those that follow it."""
        if event is None or not event.pk:
            del self.fields["scope"]
            return
        del self.fields["repeats"], self.fields["until"]
        self.initial["checklist"] = "\n".join(each["text"] for each in event.checklist)
        following = event.followers.count()
        if following:
            all_of_them = ngettext("cette date et la suivante", "cette date et les %(count)d suivantes", following) % {
                "count": following
            }
            self.fields["scope"].choices = [("one", _("cette date seulement")), ("following", all_of_them)]
        else:
            del self.fields["scope"]

    def clean_checklist(self) -> list[dict]:
        """What was ready stays ready."""
        # Not split(): the narrow spaces of French typography are meant.
        lines = dict.fromkeys(
            re.sub(r"[ \t]+", " ", each).strip() for each in self.cleaned_data["checklist"].splitlines()
        )
        texts = [line for line in lines if line]
        if len(texts) > MOST_TO_PREPARE:
            raise ValidationError(_("Vingt choses à préparer au plus."))
        if any(len(text) > 120 for text in texts):
            raise ValidationError(_("120 caractères au plus par ligne."))
        ready = {each["text"] for each in self.instance.checklist if each["done"]}
        return [{"text": text, "done": text in ready} for text in texts]

    def clean(self):
        if self.cleaned_data.get("kind") == Event.Kind.ONLINE:
            for name, nothing in self.place_fields.items():
                self.errors.pop(name, None)
                self.cleaned_data[name] = nothing
        cleaned = super().clean()
        if cleaned.get("commune"):
            self._clean_opening(cleaned["commune"])
        if cleaned.get("commune"):
            self._clean_point(cleaned)
        if cleaned.get("day") and cleaned.get("starts") and cleaned.get("ends"):
            self._clean_times(cleaned)
        return cleaned

    def _clean_opening(self, commune: Commune) -> None:
        """What was there before the site waited to open there stays there."""
        if self.was.department_id == commune.department_id:
            return
        if why := why_not_yet(commune.department_id, is_staff=self.by.is_staff):
            self.add_error("commune", why)
            self.awaited = commune.department

    def _clean_point(self, cleaned: dict) -> None:
        """A point set by hand, when it is in the commune and not one proposed for another; else the centre.

        What was proposed and not moved stays as well known as it was.
        """
        commune, point = cleaned["commune"], (cleaned.get("latitude"), cleaned.get("longitude"))
        centre = commune.latitude, commune.longitude
        is_proposed = point == (self.initial.get("latitude"), self.initial.get("longitude"))
        left_behind = is_proposed and self.initial.get("commune") != commune.pk
        precision = Event.Precision.HAND
        if None in point or left_behind or is_stray(point, commune) or _is_same(point, centre):
            point, precision = centre, Event.Precision.COMMUNE
        elif is_proposed:
            precision = self.initial.get("precision", self.instance.precision)
        cleaned["latitude"], cleaned["longitude"] = point
        self.precision = precision
        self.point_stays = is_proposed and not left_behind

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
        if cleaned.get("repeats"):
            self._clean_series(cleaned, zone)

    def _clean_series(self, cleaned: dict, zone: ZoneInfo) -> None:
        first, until = cleaned["day"], cleaned.get("until")
        if until is None:
            if "until" not in self.errors:
                self.add_error("until", _("Dites jusqu’à quand cet événement se répète."))
            return
        if not first < until <= min(first + LONGEST_SERIES, timezone.localdate() + FURTHEST):
            self.add_error("until", _("Choisissez un jour après le premier, et dans l’année qui le suit."))
            return
        days = series.days(cleaned["repeats"], first, until)
        if len(days) == 1:
            self.add_error("until", _("À ce rythme, il n’y a pas d’autre date d’ici là."))
        elif len(days) > series.MOST_DATES:
            self.add_error("until", _("Une série a 52 dates au plus : choisissez un jour plus proche."))
        self.also = [series.hours(day, cleaned["starts"], cleaned["ends"], zone) for day in days[1:]]

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
        """What holds at once. A point that nobody moved is left as it is: its address may be looked for meanwhile."""
        names = ["kind", "commune", "capacity", "theme", "checklist", "starts_at", "ends_at", "time_zone"]
        if self.instance.pk and self.point_stays:
            return {name: self.cleaned_data[name] for name in names}
        point = {name: self.cleaned_data[name] for name in ("latitude", "longitude")}
        return {name: self.cleaned_data[name] for name in names} | point | {"precision": self.precision}

    @property
    def series(self) -> Series | None:
        """The series that it begins, not saved; `also` holds when the others begin and end."""
        if not self.also:
            return None
        return Series(rhythm=self.cleaned_data["repeats"], until=self.cleaned_data["until"])

    @property
    def is_for_following(self) -> bool:
        return self.cleaned_data.get("scope") == "following"


def home_zone(initiative: Initiative | None, member: Member) -> ZoneInfo:
    """The clocks of whoever meets nowhere: their initiative's, else their own, else those of the mainland."""
    return clocks.zone_of(initiative and initiative.territory, member.home_commune)


def _is_same(point: tuple[float, float], other: tuple[float, float]) -> bool:
    """To the fifth decimal, a metre: the map writes no more of them."""
    return all(abs(mine - its) < 1.1e-5 for mine, its in zip(point, other, strict=True))


class AgendaDayField(forms.DateField):
    """A day of our times, as browsers send it."""

    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            input_formats=["%Y-%m-%d"],
            validators=[MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2200, 1, 1))],
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            **kwargs,
        )


class PointField(forms.CharField):
    """A point of the map, "48.11900,-1.67900": latitude and longitude."""

    widget = forms.HiddenInput

    def clean(self, value) -> tuple[float, float] | None:
        text = super().clean(value)
        if not text:
            return None
        found = _POINT.fullmatch(text)
        point = found and (float(found[1]), float(found[2]))
        if not point or abs(point[0]) > 90 or abs(point[1]) > 180:
            raise ValidationError(_("Ce point n’est pas sur la carte."))
        return point


class AgendaForm(PlaceFilterForm):
    """The filters of the agenda and of the map."""

    WHENS = [
        ("", _("À venir")),
        ("semaine", _("Dans les sept jours")),
        ("week-end", _("Ce week-end")),
        ("mois", _("Dans le mois")),
    ]

    ici = PointField(required=False, max_length=40)
    quand = forms.ChoiceField(label=_("Quand"), required=False, choices=WHENS)
    du = AgendaDayField(label=_("Du"))
    au = AgendaDayField(label=_("Au"))
    sorte = forms.ChoiceField(label=_("Sorte"), required=False, choices=options(Event.Kind, empty=_("Toutes")))
    theme = forms.ChoiceField(
        label=_("Thème"),
        required=False,
        choices=lambda: [("", _("Tous")), *((theme.slug, theme.name) for theme in agenda.themes())],
    )
    places = forms.BooleanField(label=_("Avec des places libres"), required=False)

    def clean_theme(self) -> Tag | None:
        slug = self.cleaned_data["theme"]
        return next((theme for theme in agenda.themes() if theme.slug == slug), None) if slug else None

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("du") and cleaned.get("au") and cleaned["au"] < cleaned["du"]:
            self.add_error("au", _("Cette date est avant la première."))
        return cleaned

    @property
    def search(self) -> agenda.Search:
        """What is asked for; a place typed later wins over a point of the map."""
        asked = self.cleaned_data
        return agenda.Search(
            place=self.place,
            point=None if self.place else asked["ici"],
            span=asked["quand"],
            first_day=asked["du"],
            last_day=asked["au"],
            kind=asked["sorte"],
            theme=asked["theme"],
            with_room=asked["places"],
        )
