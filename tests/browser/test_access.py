"""Every page by axe (WCAG 2.2 AA, best practices), light and dark, on a phone and a desktop; and 320 pixels wide."""

from datetime import timedelta

import pytest
from axe import AXE, browse, complaints
from axe_playwright_python.sync_playwright import Axe
from cast import new_action, new_event, new_initiative, new_member, new_need
from django.contrib.auth.models import Group
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from lives import keep_files_where_the_site_is, live, reach
from pictures import a_photo
from playwright.sync_api import expect

from core.images import read
from events.models import Attendance, CalendarSource, Event
from events.services import arrivals, asking, coming, links, messaging, reporting
from events.services import calendars as own_calendars
from figures.definitions import NUMBERS
from figures.models import Cost
from figures.services import yesterday
from initiatives.models import AdoptionRequest, CoOrganiser, Initiative, Photo, Support, SupportReview, SupportTally
from initiatives.services import (
    actions,
    discussion,
    drafts,
    letters,
    merging,
    needs,
    opening,
    own,
    photos,
    team,
    updates,
)
from initiatives.services import supports as services
from members.rights import leaving
from members.rights import links as own_links
from moderation import services as moderation
from moderation.models import Case
from pages import moving
from territories.models import Commune, Opening
from tests.figures.published import publish
from tests.members.door import sign_in_staff

pytestmark = pytest.mark.browser

#: Its team was asked whether it goes on.
IN_NURSERY = {
    "published_at": None,
    "nursery_key": "k7f3q9x2wd",
    "launched_at": timezone.now() - timedelta(days=31),
    "nursery_asked_at": timezone.now(),
}


def _counted() -> list[str]:
    """Two nights of figures, with a curve, places, and an expense."""
    counts = dict.fromkeys(NUMBERS, 40)
    publish(counts, {"supports_confirmed": {"r53": 60, "d35": 30}}, day=yesterday() - timedelta(days=1))
    publish(counts)
    Cost.objects.create(month=timezone.localdate().replace(day=1), amount=84, label="Hébergement")
    topics = [reverse("figures_topic", args=[slug]) for slug in ("soutiens", "couts")]
    return [reverse("figures"), *topics, reverse("figures_snapshots")]


def _demand(initiative, commune, email) -> Support:
    services.ask(initiative, email=email, first_name="Claire", commune=commune, consent="2026-11")
    return Support.objects.latest("pk")


def _discussed(initiative, alice) -> list[str]:
    """What is said of it: put forward, replied to, voted for, erased and waiting; where it is read and written."""
    hugo = new_member("hugo")
    said = discussion.contribute(initiative, by=hugo, text="De l’ombre, enfin.", stance="for")
    mine = discussion.contribute(initiative, by=alice, text="Qui arrosera en **août** ?", stance="against")
    discussion.reply(mine, by=hugo, text="Nous serons douze.")
    discussion.vote(said, by=alice, is_useful=True)
    discussion.pin(said, by=alice)
    discussion.erase(discussion.contribute(initiative, by=hugo, text="Je me suis trompé."), by=hugo)
    discussion.contribute(initiative, by=alice, text="Appelez Madame Martin au 06 12 34 56 78.")
    addresses = [reverse(f"discussion{name}", args=[initiative.slug]) for name in ("", "_write")]
    names = ("_thread", "_reply", "_edit", "_erase")
    addresses += [reverse(f"discussion{name}", args=[initiative.slug, mine.pk]) for name in names]
    return [f"{addresses[0]}?tri=avis", f"{addresses[0]}?tri=utiles", *addresses]


def _lived(initiative) -> dict[str, list[str]]:
    """All that can happen to it: what anyone reads of it, and where its author acts."""
    live(initiative, actions=2, needs=2, contributions=0)
    alice, slug = initiative.author, initiative.slug
    photos.add(initiative, read(a_photo()), use=Photo.Use.COVER, alternative="La friche, en mars", by=alice)
    picture, _outcome = photos.add(initiative, read(a_photo()), use=Photo.Use.TEXT, alternative="Le puits", by=alice)
    update = initiative.updates.latest("pk")
    updates.edit(update, {"title": "La clôture est posée"}, by=alice)
    action = initiative.actions.open().earliest("pk")
    actions.commit(action, by=new_member("fanny"))
    done = initiative.actions.filter(is_done=True).earliest("pk")
    need = initiative.needs.earliest("pk")
    needs.make_offer(need, "J’en ai une, au fond de ma grange.", by=new_member("gaston"))
    offer = need.offers.get()
    Initiative.objects.filter(pk=initiative.pk).update(support_count=40)
    initiative.refresh_from_db()
    opening.edit_texts(initiative, {"summary": "Planter quarante fruitiers sur la friche, et les soigner."}, by=alice)
    version = initiative.versions.latest("pk")

    def of(name: str, *args) -> str:
        return reverse(name, args=[slug, *args])

    read_by_all = [
        of("initiative_actions"),
        of("action", action.pk),
        of("action", done.pk),
        of("action_commit", action.pk),
    ]
    read_by_all += [of(f"initiative_{name}") for name in ("updates", "history", "versions")]
    read_by_all += [of("initiative_update", update.pk), of("initiative_version", version.pk)]
    acts = [of("action", action.pk), of("action_new"), of("action_edit", action.pk), of("action_close", action.pk)]
    acts += [of("need_new"), of("need", need.pk), of("need_edit", need.pk), of("offer_answer", need.pk, offer.pk)]
    acts += [of("initiative_update_write"), of("initiative_update_edit", update.pk)]
    acts += [of("initiative_photos"), of("initiative_photo", picture.pk)]
    acts += [of("initiative_end"), f"{of('initiative_end')}?fin=aboutie", f"{of('initiative_end')}?fin=arretee"]
    acts += [of("initiative_alive"), of("merge_propose")]
    return {"all": read_by_all, "author": acts}


def _ended(alice, vitre, elsewhere) -> dict[str, list[str]]:
    """What ended, or is about to join another, and what Alice does of it and elsewhere."""
    now = timezone.now()
    closed = new_initiative(
        alice, vitre, title="Un marché de nuit", state="closed", ended_at=now, outcome="Nous étions trois."
    )
    asleep = new_initiative(alice, vitre, title="Un cinéma au lavoir", state="archived", ended_at=now)
    joining = new_initiative(elsewhere.author, vitre, title="Une boîte à livres à la poste")
    joined = new_initiative(alice, vitre, title="Des livres partout, du marché à la poste")
    supports = [services.support(each, by=alice) for each in (joining, elsewhere)]
    assert all(supports)
    merge = merging.propose(joining, joined, by=joining.author)
    proposed = reverse("merge_welcome", args=[joined.slug, merge.pk])
    leaving = new_initiative(elsewhere.author, vitre, title="Un rucher sur le toit de la mairie")
    services.support(leaving, by=alice)
    agreed = merging.propose(
        leaving, new_initiative(alice, vitre, title="Des ruches sur tous les toits de la ville"), by=leaving.author
    )
    merging.agree(agreed, by=alice)
    merging.look_after()
    link = reverse("merge_link", args=[leaving.slug, merging.token_of(agreed.pk, alice.pk)])
    action, need = new_action(elsewhere, title="Poncer les planches"), new_need(elsewhere)
    actions.commit(action, by=alice)
    needs.make_offer(need, "La mienne, le samedi.", by=alice)
    taken = [reverse("action", args=[elsewhere.slug, action.pk]), reverse("need_offer", args=[elsewhere.slug, need.pk])]
    return {
        "all": [closed.get_absolute_url(), asleep.get_absolute_url(), leaving.get_absolute_url(), link],
        "member": [
            *taken,
            elsewhere.get_absolute_url(),
            asleep.get_absolute_url(),
            reverse("initiative_alive", args=[asleep.slug]),
            reverse("initiative_outcome", args=[closed.slug]),
            proposed,
            reverse("merge_notice", args=[leaving.slug]),
            reverse("my_commitments"),
        ],
    }


def _gone(alice, vitre) -> list[str]:
    """Addresses of what stopped before five people came: that of the page, and that of the form."""
    asleep = {"state": "archived", "published_at": None, "nursery_key": "m4d8w2h6tc", "ended_at": timezone.now()}
    gone = new_initiative(alice, vitre, title="Une fanfare au lavoir", **asleep)
    return [gone.get_absolute_url(), reverse("initiative_support", args=[gone.slug])]


def _coming(alice, vitre) -> dict[str, list[str]]:
    """An event without an account: the form, and the link at each of its ages; for Alice, what she waits for."""
    asking_for = {"first_name": "Zoé", "guests": 1, "consent": "2026-11"}
    full = new_event(new_member("odile"), vitre, title="Un atelier complet", capacity=2)
    free = new_event(full.author, vitre, title="Une lecture au lavoir")
    for email in ("zita@exemple.fr", "zoe@exemple.fr"):
        asking.ask(free, email=email, **asking_for)
    asked, given = Attendance.objects.filter(event=free).order_by("id")
    asking.confirm(given.pk)
    given.refresh_from_db()
    coming.attend(full, by=full.author, guests=1)
    waits = coming.attend(full, by=alice)
    mine = links.links_of(free, given)
    return {
        "visitor": [
            reverse("event_attend", args=[free.slug]),
            reverse("event_attend", args=[full.slug]),
            reverse("event_attend_sent", args=[free.slug]),
            links.path_of(free, links.token_of(asked)),
            links.path_of(full, links.token_of(waits)),
            *mine.values(),
        ],
        "member": [full.get_absolute_url()],
        "lost": [reverse("attendance", args=[free.slug, "perdu"])],
    }


def _organised(alice, vitre) -> dict[str, list[str]]:
    """Events of Alice: one whose door is open, one that is told with a photo, one that is to be told."""
    now = timezone.now()
    open_door = new_event(
        alice, vitre, title="Une fournée au four banal", starts_at=now + timedelta(hours=1), capacity=3
    )
    Event.objects.filter(pk=open_door.pk).update(checklist=[{"text": "Trouver du bois", "done": False}])
    for name in ("iris", "jules", "karim", "lou"):
        coming.attend(open_door, by=new_member(name))
    arrivals.check_in(open_door.attendances.select_related("event").earliest("pk"))
    message, _outcome = messaging.write(open_door, "Apportez une bûche chacun.", to_waiting=True, by=alice)
    over = {"starts_at": now - timedelta(hours=5)}
    told, untold = (new_event(alice, vitre, title=title, **over) for title in ("Une taille au verger", "Une fauche"))
    report, _outcome = reporting.write(told, text="Douze pommiers **taillés**.", turnout=12, by=alice)
    reporting.add_photo(report, read(a_photo()), alternative="Un pommier taillé", by=alice)
    acts = [(open_door, name) for name in ("event_organise", "event_sheet", "event_message_write")]
    acts += [(told, "event_report"), (untold, "event_report"), (untold, "event_organise")]
    own_calendars.renew(by=alice)
    source = CalendarSource.objects.create(name="Les ateliers vélo", address="https://partenaire.example/agenda.ics")
    theirs = new_event(
        None, vitre, title="Un vélo à réparer", source=source, source_uid="a", source_address=source.address
    )
    return {
        "all": [*(event.get_absolute_url() for event in (told, untold, theirs)), reverse("event_reports")],
        "member": [
            *(reverse(name, args=[event.slug]) for event, name in acts),
            f"{reverse('event_organise', args=[open_door.slug])}?nom=personne",
            message.get_absolute_url(),
            reverse("my_calendar"),
            open_door.get_absolute_url(),
            told.get_absolute_url(),
            untold.get_absolute_url(),
        ],
    }


@pytest.fixture
def alice_at_home(site, settings):
    """Alice, with something of everything: initiatives in each state, events, supports."""
    keep_files_where_the_site_is(site, settings)
    vitre = Commune.objects.select_related("department__region").get(code="35360")
    alice = new_member("alice", home_commune=vitre)
    first = new_initiative(alice, vitre)
    first.tags.set(["Environnement", "Alimentation", "verger"])
    new_initiative(alice, title="Un train de nuit pour chaque région", kind="national_project")
    new_initiative(alice, vitre, title="Une passerelle sur la Vilaine", state="draft", published_at=None)
    new_initiative(alice, vitre, title="Un abri à vélos à la gare", state="submitted", published_at=None)
    told = {"outcome": "Six bancs, posés en mai.", "ended_at": timezone.now()}
    new_initiative(alice, vitre, title="Des bancs à l’ombre", state="succeeded", **told)
    new_initiative(alice, vitre, title="Une passerelle de bois sur la Vilaine")
    nursery = new_initiative(alice, vitre, title="Un lavoir à rouvrir", state="preparing", **IN_NURSERY)
    services.support(first, by=alice)
    claire, given = (_demand(first, vitre, email) for email in ("claire@exemple.fr", "zoe@exemple.fr"))
    services.confirm(given.pk)
    given.refresh_from_db()
    SupportTally.objects.create(initiative=first, department_id="35", commune=None, count=7)
    SupportReview.objects.create(
        initiative=first, act="remove", domain="robots.exemple", reason="Adresses d’un robot", count=41
    )
    meeting = new_event(alice, vitre, initiative=first)
    new_event(alice, vitre, title="Une matinée complète", capacity=1, attendee_count=1)
    new_event(alice, None, title="Une soirée en ligne", online_url="https://exemple.fr/salle")
    draft = Initiative.objects.get(state="draft")
    drafts.keep({"means": ["À voir"]}, step="text", initiative=draft, by=alice)
    dan = new_member("dan")
    CoOrganiser.objects.create(initiative=first, member=dan)
    invitation = team.address_of(team.make_link(first, by=alice))
    letter = letters.write(first, "Faut-il apporter une bêche ?", by=new_member("eve"))
    elsewhere = new_initiative(dan, vitre, title="Une boîte à livres au marché")
    letters.write(elsewhere, "Qui s’occupe des livres ?", by=alice)
    orphan = new_initiative(None, vitre, title="Un four à pain", frozen_at=timezone.now())
    Support.objects.create(initiative=orphan, member=alice, state="confirmed", confirmed_at=timezone.now())
    discussed = _discussed(first, alice)
    lived, ended = _lived(first), _ended(alice, vitre, elsewhere)
    succeeded = Initiative.objects.get(state="succeeded")
    lost = [reverse("support_link", args=[first.slug, "perdu"]), reverse("team_invitation", args=["perdu"])]
    lost += [reverse(name, args=["perdu"]) for name in ("my_supports_link", "data_copy")] + ["/nulle-part/"]
    came, organised = _coming(alice, vitre), _organised(alice, vitre)
    Opening.objects.create(department_id="03", wanted=40, text="On plante le premier jour.")
    moving.refresh()
    lost += [reverse("merge_link", args=[first.slug, "perdu"]), *_gone(alice, vitre), *came["lost"]]
    alice.pages = {
        "visitor": [
            "/",
            reverse("initiatives"),
            reverse("initiatives") + "?theme=sport",
            reverse("search"),
            reverse("search") + "?q=jardin+vitré",
            reverse("search") + "?q=rien-de-tel&type=event",
            first.get_absolute_url(),
            reverse("initiative_support", args=[first.slug]),
            reverse("support_sent", args=[first.slug]),
            *(reverse("support_link", args=[first.slug, services.token_of(row.pk)]) for row in (claire, given)),
            nursery.get_absolute_url(),
            orphan.get_absolute_url(),
            invitation,
            reverse("team_invitation_declined"),
            *discussed[:3],
            *lived["all"],
            *ended["all"],
            succeeded.get_absolute_url(),
            reverse("my_supports"),
            reverse("my_supports_sent"),
            reverse("my_supports_link", args=[own.token_of(given.member)]),
            reverse("agenda"),
            reverse("agenda") + "?lieu=Vitré",
            meeting.get_absolute_url(),
            *came["visitor"],
            *organised["all"],
            "/territoires/35360-vitre/",
            "/territoires/",
            "/territoires/35-ille-et-vilaine/communes/",
            "/territoires/35360-vitre/suivre/",
            "/territoires/03-allier/",
            "/ou/?lieu=saint",
            reverse("account_login"),
            reverse("account_signup"),
            reverse("moderation_public"),
            reverse("ranking"),
            *_counted(),
            reverse("privacy"),
            reverse("accessibility"),
            reverse("legal"),
            reverse("data"),
            reverse("api_reference"),
            *(f"{own_links.path_of(given.member)}{page}" for page in ("", "copie/", "partir/")),
            reverse("my_data_gone"),
            leaving.path_of(leaving.leave(new_member("noé"), "erase")[0]),
            *lost,
        ],
        "member": [
            "/",
            *discussed,
            *lived["author"],
            *ended["member"],
            reverse("initiative_outcome", args=[succeeded.slug]),
            first.get_absolute_url(),
            meeting.get_absolute_url(),
            reverse("initiative_new"),
            *(reverse(f"initiative_{step}", args=[draft.slug]) for step in ("subject", "text", "place", "preview")),
            *(reverse(f"initiative_{page}", args=[nursery.slug]) for page in ("first_five", "sheet", "dashboard")),
            reverse("initiative_support", args=[first.slug]),
            reverse("my_initiatives"),
            *(reverse(f"initiative_{page}", args=[first.slug]) for page in ("team", "letters", "dashboard")),
            reverse("initiative_exchange", args=[first.slug, letter.pk]),
            reverse("initiative_write", args=[elsewhere.slug]),
            reverse("initiative_adopt", args=[orphan.slug]),
            reverse("my_supports"),
            reverse("my_events"),
            reverse("event_new") + f"?initiative={first.pk}",
            reverse("event_new") + f"?initiative={first.pk}&sorte=workshop",
            reverse("event_again", args=[meeting.slug]),
            reverse("event_edit", args=[meeting.slug]),
            reverse("event_cancel", args=[meeting.slug]),
            reverse("event_attend", args=[meeting.slug]),
            *came["member"],
            *organised["member"],
            reverse("feed"),
            reverse("notifications"),
            reverse("mute", args=["evenement", meeting.pk]),
            reverse("settings"),
            reverse("settings_messages"),
            reverse("settings_messages_each", args=["soutiens"]),
            reverse("my_data"),
            reverse("account_logout"),
        ],
        "lost": lost,
    }
    return alice


@pytest.mark.parametrize("who", ["visitor", "member"])
def test_axe_finds_nothing_and_nothing_sticks_out(new_context, site, alice_at_home, who):
    member = alice_at_home if who == "member" else None
    page = browse(new_context, site, member)
    found = []
    for path in alice_at_home.pages[who]:
        answer = page.goto(site.url + path)
        assert answer.ok != (path in alice_at_home.pages["lost"]), (path, answer.status)
        found += complaints(page, path)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("who", ["visitor", "member", "supporter"])
def test_a_refused_form_says_where_and_passes_axe(new_context, site, who):
    alice = new_member("alice")
    initiative = new_initiative(alice)
    page = browse(new_context, site, alice if who == "member" else None, viewport={"width": 360, "height": 800})
    path = {
        "visitor": reverse("account_signup"),
        "member": reverse("initiative_new"),
        "supporter": reverse("initiative_support", args=[initiative.slug]),
    }[who]
    page.goto(site.url + path)
    page.locator("main form button[type=submit], main form button:not([type])").first.click()
    summary = page.get_by_role("alert").first
    expect(summary).to_be_visible()
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.tagName") in ("INPUT", "TEXTAREA", "FIELDSET")
    assert not Axe().run(page, options=AXE).response["violations"]


def test_axe_finds_nothing_where_staff_work(new_context, site):
    vitre = Commune.objects.select_related("department__region").get(code="35360")
    alice, chloe = new_member("alice"), new_member("chloe", is_staff=True)
    chloe.groups.set(Group.objects.filter(name__in=["Modérateurs", "Animateurs"]))
    doubtful = new_initiative(
        alice, vitre, state="submitted", published_at=None, means="Appelez Marcel Aubry au 06 39 98 12 34."
    )
    moderation.receive(doubtful, by=alice)
    popular = new_initiative(alice, vitre, title="Un train de nuit pour Vitré")
    reach(popular, 5, 25)
    orphan = new_initiative(None, vitre, title="Un four à pain", frozen_at=timezone.now())
    asked = AdoptionRequest.objects.create(initiative=orphan, member=alice, reason="Je sais le chauffer.")
    client = Client()
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend", ALLOWED_HOSTS=["testserver", "127.0.0.1"]
    ):
        sign_in_staff(client, chloe)
    context = new_context(reduced_motion="reduce")
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    page = context.new_page()
    paths = ["/admin/", "/admin/moderation/case/", f"/admin/moderation/case/{Case.objects.get().pk}/change/"]
    paths += [f"/admin/initiatives/{name}/" for name in ("promise", "promise/add", "milestone", "adoptionrequest")]
    paths += [f"/admin/initiatives/milestone/{each.pk}/change/" for each in popular.milestones.all()]
    paths.append(f"/admin/initiatives/adoptionrequest/{asked.pk}/change/")
    source = CalendarSource.objects.create(name="Les ateliers vélo", address="https://127.0.0.1/agenda.ics")
    paths += ["/admin/events/calendarsource/", "/admin/events/calendarsource/add/"]
    paths += [f"/admin/events/calendarsource/{source.pk}/{act}/" for act in ("change", "apercu", "arreter", "retirer")]
    found = []
    for path in paths:
        answer = page.goto(site.url + path)
        assert answer.ok and page.url == site.url + path, (path, page.url)
        found += complaints(page, path)
    assert not found, "\n".join(found)
