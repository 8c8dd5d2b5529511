"""What the living style guide shows: true subjects, without a query."""

from datetime import date, timedelta

from django import forms
from django.utils import timezone

from core.pages import Page
from events.models import Event
from initiatives.models import Initiative
from members.models import Member
from territories.models import Commune, Department

TEXT = """La piscine de Vitré ferme **quatre mois par an**, faute de chauffage. Les écoles n’ont plus de créneau.

Ce que nous proposons\u202f:

1. Des capteurs solaires sur le toit du bassin, 210 m².
2. Une bâche de nuit, posée par les agents.
3. Un comité d’usagers, qui suit les dépenses *publiées chaque mois*.

> « Nager une fois par semaine, c’est ce qui me tient debout. » Une habituée, 81 ans.

Le dossier complet est sur [le site de la commune](https://example.org/piscine).
"""


class SampleForm(forms.Form):
    """One field of each sort."""

    title = forms.CharField(label="Titre", max_length=120, help_text="Une phrase, comme vous la diriez à un voisin.")
    email = forms.EmailField(label="Adresse e-mail", help_text="Pour confirmer. Elle n’est jamais montrée.")
    postcode = forms.CharField(
        label="Code postal", max_length=5, widget=forms.TextInput(attrs={"inputmode": "numeric"}), required=False
    )
    problem = forms.CharField(
        label="Le problème",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Ce qui ne va pas, pour qui, depuis quand.",
    )
    kind = forms.ChoiceField(
        label="De quoi s’agit-il\u202f?",
        choices=[
            ("local_project", "Un projet local, près de chez moi"),
            ("national_project", "Un projet national"),
            ("debate", "Un débat à ouvrir"),
        ],
        widget=forms.RadioSelect,
    )
    themes = forms.MultipleChoiceField(
        label="Thèmes",
        choices=[("sport", "Sport"), ("ecole", "École"), ("energie", "Énergie"), ("sante", "Santé")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Trois au plus.",
    )
    department = forms.ChoiceField(
        label="Département", choices=[("", "Choisissez"), ("35", "Ille-et-Vilaine"), ("53", "Mayenne")]
    )
    day = forms.DateField(label="Jour", widget=forms.DateInput(attrs={"type": "date"}))
    hour = forms.TimeField(label="Heure", widget=forms.TimeInput(attrs={"type": "time"}))
    picture = forms.FileField(label="Photographie", required=False)
    consent = forms.BooleanField(
        label="J’accepte que mon soutien soit compté. Il révèle une opinion\u202f: je peux le retirer à tout moment."
    )
    news = forms.BooleanField(label="Prévenez-moi des suites", required=False)


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code reçu par e-mail",
        help_text="Il vaut 15 minutes.",
        widget=forms.TextInput(attrs={"class": "code-input", "autocomplete": "one-time-code"}),
    )


class FilterForm(forms.Form):
    kind = forms.ChoiceField(
        label="Sorte",
        required=False,
        choices=[("", "Toutes"), ("local_project", "Projets locaux"), ("debate", "Débats")],
        widget=forms.RadioSelect,
    )
    department = forms.ChoiceField(label="Département", required=False, choices=[("", "Toute la France")])


def everything() -> dict:
    initiatives = _initiatives()
    return {
        "text": TEXT,
        "initiatives": initiatives,
        "initiative": initiatives[0],
        "events": _events(initiatives[0]),
        "form": SampleForm(prefix="vide"),
        "refused_form": SampleForm(
            {"refusé-title": "Rouvrir la piscine", "refusé-kind": "local_project", "refusé-email": "claire@"},
            prefix="refusé",
        ),
        "code_form": CodeForm(prefix="code"),
        "filter_form": FilterForm({"kind": "debate"}, prefix="filtre"),
        "page": Page(initiatives, "WyIxIl0"),
        "crumbs": [("Bretagne", "#"), ("Ille-et-Vilaine", "#"), ("Vitré", "")],
        "steps": [("Le sujet", "#"), ("Le texte", "#"), ("Le lieu", ""), ("L’aperçu", "")],
        "tabs": [("En cours", "#", True), ("En préparation", "#", False), ("Terminées", "#", False)],
        "moments": [
            ("Ouverte par Claire Le Goff", date(2026, 3, 1)),
            ("Publiée après 3 h de relecture", date(2026, 3, 2)),
            ("25 soutiens\u202f: la mairie a été saisie", date(2026, 3, 19)),
        ],
        "badges": [
            ("En cours", "accent"),
            ("Aboutie", "success"),
            ("En attente de relecture", "warning"),
            ("Refusé", "refusal"),
            ("Close", ""),
        ],
        "tag_names": ["Sport", "Transition énergétique", "École"],
    }


def _initiatives() -> list[Initiative]:
    claire, said, jo = (Member(display_name=name) for name in ("Claire Le Goff", "Saïd Benali", "Jo"))
    return [
        Initiative(
            pk=1,
            kind="local_project",
            state="published",
            title="Rouvrir la piscine de Vitré toute l’année",
            summary="La piscine ferme quatre mois par an faute de chauffage. Des capteurs sur son toit suffiraient, et "
            "les écoles de onze communes retrouveraient leurs créneaux.",
            place_label="Vitré (Ille-et-Vilaine)",
            author=claire,
            support_count=213,
        ),
        Initiative(
            pk=2,
            kind="national_project",
            state="published",
            title="Un jour de congé par an pour donner son sang",
            summary="Les dons reculent chaque été. Un jour accordé, sur présentation de l’attestation.",
            place_label="France",
            author=said,
            support_count=12480,
        ),
        Initiative(
            pk=3,
            kind="debate",
            state="succeeded",
            title="Faut-il des devoirs à la maison à l’école primaire\u202f?",
            place_label="La Réunion",
            author=jo,
            support_count=1,
        ),
    ]


def _events(initiative: Initiative) -> list[Event]:
    start = timezone.now().replace(minute=30) + timedelta(days=9)
    vitre = Commune(name="Vitré", department=Department(name="Ille-et-Vilaine"))
    shared = {"commune": vitre, "starts_at": start, "ends_at": start + timedelta(hours=2)}
    return [
        Event(
            pk=1,
            title="Réunion publique sur la piscine",
            place_name="Salle du Temple",
            initiative=initiative,
            capacity=60,
            attendee_count=48,
            **shared,
        ),
        Event(pk=2, kind="walk", title="Balade des haies", capacity=10, attendee_count=10, **shared),
        Event(pk=3, kind="cleanup", title="Nettoyage de la Vilaine", cancelled_at=timezone.now(), **shared),
        Event(
            pk=4,
            kind="online",
            title="Questions aux élus, en direct",
            time_zone="Indian/Reunion",
            **(shared | {"commune": None}),
        ),
    ]
