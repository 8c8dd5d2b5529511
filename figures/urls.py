from django.urls import path, register_converter

from core.converters import DayConverter
from figures import views

register_converter(DayConverter, "day")

urlpatterns = [
    path("chiffres/", views.index, name="figures"),
    path("chiffres/depenses.csv", views.expenses_csv, name="figures_expenses_csv"),
    path("chiffres/releves/", views.snapshots, name="figures_snapshots"),
    path("chiffres/releves/dernier.json", views.latest_snapshot, name="figures_snapshot_latest"),
    path("chiffres/releves/chaine.jsonl", views.chain_index, name="figures_chain"),
    path("chiffres/releves/verifier.py", views.verifier, name="figures_verifier"),
    path("chiffres/releves/<day:day>.json", views.snapshot, name="figures_snapshot"),
    path("chiffres/<slug:slug>.csv", views.topic_csv, name="figures_topic_csv"),
    path("chiffres/<slug:slug>.json", views.topic_json, name="figures_topic_json"),
    path("chiffres/<slug:slug>/", views.topic, name="figures_topic"),
]
