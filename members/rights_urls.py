"""Under /mes-donnees/."""

from django.urls import path

from members.views import rights

urlpatterns = [
    path("", rights.mine, name="my_data"),
    path("copie/", rights.ask_copy, name="my_data_copy"),
    path("partir/", rights.leave, name="my_data_leave"),
    path("parti/", rights.gone, name="my_data_gone"),
    path("lien/<str:token>/", rights.mine_by_link, name="my_data_link"),
    path("lien/<str:token>/copie/", rights.ask_copy_by_link, name="my_data_link_copy"),
    path("lien/<str:token>/partir/", rights.leave_by_link, name="my_data_link_leave"),
    path("archive/<str:token>/", rights.copy, name="data_copy"),
    path("retour/<str:token>/", rights.come_back, name="departure"),
]
