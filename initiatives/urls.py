from django.urls import path

from initiatives.views import opening, reading, supports

urlpatterns = [
    # First, what a crowd asks for: addresses are tried in this order.
    path("<slug_id:slug>/soutenir/", supports.support, name="initiative_support"),
    path("<slug_id:slug>/soutien/<str:token>/", supports.link, name="support_link"),
    path("", reading.initiative_list, name="initiatives"),
    path("nouvelle/", opening.new, name="initiative_new"),
    path("communes/", supports.communes, name="communes_of_postcode"),
    path("<slug_id:slug>/", reading.detail, name="initiative"),
    path("<slug_id:slug>/soutenir/envoye/", supports.sent, name="support_sent"),
    path("<slug_id:slug>/soutien/<str:token>/renvoyer/", supports.link_again, name="support_link_again"),
    path("<slug_id:slug>/soutien/<str:token>/retirer/", supports.link_withdraw, name="support_link_withdraw"),
    path("<slug_id:slug>/retirer-soutien/", supports.withdraw, name="initiative_withdraw_support"),
    path("<slug_id:slug>/soutiens.json", supports.number, name="initiative_number"),
    path("<slug_id:slug>/modifier/sujet/", opening.edit_subject, name="initiative_subject"),
    path("<slug_id:slug>/modifier/texte/", opening.edit_text, name="initiative_text"),
    path("<slug_id:slug>/modifier/lieu/", opening.edit_place, name="initiative_place"),
    path("<slug_id:slug>/apercu/", opening.preview, name="initiative_preview"),
    path("<slug_id:slug>/soumettre/", opening.submit, name="initiative_submit"),
    path("<slug_id:slug>/effacer/", opening.discard, name="initiative_discard"),
]
