from django.urls import path

from territories import views

urlpatterns = [
    path("ou.json", views.suggestions, name="commune_suggestions"),
]
