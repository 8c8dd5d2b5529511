from django.urls import path

from initiatives import views

urlpatterns = [
    path("", views.initiative_list, name="initiatives"),
    path("nouvelle/", views.new, name="initiative_new"),
    path("<slug_id:slug>/", views.detail, name="initiative"),
    path("<slug_id:slug>/soutenir/", views.support, name="initiative_support"),
    path("<slug_id:slug>/retirer-soutien/", views.withdraw_support, name="initiative_withdraw_support"),
    path("<slug_id:slug>/modifier/sujet/", views.edit_subject, name="initiative_subject"),
    path("<slug_id:slug>/modifier/texte/", views.edit_text, name="initiative_text"),
    path("<slug_id:slug>/modifier/lieu/", views.edit_place, name="initiative_place"),
    path("<slug_id:slug>/apercu/", views.preview, name="initiative_preview"),
    path("<slug_id:slug>/soumettre/", views.submit, name="initiative_submit"),
    path("<slug_id:slug>/effacer/", views.discard, name="initiative_discard"),
]
