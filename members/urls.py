"""Under /compte/. The names are allauth's, so that its redirects find us; the addresses of passwords do not exist."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path
from django.views.generic import RedirectView

from members.identity import sensitive
from members.views import door, identity

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="settings")),
    path("connexion/", door.SignInView.as_view(), name="account_login"),
    path("inscription/", door.SignUpView.as_view(), name="account_signup"),
    path("code/", door.EnterView.as_view(), name="account_confirm_login_code"),
    path("second-facteur/", identity.SecondFactorView.as_view(), name="mfa_authenticate"),
    path("connexion/cle/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("ferme/", account.account_inactive, name="account_inactive"),
    path("deconnexion/", account.logout, name="account_logout"),
    path("confirmation/", identity.ConfirmView.as_view(), name="account_reauthenticate"),
    path("confirmation/second-facteur/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("confirmation/cle/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("securite/", RedirectView.as_view(pattern_name="mfa_index")),
    path("securite/application/", sensitive(identity.ActivateApplicationView.as_view()), name="mfa_activate_totp"),
    path("securite/application/retirer/", sensitive(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("securite/cles/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("securite/cles/ajouter/", sensitive(identity.AddKeyView.as_view()), name="mfa_add_webauthn"),
    path("securite/cles/<int:pk>/renommer/", sensitive(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path("securite/cles/<int:pk>/retirer/", sensitive(webauthn.remove_webauthn), name="mfa_remove_webauthn"),
    path("securite/secours/", sensitive(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("securite/secours/refaire/", sensitive(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("securite/secours/fichier/", sensitive(recovery.download_recovery_codes), name="mfa_download_recovery_codes"),
]
