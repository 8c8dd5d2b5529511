from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members.forms import SettingsForm
from members.models import Member


@never_cache
@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """What the member shows of themselves, where they are written to, and the ways to what is theirs."""
    # The form fills its instance before it is valid: the header must not greet with a refused name.
    member = Member.objects.select_related("home_commune__department").get(pk=request.user.pk)
    form = SettingsForm(request.POST or None, instance=member, initial={"home_commune": member.home_commune})
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("C’est enregistré."))
        return redirect("settings")
    return render(request, "members/settings.html", {"form": form})
