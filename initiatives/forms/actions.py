from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from initiatives.forms.opening import TOO_SHORT
from initiatives.models import Action
from moderation.forms import ScreenedFormMixin
from territories import clocks

#: Nobody plans further.
FURTHEST = timedelta(days=730)
MOST_PLACES = 1000
_DAY_FORMAT = "%Y-%m-%d"


def _day_field(label, **options) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format=_DAY_FORMAT), **options
    )


def _hour_field(label, **options) -> forms.TimeField:
    return forms.TimeField(
        label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options
    )


class ActionForm(ScreenedFormMixin, forms.ModelForm):
    """What there is to do: on a day, by a day, or at any time; at the clocks of the initiative's place."""

    screened_fields = ("title", "description", "place", "skills")

    day = _day_field(_("Jour"))
    starts = _hour_field(_("Début"))
    ends = _hour_field(_("Fin"), help_text=_("Avant l’heure de début : le lendemain."))
    until = _day_field(_("Ou bien : au plus tard le"), help_text=_("Pour ce qu’on fait quand on peut."))

    class Meta:
        model = Action
        fields = ["title", "description", "day", "starts", "ends", "until", "place", "places", "skills"]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4}),
            "places": forms.NumberInput(attrs={"inputmode": "numeric", "min": 1, "max": MOST_PLACES}),
        }
        labels = {
            "title": _("Que faut-il faire ?"),
            "description": _("En quoi cela consiste"),
            "place": _("Où ?"),
            "places": _("Combien de personnes ?"),
            "skills": _("Ce qu’il faut savoir faire"),
        }
        help_texts = {
            "title": _("Commencez par un verbe : « Planter les haies », « Relire le dossier »."),
            "description": _("Ce qu’on y fera, ce qu’il faut apporter."),
            "place": _("« Devant la gare », « chez soi », « en ligne »…"),
            "skills": _("Rien de particulier ? Laissez vide : les gens osent davantage."),
        }

    def __init__(self, *args, **kwargs):
        action = kwargs["instance"]
        if action.pk:
            kwargs["initial"] = _times(action) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["title"].validators.append(MinLengthValidator(5, TOO_SHORT))
        self.fields["places"].validators += [MinValueValidator(1), MaxValueValidator(MOST_PLACES)]
        # Kept from before the form writes into its instance.
        self.was = Action(starts_at=action.starts_at, ends_at=action.ends_at)
        home = (action.initiative.territory, self.by.home_commune)
        self.zone = ZoneInfo(action.time_zone) if action.pk else clocks.zone_of(*home)

    def clean_places(self) -> int:
        places = self.cleaned_data["places"]
        if self.instance.pk and places < self.instance.taken:
            raise forms.ValidationError(_("Des personnes viennent déjà : gardez au moins leurs places."))
        return places

    def clean(self):
        cleaned = super().clean()
        cleaned |= {"starts_at": None, "ends_at": None, "time_zone": str(self.zone)}
        if self.errors.keys() & {"day", "starts", "ends", "until"}:
            return cleaned
        day, until = cleaned.get("day"), cleaned.get("until")
        if day and until:
            self.add_error("until", _("Choisissez : un jour précis, ou une date limite."))
        elif day:
            self._clean_day(cleaned)
        elif cleaned.get("starts") or cleaned.get("ends"):
            self.add_error("day", _("Quel jour ?"))
        elif until and self._is_near("until", until):
            cleaned["ends_at"] = self._last_minute(until)
            if cleaned["ends_at"] < timezone.now() and cleaned["ends_at"] != self.was.ends_at:
                self.add_error("until", _("Cette date est passée."))
        return cleaned

    def _clean_day(self, cleaned: dict) -> None:
        if not cleaned.get("starts"):
            self.add_error("starts", _("À quelle heure ?"))
            return
        if not self._is_near("day", cleaned["day"]):
            return
        start = clocks.moment(cleaned["day"], cleaned["starts"], self.zone, was=self.was.starts_at)
        end = cleaned.get("ends") and clocks.moment_after(start, cleaned["ends"], was=self.was.ends_at)
        for name, moment in (("starts", start), ("ends", end)):
            if moment and clocks.is_skipped(moment):
                self.add_error(name, _("Cette heure n’existe pas : on avance les horloges cette nuit-là."))
        if start <= timezone.now() and start != self.was.starts_at:
            self.add_error("day", _("Cette date est passée."))
        cleaned |= {"starts_at": start, "ends_at": end or None}

    def _is_near(self, name: str, day) -> bool:
        """Whether it is near enough to be put on clocks; far from today, hours overflow."""
        away = day - timezone.localdate()
        if away > FURTHEST:
            self.add_error(name, _("C’est trop loin : deux ans au plus."))
        elif away < -FURTHEST:
            self.add_error(name, _("Cette date est passée."))
        return abs(away) <= FURTHEST

    def _last_minute(self, day) -> datetime:
        return datetime.combine(day, time(23, 59), self.zone)

    @property
    def texts(self) -> dict[str, str]:
        """What is screened."""
        return {name: self.cleaned_data[name] for name in self.screened_fields}

    @property
    def facts(self) -> dict:
        """What holds at once."""
        return {name: self.cleaned_data[name] for name in ("places", "starts_at", "ends_at", "time_zone")}


def _times(action: Action) -> dict:
    """What its form shows of its day and hours."""
    start, end = action.local_start, action.local_end
    if start is None:
        return {"until": end.date()} if end else {}
    return {"day": start.date(), "starts": start.time(), "ends": end.time() if end else None}


class CloseForm(ScreenedFormMixin, forms.ModelForm):
    """What became of an action."""

    DONE, GIVEN_UP = "done", "given_up"

    screened_fields = ("report",)

    became = forms.ChoiceField(
        label=_("Qu’est-elle devenue ?"),
        choices=[(DONE, _("Elle est faite")), (GIVEN_UP, _("On y renonce"))],
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Action
        fields = ["became", "report"]
        widgets = {"report": forms.Textarea(attrs={"rows": 5})}
        labels = {"report": _("Ce qui a été fait, ou pourquoi vous y renoncez")}
        help_texts = {
            "report": _("Combien vous étiez, ce que cela change. Tout le monde le lira sur la page de l’initiative.")
        }

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("became") == self.DONE and "report" in cleaned and not cleaned["report"]:
            self.add_error("report", _("Dites en une phrase ce qui a été fait."))
        return cleaned

    @property
    def is_done(self) -> bool:
        return self.cleaned_data["became"] == self.DONE


class ReportForm(ScreenedFormMixin, forms.ModelForm):
    """What was done, said better afterwards."""

    screened_fields = ("report",)

    class Meta:
        model = Action
        fields = ["report"]
        widgets = CloseForm.Meta.widgets
        labels = {"report": _("Ce qui a été fait")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["report"].required = self.instance.is_done
        if not self.instance.is_done:
            self.fields["report"].label = _("Pourquoi vous y avez renoncé")
