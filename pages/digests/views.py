from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members.services import note_presence
from notifications.keeping import member_of

_DONE = "merci"


@never_cache
def keep(request: HttpRequest, token: str) -> HttpResponse:
    """From a message, without signing in: its reader still wants to hear. GET asks, POST keeps."""
    member = member_of(token)
    if member is None:
        raise Http404(_("Ce lien n’est plus valable."))
    if request.method == "POST":
        note_presence(member)
        return redirect(f"{request.path}?{_DONE}=1")
    # Nothing of the member is shown: a message may have been passed on.
    return render(request, "pages/digest_keep.html", {"is_kept": _DONE in request.GET})
