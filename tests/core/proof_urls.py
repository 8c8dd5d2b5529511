"""The site's addresses, and a form under attack: whole in a page, or brought there by htmx."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from core.proof import ProofMixin
from possibles.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401

FORM = """<form method="post" action="/essai/" id="essai"
{% if hx %} hx-post="/essai/?hx=1" hx-target="#essai" hx-swap="outerHTML"{% endif %}>
{% csrf_token %}{% include "components/_errors.html" %}
{% include "components/_field.html" with field=form.name %}
{% include "components/_proof.html" with proof=form.proof only %}
<button name="verb" value="send">Envoyer</button></form>"""
PAGE = (
    '{% extends "base.html" %}{% block content %}<h1>Essai</h1>{% block form %}' + FORM + "{% endblock %}{% endblock %}"
)
DOOR = """{% extends "base.html" %}{% block content %}<h1>Essai</h1>
<div hx-get="/essai/?hx=1" hx-trigger="click" hx-swap="outerHTML" id="door">Ouvrir</div>{% endblock %}"""


class NameForm(ProofMixin, forms.Form):
    name = forms.CharField(label="Prénom", required=False)

    def clean_name(self) -> str:
        if self.cleaned_data["name"] == "?":
            raise forms.ValidationError("Un prénom.")
        return self.cleaned_data["name"]


def show(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST or None, needs_proof=True)
    if form.is_valid():
        template = (
            '<p id="essai">Reçu : {{ form.verdict.name }}, {{ form.cleaned_data.name }}, {{ request.POST.verb }}</p>'
        )
    else:
        template = FORM if "hx" in request.GET else PAGE
    answer = engines["django"].from_string(template).render({"form": form, "hx": "hx" in request.GET}, request)
    return HttpResponse(answer, status=422 if form.errors else 200)


def door(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(DOOR).render({}, request))


urlpatterns = [path("essai/", show), path("porte/", door), *urlpatterns]
