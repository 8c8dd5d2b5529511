from django.urls import path

from pages.dev import views

urlpatterns = [
    path("messages/", views.messages, name="dev_messages"),
    path("messages/<str:name>/<int:number>/", views.message, name="dev_message"),
    path("messages/<str:name>/<int:number>/html/", views.message_html, name="dev_message_html"),
    path("styles/", views.styles, name="dev_styles"),
]
