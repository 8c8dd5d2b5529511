"""The pictures of an initiative: who adds them, who sees them, and where their files are."""

import contextlib
import os
import re
import time
from datetime import timedelta

import pytest
from cast import client_of, new_initiative, new_member
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pictures import a_photo, a_zip, drawing, encoded, sent

from core import images
from core.images import read
from initiatives import tasks
from initiatives.life import LifeRefused
from initiatives.models import CoOrganiser, Initiative, Photo
from initiatives.services import photos
from members.models import Member
from moderation import pictures
from moderation import services as moderation
from moderation.models import Case, Decision
from notifications.models import Notification
from notifications.services import preview
from tests.moderation.desk import HATEFUL, TO_BE_READ

Use = Photo.Use


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    """`with commits():` what is to be done after the commit is done at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def add(initiative, by, *, use=Use.TEXT, alternative="Douze voisins plantent un pommier") -> Photo:
    picture = read(a_photo(width=500, height=400))
    return photos.add(initiative, picture, use=use, alternative=alternative, by=by)[0]


def page_of_photos(initiative) -> str:
    return reverse("initiative_photos", args=[initiative.slug])


def send(client, initiative, upload=None, *, use="", alternative="Douze voisins plantent un pommier"):
    given = {"picture": upload or a_photo(), "alternative": alternative, "use": use}
    return client.post(page_of_photos(initiative), given, follow=True)


def read_by(client, initiative) -> str:
    answer = client.get(initiative.get_absolute_url(), follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def public_files() -> list[str]:
    return files_in("default")


def files_in(place: str) -> list[str]:
    storage = storages[place]
    try:
        shelves = storage.listdir("initiatives")[0]
    except FileNotFoundError:
        return []
    return [f"initiatives/{shelf}/{file}" for shelf in shelves for file in storage.listdir(f"initiatives/{shelf}")[1]]


def addresses(html: str) -> set[str]:
    return set(re.findall(r"[^\s\"]+\.webp", html))


# --- Adding ----------------------------------------------------------------------------------------------------------


def test_the_first_image_goes_on_top_and_visitors_see_it(as_alice, visitor, initiative, commits):
    with commits():
        answer = send(as_alice, initiative, use="cover")
    assert "L’image est en place." in answer.content.decode()
    html = read_by(visitor, initiative)
    assert 'alt="Douze voisins plantent un pommier"' in html
    assert re.search(r'width="1200" height="800"', html)
    shown = {each for each in addresses(html) if each.startswith("/")}
    assert len(shown) == 3 and all(each.startswith("/media/initiatives/") for each in shown)
    for address in shown:
        assert visitor.get(address).headers["Content-Type"] == "image/webp"


def test_once_an_image_is_there_to_go_on_is_the_main_act(as_alice, initiative, commits):
    adding = '<button class="button" type="submit">Ajouter l’image</button>'
    going_on = f'<a class="button" href="{initiative.get_absolute_url()}">Revenir à l’initiative</a>'
    text = as_alice.get(page_of_photos(initiative)).content.decode()
    assert adding in text and going_on not in text
    with commits():
        text = send(as_alice, initiative, use="cover").content.decode()
    assert adding not in text and going_on in text and "<summary>Ajouter une autre image</summary>" in text
    refused = send(as_alice, initiative, alternative="").content.decode()
    assert '<details class="disclosure section" open>' in refused


def test_after_an_image_a_draft_goes_on_to_its_preview(as_alice, alice, vitre, commits):
    draft = new_initiative(alice, vitre, state="draft", published_at=None, steps=[], next_step=None)
    with commits():
        text = send(as_alice, draft, use="cover").content.decode()
    assert f'<a class="button" href="{reverse("initiative_preview", args=[draft.slug])}">Continuer' in text


def test_an_initiative_that_is_shared_shows_its_cover(as_alice, visitor, initiative, commits, settings):
    assert f'content="{settings.SITE_ADDRESS}/static/img/share.png"' in read_by(visitor, initiative)
    with commits():
        photo = add(initiative, initiative.author, use=Use.COVER)
    html = read_by(visitor, initiative)
    shared = f"{settings.SITE_ADDRESS}{images.address(photo.name, 500)}"
    assert re.findall('property="og:image" content="([^"]*)"', html) == [shared]


def test_images_of_the_page_wait_until_they_are_looked_at(as_alice, visitor, initiative, commits):
    with commits():
        add(initiative, initiative.author)
    html = read_by(visitor, initiative)
    assert 'loading="lazy"' in html and "En images" in html


def test_what_was_typed_stays_when_the_file_is_refused(as_alice, initiative):
    words = "Le verger au printemps, vu de la gare"
    for upload, said in [
        (sent(a_zip()), "JPEG, PNG ou WebP"),
        (sent(encoded(drawing()) + a_zip()), "autre chose qu’une image"),
        (sent(encoded(drawing(100, 100))), "trop petite"),
    ]:
        html = send(as_alice, initiative, upload, use="text", alternative=words).content.decode()
        assert said in html and f'value="{words}"' in html and "choisissez de nouveau" in html
        assert re.search(r'value="text"[^>]*checked', html)
    assert not Photo.objects.exists() and not files_in("private")


@pytest.mark.parametrize("words", ["", "  ", "x"])
def test_an_image_says_what_it_shows(as_alice, initiative, words):
    html = send(as_alice, initiative, use="cover", alternative=words).content.decode()
    assert "error-summary" in html and not Photo.objects.exists()


def test_hateful_words_are_refused_and_logged(as_alice, initiative):
    html = send(as_alice, initiative, use="cover", alternative=HATEFUL).content.decode()
    assert "error-summary" in html and not Photo.objects.exists() and not files_in("private")
    assert Decision.objects.get().verb == Decision.Verb.REFUSE


def test_doubtful_words_wait_and_nobody_else_sees_the_image_meanwhile(
    as_alice, as_bob, visitor, as_chloe, chloe, initiative, commits
):
    with commits():
        html = send(as_alice, initiative, use="cover", alternative=TO_BE_READ).content.decode()
    assert "Un modérateur relit" in html and "attend un modérateur" in html
    photo = Photo.objects.get()
    assert not public_files()
    for client in (visitor, as_bob):
        assert "<img" not in read_by(client, initiative).split("<main")[1]
        assert client.get(photo.narrowest).status_code == 404
    for client in (as_alice, as_chloe):
        assert photo.narrowest in read_by(client, initiative)
        assert client.get(photo.narrowest).headers["Content-Type"] == "image/webp"
    case = Case.objects.open().get()
    queued = as_chloe.get(reverse("admin:moderation_case_change", args=[case.pk])).content.decode()
    assert photo.narrowest in queued, "whoever decides sees the picture"
    with commits():
        moderation.publish(case, by=chloe, reason="C’est le numéro de la mairie.")
    assert len(public_files()) == 3
    assert "/media/initiatives/" in read_by(visitor, initiative)


def test_a_new_cover_sends_the_former_one_down_into_the_page(alice, initiative):
    first, second = add(initiative, alice, use=Use.COVER), add(initiative, alice, use=Use.COVER)
    assert [Photo.objects.get(pk=each.pk).use for each in (first, second)] == [Use.TEXT, Use.COVER]


def test_an_image_of_the_page_is_put_on_top_and_takes_its_place_back(as_alice, alice, initiative):
    first, second = add(initiative, alice, use=Use.COVER), add(initiative, alice)
    address = reverse("initiative_photo_cover", args=[initiative.slug, second.pk])
    for _twice in range(2):
        html = as_alice.post(address, follow=True).content.decode()
        assert "maintenant en tête" in html
        assert [Photo.objects.get(pk=each.pk).use for each in (first, second)] == [Use.TEXT, Use.COVER]


def test_there_are_six_images_in_a_page_and_a_cover(as_alice, alice, initiative):
    for _each in range(6):
        add(initiative, alice)
    cover = add(initiative, alice, use=Use.COVER)
    files = files_in("private")
    for use in ("text", "cover"):
        html = send(as_alice, initiative, use=use, alternative="Un septième pommier").content.decode()
        assert "déjà 6 images" in html and 'value="Un septième pommier"' in html
    assert initiative.photos.count() == 7 and initiative.photos.get(use=Use.COVER) == cover
    assert files_in("private") == files, "nothing is kept of what was refused"


def test_ten_people_at_once_never_add_more_than_six(at_once, vitre_committed):
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)
    picture = read(a_photo(width=400, height=400))

    def one(number: int) -> bool:
        try:
            photos.add(initiative, picture, use=Use.TEXT, alternative=f"Le pommier {number}", by=alice)
        except LifeRefused:
            return False
        return True

    assert sum(at_once(one, range(10))) == 6
    assert initiative.photos.count() == 6 and len(public_files()) == 6 and not files_in("private")


def test_several_covers_at_once_leave_one(at_once, vitre_committed):
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)
    picture = read(a_photo(width=400, height=400))
    at_once(lambda n: photos.add(initiative, picture, use=Use.COVER, alternative=f"Le pommier {n}", by=alice), range(5))
    assert initiative.photos.filter(use=Use.COVER).count() == 1 and initiative.photos.count() == 5
    others = list(initiative.photos.filter(use=Use.TEXT))
    at_once(lambda photo: photos.make_cover(photo, by=alice), others)
    assert initiative.photos.filter(use=Use.COVER).count() == 1 and initiative.photos.count() == 5


def test_somebody_who_sends_images_all_day_is_stopped_before_they_are_read(as_alice, initiative, monkeypatch):
    monkeypatch.setattr(photos, "MOST_A_DAY", 1)
    send(as_alice, initiative, sent(a_zip()))
    monkeypatch.setattr(images, "read", lambda upload: pytest.fail("it was read"))
    html = send(as_alice, initiative, alternative="Le verger au printemps").content.decode()
    assert "réessayez demain" in html and "Le verger au printemps" in html


# --- Who may ---------------------------------------------------------------------------------------------------------


def test_those_who_carry_an_initiative_change_its_images_and_nobody_else(as_bob, bob, visitor, alice, initiative):
    photo = add(initiative, alice)
    acts = [("initiative_photo_cover", 302), ("initiative_photo_remove", 302), ("initiative_photo", 200)]
    for name, _status in acts:
        address = reverse(name, args=[initiative.slug, photo.pk])
        assert as_bob.post(address).status_code == 404
        assert visitor.post(address).status_code == 302
    assert send(as_bob, initiative).status_code == 404
    assert Photo.objects.get() == photo and photo.use == Use.TEXT
    CoOrganiser.objects.create(initiative=initiative, member=bob)
    assert "en place" in send(as_bob, initiative, use="text").content.decode()
    for name, status in acts:
        assert as_bob.post(reverse(name, args=[initiative.slug, Photo.objects.first().pk])).status_code == status
    assert Photo.objects.count() == 1


def test_the_rest_of_the_team_knows_of_a_hidden_image_and_does_not_see_it(as_bob, bob, as_alice, alice, initiative):
    CoOrganiser.objects.create(initiative=initiative, member=bob)
    photo = add(initiative, alice, alternative=TO_BE_READ)
    photo.refresh_from_db()
    page = as_bob.get(page_of_photos(initiative)).content.decode()
    assert "Une image d’une autre personne" in page and "attend un modérateur" in page
    assert "Tu es un connard" not in page and photo.narrowest not in page
    assert "Tu es un connard" in as_alice.get(page_of_photos(initiative)).content.decode()
    address = reverse("initiative_photo", args=[initiative.slug, photo.pk])
    assert as_bob.get(address).status_code == 404 and as_alice.get(address).status_code == 200
    assert as_bob.get(photo.narrowest).status_code == 404
    as_bob.post(reverse("initiative_photo_remove", args=[initiative.slug, photo.pk]))
    assert not Photo.objects.exists()


def test_an_author_and_a_moderator_never_wait_for_each_other(at_once, vitre_committed):
    alice, chloe = new_member("alice"), new_member("chloé", is_staff=True)
    initiative = new_initiative(alice, vitre_committed)
    picture = read(a_photo(width=400, height=400))
    kept = [
        photos.add(initiative, picture, use=use, alternative=f"Le pommier {use}", by=alice)[0]
        for use in (Use.COVER, Use.TEXT)
    ]

    def act(number: int) -> None:
        photo = Photo.objects.get(pk=kept[number % 2].pk)
        with contextlib.suppress(LifeRefused, moderation.DecisionRefused):
            match number % 4:
                case 0:
                    photos.make_cover(photo, by=alice)
                case 1:
                    photos.describe(photo, f"Appelez le 06 12 34 56 7{number % 10}", by=alice)
                case 2:
                    moderation.withhold(photo, by=chloe, ground="off_topic", reason="Non.")
                case 3:
                    moderation.restore(photo, by=chloe, reason="Si.")

    # A deadlock would raise here.
    for _round in range(3):
        at_once(act, range(8))
    assert initiative.photos.filter(use=Use.COVER).count() == 1 and initiative.photos.count() == 2


def test_an_image_of_another_initiative_is_not_there(as_alice, bob, initiative, vitre):
    others = add(new_initiative(bob, vitre), bob)
    for name in ("initiative_photo", "initiative_photo_cover", "initiative_photo_remove"):
        assert as_alice.post(reverse(name, args=[initiative.slug, others.pk])).status_code == 404
    assert as_alice.get(reverse("initiative_photo_file", args=[initiative.slug, others.pk, 480])).status_code == 404


def test_nothing_changes_where_nothing_may_and_it_is_said(as_alice, alice, initiative):
    photo = add(initiative, alice)
    Initiative.objects.update(withheld_at=timezone.now())
    answer = as_alice.post(page_of_photos(initiative), {"picture": a_photo(), "alternative": "Un pommier"})
    assert answer.status_code == 409 and "Aucune image ne peut être ajoutée" in answer.content.decode()
    as_alice.post(reverse("initiative_photo_remove", args=[initiative.slug, photo.pk]))
    assert Photo.objects.count() == 1


@pytest.mark.parametrize("state", ["succeeded", "closed", "archived"])
def test_an_image_is_taken_away_long_after_the_end_and_nothing_else_changes(
    as_alice, as_bob, alice, visitor, initiative, state, commits
):
    with commits():
        photo = add(initiative, alice)
    Initiative.objects.update(state=state, ended_at=timezone.now())
    page = as_alice.get(page_of_photos(initiative)).content.decode()
    remove = reverse("initiative_photo_remove", args=[initiative.slug, photo.pk])
    assert remove in page and reverse("initiative_photo_cover", args=[initiative.slug, photo.pk]) not in page
    assert reverse("initiative_photo", args=[initiative.slug, photo.pk]) + '"' not in page
    as_alice.post(reverse("initiative_photo_cover", args=[initiative.slug, photo.pk]))
    assert Photo.objects.get().use == photo.use
    assert as_bob.post(remove).status_code == 404
    with commits():
        as_alice.post(remove)
    assert not Photo.objects.exists()
    assert photo.alternative not in read_by(visitor, initiative)


@pytest.mark.parametrize("state", ["succeeded", "closed"])
def test_once_it_ended_images_show_what_came_of_it(as_alice, alice, visitor, initiative, state, commits):
    with commits():
        before = add(initiative, alice)
    Initiative.objects.update(state=state, ended_at=timezone.now())
    with commits():
        assert "en place" in send(as_alice, initiative).content.decode()
    added = Photo.objects.exclude(pk=before.pk).get()
    assert added.use == Use.OUTCOME
    assert 'id="resultat-en-images"' in read_by(visitor, initiative)
    as_alice.post(reverse("initiative_photo_remove", args=[initiative.slug, added.pk]))
    assert not Photo.objects.filter(pk=added.pk).exists()


def test_a_draft_shows_its_images_in_its_preview_to_those_who_carry_it_alone(as_alice, as_bob, alice, vitre):
    draft = new_initiative(alice, vitre, state="draft", published_at=None)
    preview = reverse("initiative_preview", args=[draft.slug])
    assert page_of_photos(draft) in as_alice.get(preview).content.decode()
    photo = add(draft, alice, use=Use.COVER)
    assert photo.alternative in as_alice.get(preview).content.decode()
    assert as_alice.get(photo.narrowest).status_code == 200
    assert as_bob.get(photo.narrowest).status_code == 404


# --- Describing, and taking away --------------------------------------------------------------------------------------


def test_an_image_is_described_otherwise(as_alice, alice, visitor, initiative):
    photo = add(initiative, alice)
    address = reverse("initiative_photo", args=[initiative.slug, photo.pk])
    assert f'value="{photo.alternative}"' in as_alice.get(address).content.decode()
    as_alice.post(address, {"alternative": "Le verger sous la neige"})
    assert 'alt="Le verger sous la neige"' in read_by(visitor, initiative)


def test_doubtful_new_words_wait_while_the_former_ones_stay(as_alice, alice, visitor, initiative):
    photo = add(initiative, alice)
    address = reverse("initiative_photo", args=[initiative.slug, photo.pk])
    html = as_alice.post(address, {"alternative": TO_BE_READ}, follow=True).content.decode()
    assert "Un modérateur relit" in html
    assert f'alt="{photo.alternative}"' in read_by(visitor, initiative)
    assert Case.objects.open().get().proposed == {"alternative": TO_BE_READ}


def test_the_files_of_an_image_that_is_taken_away_are_erased(as_alice, alice, visitor, initiative, commits):
    with commits():
        photo = add(initiative, alice)
    address = images.address(photo.name, 480)
    assert visitor.get(address).status_code == 200
    remove = reverse("initiative_photo_remove", args=[initiative.slug, photo.pk])
    with commits():
        as_alice.post(remove)
    assert visitor.get(address).status_code == 404 and not public_files() and not files_in("private")
    assert as_alice.post(remove).status_code == 404


def test_nothing_of_an_image_that_is_taken_away_waits_for_a_moderator(alice, initiative):
    waiting, described = add(initiative, alice, alternative=TO_BE_READ), add(initiative, alice)
    photos.describe(described, TO_BE_READ, by=alice)
    assert Case.objects.open().count() == 2
    for photo in (waiting, described):
        again = Photo.objects.get(pk=photo.pk)
        photos.remove(photo, by=alice)
        photos.remove(again, by=alice)
    assert not Case.objects.open().exists()
    assert not any(Case.objects.values_list("proposed", flat=True)), "what was to be read is not kept either"


def test_files_stay_when_the_act_is_undone(alice, initiative, commits):
    with commits():
        photo = add(initiative, alice)
    with pytest.raises(ZeroDivisionError), commits(), transaction.atomic():
        photos.remove(photo, by=alice)
        _ = 1 / 0
    assert public_files() and Photo.objects.filter(pk=photo.pk).exists()


# --- What is withheld ------------------------------------------------------------------------------------------------


def test_a_withheld_image_has_no_public_file_and_has_the_same_one_once_restored(
    alice, chloe, as_alice, as_chloe, visitor, as_bob, initiative, commits
):
    with commits():
        photo = add(initiative, alice, use=Use.COVER)
    address = images.address(photo.name, 480)
    assert visitor.get(address).status_code == 200
    with commits():
        moderation.withhold(photo, by=chloe, ground="off_topic", reason="Ce n’est pas le verger.")
    photo = Photo.objects.get()
    assert visitor.get(address).status_code == 404 and not public_files()
    for client in (visitor, as_bob):
        assert photo.alternative not in read_by(client, initiative)
        assert client.get(photo.narrowest).status_code == 404
    for client in (as_alice, as_chloe):
        answer = client.get(photo.narrowest)
        assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
    with commits():
        moderation.restore(photo, by=chloe, reason="C’est bien lui.")
    assert visitor.get(address).status_code == 200 and not files_in("private")


def test_images_of_a_withheld_initiative_have_no_public_file(alice, chloe, as_alice, visitor, initiative, commits):
    with commits():
        photo = add(initiative, alice, use=Use.COVER)
    address = images.address(photo.name, 480)
    with commits():
        moderation.withhold(initiative, by=chloe, ground="off_topic", reason="Ce n’est pas un projet.")
    assert visitor.get(address).status_code == 404
    photo = Photo.objects.get()
    assert visitor.get(photo.narrowest).status_code == 404
    assert photo.narrowest in read_by(as_alice, initiative) and as_alice.get(photo.narrowest).status_code == 200
    with commits():
        moderation.restore(initiative, by=chloe, reason="C’en est un.")
    assert visitor.get(address).status_code == 200


def test_an_image_withheld_in_a_withheld_initiative_stays_so_when_the_initiative_comes_back(
    alice, chloe, visitor, initiative, commits
):
    with commits():
        photo = add(initiative, alice)
    with commits():
        moderation.withhold(photo, by=chloe, ground="off_topic", reason="Ce n’est pas le verger.")
        moderation.withhold(initiative, by=chloe, ground="off_topic", reason="Ce n’est pas un projet.")
    with commits():
        moderation.restore(Initiative.objects.get(), by=chloe, reason="C’en est un.")
    assert not public_files() and not read_by(visitor, initiative).count("/images/")


@pytest.mark.parametrize("is_of_the_team", [True, False])
def test_what_is_said_of_a_decision_speaks_of_a_photo_and_leads_where_its_author_sees_it(
    alice, bob, chloe, initiative, is_of_the_team
):
    team = CoOrganiser.objects.create(initiative=initiative, member=bob)
    photo = add(initiative, bob)
    if not is_of_the_team:
        team.delete()
    moderation.withhold(photo, by=chloe, ground="off_topic", reason="Ce n’est pas le verger.")
    moderation.restore(photo, by=chloe, reason="C’est bien lui.")
    expected = page_of_photos(initiative) if is_of_the_team else initiative.get_absolute_url()
    for kind, said in (("content_withheld", "ne pas la laisser visible"), ("content_restored", "la voir de nouveau")):
        message = Notification.objects.get(kind=kind)
        assert (message.recipient, message.context["url"]) == (bob, expected)
        shown = preview(bob, kind=kind, context=message.context)
        assert "votre photo" in shown.text and said in shown.text and expected in shown.text
        assert "Corrigez votre texte" not in shown.text and "le lire" not in shown.text
        assert "photo" in shown.subject


def test_moderators_withhold_an_image_in_the_administration(as_chloe, alice, initiative):
    photo = add(initiative, alice)
    page = as_chloe.get(reverse("admin:initiatives_photo_change", args=[photo.pk])).content.decode()
    assert photo.narrowest in page
    assert photo.alternative in as_chloe.get(reverse("admin:initiatives_photo_changelist")).content.decode()
    given = {"ground": "off_topic", "reason": "Ce n’est pas le verger."}
    as_chloe.post(reverse("admin:initiatives_photo_withhold", args=[photo.pk]), given)
    assert Photo.objects.get().withheld_at


def test_a_crash_between_a_decision_and_its_files_is_mended_by_a_task(alice, chloe, visitor, initiative, commits):
    with commits():
        photo = add(initiative, alice)
    # Without what follows the commit.
    moderation.withhold(photo, by=chloe, ground="off_topic", reason="Ce n’est pas le verger.")
    assert public_files()
    assert tasks.place_photos() == 1 and not public_files()
    assert tasks.place_photos() == 0
    moderation.restore(photo, by=chloe, reason="C’est bien lui.")
    assert "/images/" in read_by(visitor, initiative), "meanwhile the site itself gives it"
    assert visitor.get(Photo.objects.get().narrowest).status_code == 200
    assert tasks.place_photos() == 1 and public_files()


def test_a_storage_that_fails_fails_nobody(as_alice, initiative, commits, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(images, "place", fail)
    with commits():
        assert send(as_alice, initiative, use="cover").status_code == 200
    assert Photo.objects.get().is_open is False


def test_a_decision_and_the_other_way_at_once_leave_files_where_the_last_one_wants(at_once, vitre_committed):
    alice, chloe = new_member("alice"), new_member("chloé", is_staff=True)
    initiative = new_initiative(alice, vitre_committed)
    photo = add(initiative, alice)

    def decide(act: str) -> None:
        again = Photo.objects.get(pk=photo.pk)
        try:
            if act == "withhold":
                moderation.withhold(again, by=chloe, ground="off_topic", reason="Non.")
            else:
                moderation.restore(again, by=chloe, reason="Si.")
        except moderation.DecisionRefused:
            pass

    for _round in range(3):
        at_once(decide, ["withhold", "restore", "withhold", "restore"])
        found = Photo.objects.get(pk=photo.pk)
        assert bool(public_files()) == found.is_public == found.is_open
        assert bool(files_in("private")) != found.is_public


# --- Files without a row ----------------------------------------------------------------------------------------------


def test_files_of_what_is_gone_are_erased_at_night_and_no_others(alice, initiative, commits):
    with commits():
        kept, gone, fresh = (add(initiative, alice) for _each in range(3))
    for photo in (gone, fresh):
        # As the cascade of an initiative that is erased: no act of ours.
        Photo.objects.filter(pk=photo.pk).delete()
    storages["private"].save("initiatives/00/never-mind.txt", ContentFile(b"x"))
    long_ago = time.time() - timedelta(days=2).total_seconds()
    for photo in (kept, gone):
        for width in images.widths_of(photo.width):
            os.utime(storages["default"].path(images.path_of(photo.name, width)), (long_ago, long_ago))
    assert tasks.forget_photos() == 2
    names = {name.rpartition("-")[0] for name in public_files()}
    assert names == {kept.name, fresh.name}


# --- The page ---------------------------------------------------------------------------------------------------------


def test_images_cost_the_page_one_query(visitor, alice, initiative, query_bill):
    Photo.objects.bulk_create(
        Photo(
            initiative=initiative,
            use=use,
            name=f"initiatives/ab/{number:032x}",
            width=1600,
            height=1000,
            alternative="Un pommier",
            author=alice,
            published_at=timezone.now(),
            is_open=True,
        )
        for number, use in enumerate([Use.COVER] + [Use.TEXT] * 6 + [Use.OUTCOME] * 6)
    )
    with CaptureQueriesContext(connection) as bill:
        html = visitor.get(initiative.get_absolute_url()).content.decode()
    assert html.count("<img") == 13
    assert sum("initiatives_photo" in query["sql"] for query in bill) == 1


def test_lists_show_no_image(visitor, alice, initiative, commits):
    with commits():
        add(initiative, alice, use=Use.COVER)
    assert ".webp" not in visitor.get(reverse("initiatives")).content.decode()


def test_a_member_without_images_sees_no_empty_gallery(as_bob, initiative):
    assert Member.objects.exists() and "En images" not in read_by(as_bob, initiative)


def test_a_moderator_without_second_factor_sees_no_hidden_image(alice, chloe, initiative):
    photo = add(initiative, alice)
    Photo.objects.update(withheld_at=timezone.now())
    assert client_of(chloe).get(Photo.objects.get(pk=photo.pk).narrowest).status_code == 404


def test_a_file_that_cannot_be_moved_keeps_no_other_from_its_place(initiative, alice, monkeypatch):
    first, second = (add(initiative, alice) for _each in range(2))
    moved = pictures.move_files

    def fail_once(model: type[Photo], pk: int) -> None:
        if pk == first.pk:
            raise OSError("no space left on device")
        moved(model, pk)

    monkeypatch.setattr(pictures, "move_files", fail_once)
    assert photos.place_files() == 1
    assert list(Photo.objects.filter(is_open=True)) == [second]
