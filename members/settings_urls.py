"""Under /reglages/: what a member sets of themselves, and what protects them."""

from django.urls import path

from members.views import account, address, blocks, consents, security

urlpatterns = [
    path("", account.settings, name="settings"),
    # allauth's name, so that its redirects find it.
    path("securite/", security.SecurityView.as_view(), name="mfa_index"),
    path("securite/appareils/<int:pk>/deconnecter/", security.end_session, name="end_session"),
    path("securite/appareils/deconnecter/", security.end_other_sessions, name="end_other_sessions"),
    path("adresse/", address.ChangeAddressView.as_view(), name="change_address"),
    path("adresse/code/", address.ChangeAddressCodeView.as_view(), name="change_address_code"),
    path("adresse/annuler/<str:token>/", address.undo, name="undo_address_change"),
    path("accords/", consents.mine, name="consents"),
    path("accords/<slug:purpose>/donner/", consents.give, name="consent_give"),
    path("accords/<slug:purpose>/retirer/", consents.withdraw, name="consent_withdraw"),
    path("blocages/", blocks.mine, name="blocks"),
    path("blocages/<int:pk>/lever/", blocks.unblock, name="unblock"),
]
