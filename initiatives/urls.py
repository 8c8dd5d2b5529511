from django.urls import path

from initiatives.views import discussion, opening, photos, reading, supports

urlpatterns = [
    path("", reading.initiative_list, name="initiatives"),
    path("nouvelle/", opening.new, name="initiative_new"),
    path("nouvelle/recommencer/", opening.start_over, name="initiative_start_over"),
    path("proches/", opening.nearby, name="initiatives_nearby"),
    path("communes/", supports.communes, name="communes_of_postcode"),
    path("<slug_id:slug>/", reading.detail, name="initiative"),
    path("<slug_id:slug>/soutenir/", supports.support, name="initiative_support"),
    path("<slug_id:slug>/soutenir/envoye/", supports.sent, name="support_sent"),
    path("<slug_id:slug>/soutien/<str:token>/", supports.link, name="support_link"),
    path("<slug_id:slug>/soutien/<str:token>/renvoyer/", supports.link_again, name="support_link_again"),
    path("<slug_id:slug>/soutien/<str:token>/retirer/", supports.link_withdraw, name="support_link_withdraw"),
    path("<slug_id:slug>/retirer-soutien/", supports.withdraw, name="initiative_withdraw_support"),
    path("<slug_id:slug>/soutiens.json", supports.number, name="initiative_number"),
    path("<slug_id:slug>/modifier/sujet/", opening.edit_subject, name="initiative_subject"),
    path("<slug_id:slug>/modifier/texte/", opening.edit_text, name="initiative_text"),
    path("<slug_id:slug>/modifier/lieu/", opening.edit_place, name="initiative_place"),
    path("<slug_id:slug>/modifier/recommencer/", opening.start_over, name="initiative_step_start_over"),
    path("<slug_id:slug>/reprendre/", opening.resume, name="initiative_resume"),
    path("<slug_id:slug>/apercu/", opening.preview, name="initiative_preview"),
    path("<slug_id:slug>/lancer/", opening.launch, name="initiative_launch"),
    path("<slug_id:slug>/premiers-soutiens/", opening.first_five, name="initiative_first_five"),
    path("<slug_id:slug>/premiers-soutiens/continuer/", opening.carry_on, name="initiative_carry_on"),
    path("<slug_id:slug>/affiche/", opening.sheet, name="initiative_sheet"),
    path("<slug_id:slug>/code.svg", opening.qr_code, name="initiative_code"),
    path("<slug_id:slug>/effacer/", opening.discard, name="initiative_discard"),
    # Images.
    path("<slug_id:slug>/images/", photos.page, name="initiative_photos"),
    path("<slug_id:slug>/images/<int:number>/", photos.describe, name="initiative_photo"),
    path("<slug_id:slug>/images/<int:number>/en-tete/", photos.make_cover, name="initiative_photo_cover"),
    path("<slug_id:slug>/images/<int:number>/retirer/", photos.remove, name="initiative_photo_remove"),
    path("<slug_id:slug>/images/<int:number>/<int:width>.webp", photos.file, name="initiative_photo_file"),
    # Actions and needs.
    # Updates, steps and history.
    # Discussion.
    path("<slug_id:slug>/discussion/", discussion.discussion_list, name="discussion"),
    path("<slug_id:slug>/discussion/ecrire/", discussion.contribute, name="discussion_write"),
    path("<slug_id:slug>/discussion/<int:pk>/", discussion.thread, name="discussion_thread"),
    path("<slug_id:slug>/discussion/<int:pk>/reponses/", discussion.replies, name="discussion_replies"),
    path("<slug_id:slug>/discussion/<int:pk>/repondre/", discussion.reply, name="discussion_reply"),
    path("<slug_id:slug>/discussion/<int:pk>/modifier/", discussion.edit, name="discussion_edit"),
    path("<slug_id:slug>/discussion/<int:pk>/effacer/", discussion.erase, name="discussion_erase"),
    path("<slug_id:slug>/discussion/<int:pk>/voter/", discussion.vote, name="discussion_vote"),
    path("<slug_id:slug>/discussion/<int:pk>/retirer-vote/", discussion.unvote, name="discussion_unvote"),
    path("<slug_id:slug>/discussion/<int:pk>/mettre-en-avant/", discussion.pin, name="discussion_pin"),
    path("<slug_id:slug>/discussion/<int:pk>/ne-plus-mettre-en-avant/", discussion.unpin, name="discussion_unpin"),
    # The team, and letters.
    # Endings and mergers.
]
