from django.urls import path

from moderation.views import decisions, labels, notices

urlpatterns = [
    path("signaler/<slug:sort>/<int:pk>/", notices.report, name="notice_report"),
    path("signalements/<str:token>/", notices.notice, name="notice"),
    path("signalements/<str:token>/contester/", notices.contest, name="notice_contest"),
    path("mentions/<slug:sort>/<int:pk>/", labels.statement, name="label_statement"),
    path("mes-signalements/", notices.mine, name="my_notices"),
    path("decisions/<str:token>/", decisions.decision, name="decision"),
    path("mes-decisions/", decisions.mine, name="my_decisions"),
]
