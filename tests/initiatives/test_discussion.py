"""The discussion of an initiative: two levels, one vote each, one put forward; no words shown or lost by mistake."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from cast import client_of, new_initiative, new_member
from django.contrib import admin
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from initiatives.life import LifeRefused
from initiatives.models import Contribution, ContributionVote, Initiative
from initiatives.models.contribution import MOST_COUNTED
from initiatives.services import discussion
from moderation import services as moderation
from moderation.models import Case, Decision
from notifications.models import Notification
from territories.models import ElectionWindow
from tests.moderation.desk import HATEFUL, TO_BE_READ

FOR, AGAINST, NEITHER = Contribution.Stance.values
WORDS = "Les enfants de l’école y viendraient à pied."
HTMX = {"HX-Request": "true"}


@pytest.fixture
def dan(db):
    """Another member, who discusses."""
    return new_member("dan")


@pytest.fixture
def said(initiative, dan):
    """What Dan wrote, for."""
    return discussion.contribute(initiative, by=dan, text=WORDS, stance=FOR)


def to(name: str, of: Contribution | Initiative) -> str:
    if isinstance(of, Initiative):
        return reverse(f"discussion{name}", args=[of.slug])
    return reverse(f"discussion{name}", args=[of.initiative.slug, of.pk])


def text_of(client, address, **query) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, address
    return answer.content.decode().replace("\u00a0", " ")


def many(initiative, author, count: int, **fields) -> list[Contribution]:
    now = timezone.now()
    rows = [
        Contribution(initiative=initiative, author=author, text=f"Parole n° {n}", published_at=now, **fields)
        for n in range(count)
    ]
    return Contribution.objects.bulk_create(rows)


def again(contribution: Contribution) -> Contribution:
    return Contribution.objects.get(pk=contribution.pk)


def doubtful(initiative, by) -> Contribution:
    """It waits for a moderator."""
    waiting = discussion.contribute(initiative, by=by, text=TO_BE_READ)
    assert not waiting.is_public
    return waiting


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_what_a_member_writes_is_read_by_everyone_with_a_name_and_a_side(as_bob, visitor, initiative):
    answer = as_bob.post(to("_write", initiative), {"stance": AGAINST, "text": WORDS}, follow=True)
    assert "C’est publié." in answer.content.decode()
    for address in (to("", initiative), initiative.get_absolute_url(), to("_thread", Contribution.objects.get())):
        page = text_of(visitor, address)
        assert WORDS in page and "<strong>Bob</strong>" in page and ">contre<" in page


def test_what_visitors_read_is_the_same_for_all_of_them(visitor, said):
    for address in (to("", said.initiative), to("_thread", said), to("", said.initiative) + "?tri=avis"):
        answer = visitor.get(address)
        assert "public" in answer["Cache-Control"] and not answer.cookies
        assert "csrfmiddlewaretoken" not in answer.content.decode()


def test_what_nobody_replied_to_counts_no_replies(as_bob, visitor, bob, said):
    assert "réponse</h2>" not in text_of(visitor, to("_thread", said))
    as_bob.post(to("_reply", said), {"text": "Et l’arrosage ?"})
    assert "1 réponse</h2>" in text_of(visitor, to("_thread", said))


def test_a_visitor_who_wants_to_write_is_shown_the_door_and_comes_back(visitor, initiative):
    answer = visitor.get(to("_write", initiative))
    page = answer.content.decode()
    assert answer.status_code == 200 and not answer.cookies and "<form" not in page.partition("<main")[2]
    assert f"pour donner votre avis sur «\u202f{initiative.title}\u202f»" in page
    assert f"?next={quote(to('_write', initiative), safe='')}" in page
    sent = visitor.post(to("_write", initiative), {"stance": FOR, "text": WORDS})
    assert sent.status_code == 302 and "/compte/connexion/" in sent.url


def test_a_visitor_who_wants_to_answer_reads_why_they_come_in_first(visitor, said):
    assert "pour répondre dans la discussion" in text_of(visitor, to("_reply", said))


def test_a_refused_text_comes_back_with_its_ground_and_is_not_kept(as_bob, initiative):
    page = as_bob.post(to("_write", initiative), {"stance": FOR, "text": HATEFUL}).content.decode()
    assert "Loi du 29 juillet 1881" in page and HATEFUL in page
    assert not Contribution.objects.exists()


def test_an_empty_text_is_not_a_contribution(as_bob, initiative):
    page = as_bob.post(to("_write", initiative), {"stance": FOR, "text": "  "}).content.decode()
    assert "Un point à reprendre" in page
    assert not Contribution.objects.exists()


def test_what_is_written_cannot_act_on_those_who_read_it(visitor, bob, initiative):
    discussion.contribute(initiative, by=bob, text="<script>alert(1)</script> et **du gras**")
    page = text_of(visitor, to("", initiative))
    assert "<script>alert" not in page and "<strong>du gras</strong>" in page


def test_a_doubtful_text_waits_and_is_read_by_its_author_and_moderators_alone(
    as_bob, bob, as_alice, visitor, as_chloe, initiative
):
    answer = as_bob.post(to("_write", initiative), {"stance": FOR, "text": TO_BE_READ}, follow=True)
    assert "Un modérateur relit votre texte." in answer.content.decode()
    waiting = Contribution.objects.get()
    assert Case.objects.open().of(waiting).exists()
    for address in (to("", initiative), to("_thread", waiting)):
        assert "en attente de relecture" in text_of(as_bob, address)
    assert "Tu es un connard" in text_of(as_chloe, to("_thread", waiting))
    for client in (visitor, as_alice):
        assert client.get(to("_thread", waiting)).status_code == 404
        for address in (to("", initiative), to("", initiative) + "?tri=utiles", initiative.get_absolute_url()):
            assert "Tu es un connard" not in text_of(client, address)


def test_whoever_waits_is_told_how_long_one_usually_does(as_bob, bob, chloe, initiative, dan):
    moderation.publish(Case.objects.of(doubtful(initiative, dan)).get(), by=chloe, reason="Rien de privé.")
    Case.objects.update(opened_at=Decision.objects.get().made_at - timedelta(hours=3))
    mine = doubtful(initiative, bob)
    for address in (to("", initiative), to("_thread", mine)):
        assert "en général en 3 heures" in text_of(as_bob, address)
    moderation.withhold(mine, by=chloe, ground="off_topic", reason="Hors sujet.")
    for address in (to("", initiative), to("_thread", mine)):
        page = text_of(as_bob, address)
        assert "en général" not in page and "le message que nous vous avons envoyé dit pourquoi" in page.lower()


def test_nobody_is_told_of_what_others_write_and_its_author_of_what_moderators_decide(chloe, bob, said):
    reply = discussion.reply(said, by=bob, text="D’accord avec vous.")
    discussion.vote(said, by=bob, is_useful=True)
    assert not Notification.objects.exists()
    moderation.withhold(reply, by=chloe, ground="off_topic", reason="Hors sujet.")
    told = Notification.objects.get()
    assert (told.recipient, told.kind) == (bob, "content_withheld")
    assert told.context["url"] == to("_thread", reply)


def test_writing_keeps_an_initiative_awake(bob, initiative):
    Initiative.objects.update(active_at=timezone.now() - timedelta(days=80), asked_if_asleep=1)
    discussion.contribute(initiative, by=bob, text=WORDS)
    found = Initiative.objects.get()
    assert timezone.now() - found.active_at < timedelta(minutes=1) and found.asked_if_asleep == 0


def test_the_same_words_sent_twice_are_one_contribution(as_bob, initiative):
    first, second = (as_bob.post(to("_write", initiative), {"stance": FOR, "text": WORDS}) for _click in range(2))
    assert first.url == second.url
    assert Contribution.objects.count() == 1


def test_the_same_words_later_or_to_somebody_else_are_others(bob, dan, said):
    other = discussion.contribute(said.initiative, by=bob, text="Il faudrait aussi des bancs.")
    discussion.reply(said, by=bob, text="Bien dit.")
    discussion.reply(other, by=bob, text="Bien dit.")
    assert Contribution.objects.filter(text="Bien dit.").count() == 2
    Contribution.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    discussion.reply(said, by=bob, text="Bien dit.")
    assert Contribution.objects.filter(text="Bien dit.").count() == 3
    discussion.contribute(said.initiative, by=bob, text=WORDS)
    assert Contribution.objects.filter(text=WORDS).count() == 2


def test_twenty_clicks_at_the_same_moment_write_once(at_once, vitre_committed):
    initiative, bob = new_initiative(new_member("alice"), vitre_committed), new_member("bob")

    def click(_number):
        try:
            return discussion.contribute(initiative, by=bob, text=WORDS).pk
        except discussion.TooMany:
            return None

    written = set(at_once(click, range(20))) - {None}
    assert len(written) == 1
    assert Contribution.objects.count() == 1


def test_ten_contributions_in_ten_minutes_then_one_waits_and_the_text_is_kept(as_bob, initiative):
    for number in range(discussion.MOST):
        assert as_bob.post(to("_write", initiative), {"stance": FOR, "text": f"{WORDS} {number}"}).status_code == 302
    answer = as_bob.post(to("_write", initiative), {"stance": FOR, "text": "La onzième, bien pesée."})
    page = answer.content.decode()
    assert answer.status_code == 429
    assert "beaucoup écrit en peu de temps" in page and "La onzième, bien pesée." in page
    assert Contribution.objects.count() == discussion.MOST
    assert client_of(new_member("eva")).post(to("_write", initiative), {"stance": FOR, "text": WORDS}).url


def test_sending_the_tenth_twice_is_no_eleventh(bob, initiative):
    for number in range(discussion.MOST):
        last = discussion.contribute(initiative, by=bob, text=f"{WORDS} {number}")
    assert discussion.contribute(initiative, by=bob, text=last.text) == last


# --- Where it may be said --------------------------------------------------------------------------------------------

OVER = {
    "succeeded": {"state": "succeeded", "ended_at": timezone.now},
    "closed": {"state": "closed", "ended_at": timezone.now},
    "archived": {"state": "archived", "ended_at": timezone.now},
    "without anybody": {"frozen_at": timezone.now},
}


@pytest.mark.parametrize("how", OVER)
def test_a_discussion_that_is_over_is_read_and_no_more_written(how, as_bob, visitor, bob, as_alice, said):
    fields = {name: value() if callable(value) else value for name, value in OVER[how].items()}
    mine = discussion.contribute(said.initiative, by=bob, text="Il faudrait aussi des bancs.")
    Initiative.objects.update(**fields)
    for client in (visitor, as_bob):
        for address in (to("", said.initiative), to("_thread", said)):
            page = text_of(client, address)
            assert WORDS in page and "Cette discussion est terminée." in page
            assert (
                "<textarea" not in page and to("_vote", said) not in page and to("_write", said.initiative) not in page
            )
    answer = as_bob.post(to("_write", said.initiative), {"stance": FOR, "text": "Encore un mot."})
    assert answer.status_code == 409 and "Encore un mot." in answer.content.decode()
    assert as_bob.post(to("_reply", said), {"text": "Encore un mot."}).status_code == 409
    assert as_bob.post(to("_edit", mine), {"stance": FOR, "text": "Encore un mot."}).status_code == 409
    assert "n’en est pas là" in as_bob.post(to("_vote", said), {"utile": "oui"}, follow=True).content.decode()
    assert "n’en est pas là" in as_alice.post(to("_pin", said), follow=True).content.decode()
    assert not ContributionVote.objects.exists() and not Contribution.objects.filter(pinned_at__isnull=False).exists()
    assert Contribution.objects.count() == 2
    # One's own words are taken back at any time.
    as_bob.post(to("_erase", mine))
    assert again(mine).erased_at


@pytest.mark.parametrize("state", ["preparing", "submitted"])
def test_before_it_is_published_nobody_discusses_it(as_alice, visitor, alice, vitre, state):
    early = new_initiative(alice, vitre, state=state, published_at=None, nursery_key="k7f3q9x2wd")
    for client in (as_alice, visitor):
        assert client.get(to("", early)).status_code == 404
        assert "Discussion" not in text_of(client, early.get_absolute_url())
    assert as_alice.post(to("_write", early), {"stance": FOR, "text": WORDS}).status_code == 404


def test_the_discussion_of_what_is_withheld_does_not_exist(as_bob, visitor, said):
    Initiative.objects.update(withheld_at=timezone.now())
    for client in (as_bob, visitor):
        for name in ("_thread", "_replies"):
            assert client.get(to(name, said), headers=HTMX).status_code == 404
        assert client.get(to("", said.initiative)).status_code == 404
    assert as_bob.post(to("_vote", said), {"utile": "oui"}).status_code == 404


def test_a_contribution_is_found_in_its_own_discussion_alone(visitor, alice, said):
    other = new_initiative(alice, title="Une passerelle sur la Vilaine")
    assert visitor.get(reverse("discussion_thread", args=[other.slug, said.pk])).status_code == 404
    assert visitor.get(reverse("discussion_thread", args=[said.initiative.slug, 10**25])).status_code == 404


def test_an_address_of_before_the_title_changed_leads_to_the_present_one(visitor, said):
    Initiative.objects.update(title="Un verger, enfin")
    assert visitor.get(to("", said.initiative)).url == to("", Initiative.objects.get())
    assert visitor.get(to("_thread", said)).url == to("_thread", again(said))


# --- Replies ---------------------------------------------------------------------------------------------------------


def test_a_reply_is_read_under_what_it_replies_to(as_bob, visitor, said):
    answer = as_bob.post(to("_reply", said), {"text": "Et les collégiens aussi."}, follow=True)
    assert answer.status_code == 200
    thread = text_of(visitor, to("_thread", said))
    assert thread.index(WORDS) < thread.index("Et les collégiens aussi.") and "1 réponse" in thread
    listed = text_of(visitor, to("", said.initiative))
    assert "1 réponse" in listed and "Et les collégiens aussi." not in listed
    fragment = visitor.get(to("_replies", said), headers=HTMX).content.decode()
    assert "Et les collégiens aussi." in fragment and "<html" not in fragment
    # Without htmx, the link of the list leads to the thread.
    assert f'href="{to("_thread", said)}"' in listed
    assert visitor.get(to("_replies", said)).url == to("_thread", said)


def test_nobody_replies_to_a_reply(as_bob, bob, alice, said):
    reply = discussion.reply(said, by=bob, text="Et les collégiens aussi.")
    with pytest.raises(LifeRefused):
        discussion.reply(reply, by=alice, text="Non.")
    assert as_bob.get(to("_reply", reply)).status_code == 404
    assert as_bob.post(to("_reply", reply), {"text": "Non."}).status_code == 404


def test_the_database_itself_keeps_two_levels_in_one_discussion(alice, bob, said):
    reply = discussion.reply(said, by=bob, text="Et les collégiens aussi.")
    other = new_initiative(alice, title="Une passerelle sur la Vilaine")
    wrong = [{"initiative": said.initiative, "parent": reply}, {"initiative": other, "parent": said}]
    for place in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Contribution.objects.create(author=bob, text="Non.", **place)
    for move in ({"parent": None}, {"initiative": other}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Contribution.objects.filter(pk=reply.pk).update(**move)


def test_the_number_of_replies_is_that_of_those_one_can_read(bob, chloe, said):
    def shown() -> int:
        return again(said).reply_count

    reply = discussion.reply(said, by=bob, text=TO_BE_READ)
    assert shown() == 0
    moderation.publish(Case.objects.of(reply).get(), by=chloe, reason="Rien de privé.")
    assert shown() == 1
    moderation.withhold(again(reply), by=chloe, ground="off_topic", reason="Hors sujet.")
    assert shown() == 0
    moderation.restore(again(reply), by=chloe, reason="À sa place, finalement.")
    assert shown() == 1
    discussion.erase(again(reply), by=bob)
    assert shown() == 0
    discussion.reply(said, by=bob, text="Et les collégiens aussi.")
    again(reply).delete()
    assert shown() == 1


def test_replies_written_and_hidden_at_once_are_counted_exactly(at_once, vitre_committed):
    alice = new_member("alice")
    said = discussion.contribute(new_initiative(alice, vitre_committed), by=alice, text=WORDS)
    people = [new_member(f"m{n}") for n in range(12)]

    def hesitate(member):
        first = discussion.reply(said, by=member, text="Un premier jet.")
        discussion.reply(said, by=member, text="Et puis ceci.")
        discussion.erase(first, by=member)

    at_once(hesitate, people)
    assert again(said).reply_count == said.replies.filter(erased_at=None).count() == 12


def test_a_withheld_contribution_leaves_no_trace_and_hides_its_replies(
    visitor, as_bob, bob, as_chloe, chloe, dan, initiative, said
):
    reply = discussion.reply(said, by=bob, text="Et les collégiens aussi.")
    discussion.pin(said, by=initiative.author)
    moderation.withhold(said, by=chloe, ground="off_topic", reason="Hors sujet.")
    for client in (visitor, as_bob):
        for address in (to("", initiative), to("", initiative) + "?tri=avis", initiative.get_absolute_url()):
            page = text_of(client, address)
            assert WORDS not in page and "collégiens" not in page and f"contribution-{said.pk}" not in page
        assert client.get(to("_thread", said)).status_code == 404
        assert client.get(to("_replies", said), headers=HTMX).status_code == 404
    assert visitor.get(to("_thread", reply)).status_code == 404
    assert as_bob.post(to("_reply", said), {"text": "Non."}).status_code == 404
    with pytest.raises(LifeRefused):
        discussion.vote(reply, by=dan, is_useful=True)
    # Its author and the moderators still read it, and whoever replied their own words.
    for client in (client_of(dan), as_chloe):
        assert "retirée" in text_of(client, to("_thread", said))
    own = text_of(as_bob, to("_thread", reply))
    assert "collégiens" in own and WORDS not in own
    moderation.restore(said, by=chloe, reason="À sa place, finalement.")
    page = text_of(visitor, to("", initiative))
    assert WORDS in page and "1 réponse" in page and "mise en avant" in page


def test_the_address_of_a_reply_shows_what_it_replies_to(visitor, bob, said):
    reply = discussion.reply(said, by=bob, text="Et les collégiens aussi.")
    page = text_of(visitor, to("_thread", reply))
    assert WORDS in page and "collégiens" in page


# --- Editing and erasing ---------------------------------------------------------------------------------------------


def test_its_author_changes_words_and_side_within_fifteen_minutes(as_bob, bob, initiative, visitor):
    mine = discussion.contribute(initiative, by=bob, text=WORDS, stance=FOR)
    as_bob.post(to("_edit", mine), {"stance": AGAINST, "text": "Les enfants y viendraient en bus."})
    page = text_of(visitor, to("", initiative))
    assert "en bus" in page and WORDS not in page and ">contre<" in page


def test_after_fifteen_minutes_what_others_read_does_not_change(as_bob, bob, initiative):
    mine = discussion.contribute(initiative, by=bob, text=WORDS, stance=FOR)
    Contribution.objects.update(created_at=timezone.now() - timedelta(minutes=15))
    assert to("_edit", mine) not in text_of(as_bob, to("", initiative))
    assert "<textarea" not in text_of(as_bob, to("_edit", mine))
    answer = as_bob.post(to("_edit", mine), {"stance": AGAINST, "text": "Autre chose."})
    assert answer.status_code == 409
    assert "quinze minutes" in answer.content.decode() and "Autre chose." in answer.content.decode()
    assert (again(mine).text, again(mine).stance) == (WORDS, FOR)


def test_what_nobody_else_reads_is_corrected_at_any_time(as_bob, bob, chloe, initiative):
    waiting = doubtful(initiative, bob)
    Contribution.objects.update(created_at=timezone.now() - timedelta(days=1))
    as_bob.post(to("_edit", waiting), {"stance": FOR, "text": WORDS})
    assert again(waiting).is_public and not Case.objects.open().exists()
    moderation.withhold(again(waiting), by=chloe, ground="off_topic", reason="Hors sujet.")
    as_bob.post(to("_edit", waiting), {"stance": FOR, "text": "Les enfants y planteraient un arbre."})
    assert again(waiting).text == "Les enfants y planteraient un arbre."
    # A moderator reads it again before anyone else does.
    assert not again(waiting).is_public and Case.objects.open().of(waiting).exists()


def test_a_reply_is_edited_too_and_keeps_no_side(as_bob, bob, said, visitor):
    written = discussion.reply(said, by=bob, text="Et l’arrosage, l’été ?")
    assert "arrosage" in as_bob.get(to("_edit", written)).content.decode()
    answer = as_bob.post(to("_edit", written), {"text": "Et l’arrosage, en août ?", "stance": "for"})
    assert answer.status_code == 302
    assert again(written).text == "Et l’arrosage, en août ?" and again(written).stance == Contribution.Stance.NEITHER
    assert "en août" in text_of(visitor, to("_thread", said))


def test_a_doubtful_edit_waits_and_the_public_text_stays(as_bob, bob, initiative, visitor):
    mine = discussion.contribute(initiative, by=bob, text=WORDS)
    answer = as_bob.post(to("_edit", mine), {"stance": NEITHER, "text": TO_BE_READ}, follow=True)
    assert "le texte précédent reste en ligne" in answer.content.decode()
    assert WORDS in text_of(visitor, to("", initiative))
    assert Case.objects.open().of(mine).get().proposed == {"text": TO_BE_READ}


def test_only_its_author_edits_and_erases(as_alice, alice, as_chloe, said):
    for client in (as_alice, as_chloe):
        for name in ("_edit", "_erase"):
            assert client.get(to(name, said)).status_code == 404
            assert client.post(to(name, said), {"text": "Non."}).status_code == 404
    for act in (
        lambda: discussion.edit(said, by=alice, text="Non.", stance=FOR),
        lambda: discussion.erase(said, by=alice),
    ):
        with pytest.raises(LifeRefused):
            act()
    assert again(said).text == WORDS


def test_erasing_leaves_a_trace_without_words_name_side_or_votes(as_bob, bob, alice, dan, initiative, visitor):
    mine = discussion.contribute(initiative, by=bob, text=WORDS, stance=FOR)
    discussion.reply(mine, by=dan, text="Et les collégiens aussi.")
    discussion.vote(mine, by=dan, is_useful=True)
    discussion.pin(mine, by=alice)
    assert "pour toujours" in text_of(as_bob, to("_erase", mine))
    assert again(mine).text == WORDS
    as_bob.post(to("_erase", mine))
    page = text_of(visitor, to("_thread", mine))
    assert "Texte effacé par la personne qui l’avait écrit" in page and "Et les collégiens aussi." in page
    for trace in (WORDS, "<strong>Bob</strong>", ">pour<", "mise en avant", "Utile"):
        assert trace not in page
    left = again(mine)
    assert (left.text, left.stance, left.useful_count, left.score, left.pinned_at) == ("", NEITHER, 0, 0, None)
    assert not mine.votes.exists()
    # Twice is harmless, and nothing more is done to it.
    as_bob.post(to("_erase", mine))
    assert as_bob.post(to("_edit", mine), {"stance": FOR, "text": "Revenu."}).status_code == 404
    for act in (
        lambda: discussion.reply(mine, by=dan, text="Non."),
        lambda: discussion.vote(mine, by=dan, is_useful=True),
        lambda: discussion.pin(mine, by=alice),
    ):
        with pytest.raises(LifeRefused):
            act()


def test_what_nobody_read_is_erased_without_a_trace_and_no_longer_waits(as_bob, bob, initiative):
    waiting = doubtful(initiative, bob)
    as_bob.post(to("_erase", waiting))
    assert not Contribution.objects.exists()
    assert not Case.objects.open().exists()


def test_an_edit_that_waited_is_forgotten_with_what_is_erased(bob, chloe, initiative):
    mine = discussion.contribute(initiative, by=bob, text=WORDS)
    discussion.edit(mine, by=bob, text=TO_BE_READ, stance=NEITHER)
    case = Case.objects.open().get()
    discussion.erase(mine, by=bob)
    with pytest.raises(moderation.AlreadyDecided):
        moderation.publish(case, by=chloe, reason="Rien de privé.")
    assert Case.objects.get().proposed == {}
    assert not Decision.objects.exclude(texts={}).exists()


def test_editing_and_erasing_at_the_same_moment_leaves_no_text(at_once, vitre_committed):
    initiative, bob = new_initiative(new_member("alice"), vitre_committed), new_member("bob")
    mine = discussion.contribute(initiative, by=bob, text=WORDS)

    def act(number):
        try:
            if number % 2:
                discussion.erase(mine, by=bob)
            else:
                discussion.edit(mine, by=bob, text=f"Autre chose, {number}.", stance=FOR)
        except LifeRefused:
            pass

    at_once(act, range(8))
    assert again(mine).text == "" and again(mine).erased_at


# --- Votes -----------------------------------------------------------------------------------------------------------


def counts(contribution) -> tuple[int, int]:
    """As shown, once compared with the rows."""
    found = again(contribution)
    rows = found.votes.aggregate(yes=Count("pk", filter=Q(is_useful=True)), no=Count("pk", filter=Q(is_useful=False)))
    assert (found.useful_count, found.useless_count) == (rows["yes"], rows["no"])
    return found.useful_count, found.useless_count


def test_a_vote_is_one_each_may_change_and_be_taken_back(as_bob, said):
    for name, given, expected in [
        ("_vote", "oui", (1, 0)),
        ("_vote", "oui", (1, 0)),
        ("_vote", "non", (0, 1)),
        ("_unvote", "", (0, 0)),
        ("_unvote", "", (0, 0)),
    ]:
        assert as_bob.post(to(name, said), {"utile": given}).status_code == 302
        assert counts(said) == expected


def test_a_vote_that_says_nothing_is_none(as_bob, said):
    assert as_bob.post(to("_vote", said), {"utile": "peut-être"}).status_code == 404
    assert counts(said) == (0, 0)


def test_nobody_votes_for_their_own_words(said, dan):
    own = client_of(dan)
    assert to("_vote", said) not in text_of(own, to("", said.initiative))
    assert "Les autres disent" in own.post(to("_vote", said), {"utile": "oui"}, follow=True).content.decode()
    assert counts(said) == (0, 0)


def test_one_sees_ones_own_vote_and_takes_it_back_with_the_same_button(as_bob, bob, said):
    page = text_of(as_bob, to("", said.initiative))
    assert page.count('aria-pressed="true"') == 0
    discussion.vote(said, by=bob, is_useful=True)
    for address in (to("", said.initiative), to("_thread", said)):
        [pressed] = re.findall(r'<button[^>]*aria-pressed="true"[^>]*>', text_of(as_bob, address))
        assert 'value="oui"' in pressed and f'formaction="{to("_unvote", said)}"' in pressed


def test_htmx_gets_both_buttons_and_a_refusal_in_their_place(as_bob, said):
    answer = as_bob.post(to("_vote", said), {"utile": "oui", "retour": to("", said.initiative)}, headers=HTMX)
    fragment = answer.content.decode()
    assert fragment.lstrip().startswith("<div") and 'aria-pressed="true"' in fragment
    assert f'name="retour" value="{to("", said.initiative)}"' in fragment
    Initiative.objects.update(state="closed", ended_at=timezone.now())
    fragment = as_bob.post(to("_vote", said), {"utile": "non"}, headers=HTMX).content.decode()
    assert 'role="alert"' in fragment and "Utile" in fragment
    assert counts(said) == (1, 0)


def test_without_a_script_one_comes_back_where_one_was(as_bob, said):
    place = to("", said.initiative) + "?tri=utiles&apres=abc"
    answer = as_bob.post(to("_vote", said), {"utile": "oui", "retour": place})
    assert answer.url == f"{place}#contribution-{said.pk}"
    for elsewhere in ("https://exemple.fr/", "//exemple.fr/", "/reglages/", ""):
        answer = as_bob.post(to("_vote", said), {"utile": "oui", "retour": elsewhere})
        assert answer.url == f"{to('_thread', said)}#contribution-{said.pk}"


def test_thirty_clicks_and_twenty_people_at_once_are_counted_exactly(at_once, vitre_committed):
    alice = new_member("alice")
    said = discussion.contribute(new_initiative(alice, vitre_committed), by=alice, text=WORDS)
    bob, people = new_member("bob"), [new_member(f"m{n}") for n in range(20)]

    def hesitate(member):
        discussion.vote(said, by=member, is_useful=True)
        discussion.vote(said, by=member, is_useful=False)
        discussion.unvote(said, by=member)
        discussion.vote(said, by=member, is_useful=True)

    at_once(hesitate, people)
    assert counts(said) == (20, 0)
    at_once(lambda click: discussion.vote(said, by=bob, is_useful=bool(click % 2)), range(30))
    assert sum(counts(said)) == 21


def test_the_votes_of_a_member_gone_are_gone_and_their_words_stay(visitor, bob, dan, said):
    other = discussion.contribute(said.initiative, by=bob, text="Il faudrait aussi des bancs.")
    discussion.vote(said, by=bob, is_useful=True)
    discussion.vote(other, by=dan, is_useful=False)
    bob.delete()
    assert counts(said) == (0, 0) and counts(other) == (0, 1)
    page = text_of(visitor, to("", said.initiative))
    assert "Il faudrait aussi des bancs." in page and "Ancien membre" in page and "Bob" not in page


def test_nine_useful_out_of_ten_are_worth_more_than_one_out_of_one(visitor, bob, initiative):
    one, many_votes, disliked = many(initiative, bob, 3)
    voters = [new_member(f"m{n}") for n in range(10)]
    ContributionVote.objects.create(contribution=one, member=voters[0], is_useful=True)
    for number, voter in enumerate(voters):
        ContributionVote.objects.create(contribution=many_votes, member=voter, is_useful=number > 0)
        ContributionVote.objects.create(contribution=disliked, member=voter, is_useful=number == 0)
    # Wilson, 95 %: 9 out of 10, 1 out of 1, 1 out of 10.
    expected = {many_votes: 0.5958, one: 0.2065, disliked: 0.0179}
    for contribution, score in expected.items():
        assert again(contribution).score == pytest.approx(score, abs=0.0001)
    rows = visitor.get(to("", initiative), {"tri": "utiles"}).context["page"].rows
    assert rows == list(expected)


# --- Put forward -----------------------------------------------------------------------------------------------------


def test_the_author_puts_one_forward_in_the_place_of_another(as_alice, bob, initiative, said, visitor):
    other = discussion.contribute(initiative, by=bob, text="Il faudrait aussi des bancs.")
    for chosen in (said, other, other):
        as_alice.post(to("_pin", chosen))
        assert [pinned.pk for pinned in Contribution.objects.filter(pinned_at__isnull=False)] == [chosen.pk]
    many(initiative, bob, 5)
    page = text_of(visitor, initiative.get_absolute_url())
    assert page.index("mise en avant") < page.index("Parole n° 4") and "Il faudrait aussi des bancs." in page
    for sort in ("", "utiles", "avis"):
        answer = visitor.get(to("", initiative), {"tri": sort})
        assert answer.context["pinned"] == other
        assert answer.content.decode().count("Il faudrait aussi des bancs.") == 1
    as_alice.post(to("_unpin", other))
    assert not Contribution.objects.filter(pinned_at__isnull=False).exists()


def test_nobody_but_the_author_puts_forward_and_no_reply_is(as_bob, alice, bob, said, chloe):
    assert to("_pin", said) not in text_of(as_bob, to("", said.initiative))
    assert "Seules les personnes" in as_bob.post(to("_pin", said), follow=True).content.decode()
    discussion.pin(said, by=alice)
    for member in (bob, chloe):
        with pytest.raises(LifeRefused):
            discussion.unpin(said, by=member)
    reply = discussion.reply(said, by=bob, text="Et les collégiens aussi.")
    with pytest.raises(LifeRefused):
        discussion.pin(reply, by=alice)
    assert again(said).pinned_at and not again(reply).pinned_at


def test_on_the_eve_of_a_vote_nothing_is_put_forward(as_alice, said):
    day = timezone.localdate() + timedelta(days=1)
    vote = ElectionWindow.objects.create(name="Municipale partielle", day=day)
    vote.departments.set(["35"])
    text = as_alice.post(to("_pin", said), follow=True).content.decode()
    assert "Une élection approche" in text and not again(said).pinned_at
    vote.departments.set(["75"])
    as_alice.post(to("_pin", said))
    assert again(said).pinned_at
    # What was put forward before may be taken away, whatever comes.
    vote.departments.set(["35"])
    as_alice.post(to("_unpin", said))
    assert not again(said).pinned_at


def test_putting_several_forward_at_once_leaves_exactly_one(at_once, vitre_committed):
    alice = new_member("alice")
    rows = many(new_initiative(alice, vitre_committed), alice, 10)
    at_once(lambda contribution: discussion.pin(contribution, by=alice), rows * 2)
    assert Contribution.objects.filter(pinned_at__isnull=False).count() == 1


# --- Lists -----------------------------------------------------------------------------------------------------------


def walk(client, initiative, **query) -> list[str]:
    """The texts of a list, page after page."""
    texts = []
    while True:
        page = client.get(to("", initiative), query).context["page"]
        texts += [row.text for row in page]
        if not page.next:
            return texts
        query["apres"] = page.next


def test_page_after_page_each_contribution_is_met_once(visitor, bob, initiative):
    rows = many(initiative, bob, 45)
    Contribution.objects.filter(pk__in=[row.pk for row in rows[::3]]).update(useful_count=3)
    Contribution.objects.filter(pk__in=[row.pk for row in rows[::5]]).update(useless_count=2)
    newest = [row.text for row in reversed(rows)]
    assert walk(visitor, initiative) == newest
    useful = walk(visitor, initiative, tri="utiles")
    assert sorted(useful) == sorted(newest)
    scores = [Contribution.objects.get(text=text).score for text in useful]
    assert scores == sorted(scores, reverse=True) and len(set(scores)) > 2


def test_both_sides_go_on_each_by_itself(visitor, bob, initiative):
    many(initiative, bob, 15, stance=FOR)
    many(initiative, bob, 12, stance=AGAINST)
    many(initiative, bob, 2)
    first = visitor.get(to("", initiative), {"tri": "avis"})
    pros, cons = first.context["sides"]
    assert [len(side["page"].rows) for side in (pros, cons)] == [10, 10]
    assert {row.stance for row in pros["page"]} == {FOR} and {row.stance for row in cons["page"]} == {AGAINST}
    second = visitor.get(to("", initiative) + pros["more"])
    more_pros, same_cons = second.context["sides"]
    assert len(more_pros["page"].rows) == 5 and not more_pros["more"]
    assert same_cons["page"].rows == cons["page"].rows
    third = visitor.get(to("", initiative) + same_cons["more"])
    assert [len(side["page"].rows) for side in third.context["sides"]] == [5, 2]


FORGED = [
    "x",
    "WyJhIiwgImIiXQ",
    "WyIxLjUiLCAiMiIsICIzIl0",
    "WyIxZTk5OSIsICIxIl0",
    "W251bGwsIDFd",
    "Im5hbiI",
    "WyJuYW4iLCAiMSJd",
]


@pytest.mark.parametrize("cursor", FORGED)
def test_a_cursor_not_of_our_making_is_the_first_page(visitor, bob, initiative, cursor):
    many(initiative, bob, 3)
    for address in (f"?apres={cursor}", f"?tri=utiles&apres={cursor}", f"?tri=avis&apres_pour={cursor}", "?tri=zut"):
        assert visitor.get(to("", initiative) + address).status_code == 200
    assert visitor.get(f"{to('_thread', Contribution.objects.first())}?apres={cursor}").status_code == 200


def test_replies_are_read_in_the_order_they_came_and_page_by_page(visitor, bob, said):
    rows = many(said.initiative, bob, 30, parent=said)
    first = visitor.get(to("_thread", said)).context["page"]
    assert first.rows == rows[:20]
    fragment = visitor.get(to("_replies", said), headers=HTMX).content.decode()
    assert f"{to('_thread', said)}?apres={first.next}" in fragment
    assert visitor.get(to("_thread", said), {"apres": first.next}).context["page"].rows == rows[20:]


def test_the_page_of_the_initiative_shows_three_and_says_how_many(visitor, bob, initiative):
    assert "Personne n’a encore donné son avis." in text_of(visitor, initiative.get_absolute_url())
    many(initiative, bob, 7)
    page = text_of(visitor, initiative.get_absolute_url())
    assert re.findall(r"Parole n° \d", page) == ["Parole n° 6", "Parole n° 5", "Parole n° 4"]
    assert "7 contributions" in page
    many(initiative, bob, MOST_COUNTED)
    assert "Plus de 1\u202f000 contributions" in text_of(visitor, initiative.get_absolute_url())


@pytest.mark.parametrize("query", ["", "?tri=utiles", "?tri=avis"])
def test_a_list_costs_the_same_with_2_or_200(
    as_bob, bob, dan, initiative, query, django_assert_num_queries, django_assert_max_num_queries
):
    def fill(count):
        for stance in (FOR, AGAINST):
            for row in many(initiative, dan, count // 2, stance=stance):
                discussion.vote(row, by=bob, is_useful=True)

    fill(2)
    doubtful(initiative, bob)
    address = to("", initiative) + query
    as_bob.get(address)
    # session, member, what they moderate (2), initiative and its tags, organiser?, one or two lists, pinned, own that
    # wait, how long one waits
    with django_assert_max_num_queries(12) as first:
        as_bob.get(address)
    fill(198)
    with django_assert_num_queries(len(first)):
        as_bob.get(address)


def test_a_thread_costs_the_same_with_2_or_200_replies(
    as_bob, dan, said, django_assert_num_queries, django_assert_max_num_queries
):
    many(said.initiative, dan, 2, parent=said)
    as_bob.get(to("_thread", said))
    # session, member, what they moderate (2), initiative and its tags, contribution, organiser?, replies, own that wait
    with django_assert_max_num_queries(10) as first:
        as_bob.get(to("_thread", said))
    many(said.initiative, dan, 198, parent=said)
    with django_assert_num_queries(len(first)):
        as_bob.get(to("_thread", said))


def test_the_page_of_an_initiative_spends_one_query_on_its_discussion(
    bob, as_bob, dan, alice, initiative, said, django_assert_num_queries
):
    discussion.pin(said, by=alice)
    with django_assert_num_queries(1):
        shown = list(initiative.contributions.glimpse(bob, recent=3))
        assert [row.author.display_name for row in shown] == ["Dan"] and shown[0].total == 1
    many(initiative, dan, 200)
    with django_assert_num_queries(1):
        assert len(initiative.contributions.glimpse(bob, recent=3)) == 4


# --- A large table ---------------------------------------------------------------------------------------------------

#: One discussion of 10,000 among twenty, with replies and votes.
_FILL = """
INSERT INTO initiatives_contribution
    (initiative_id, author_id, stance, text, created_at, updated_at, published_at,
     useful_count, useless_count, reply_count)
SELECT initiative, %s, (ARRAY['for', 'against', 'neither'])[1 + n %% 3], 'Parole ' || n, now(), now(), now(),
       n * 7 %% 50, n * 3 %% 20, 0
FROM unnest(%s::bigint[]) AS initiative, generate_series(1, 10000) AS n
"""


def test_among_200_000_contributions_each_list_reads_its_index_and_no_more(as_bob, bob, dan, alice, initiative):
    others = [new_initiative(alice, title=f"Une autre initiative, la {n}e") for n in range(19)]
    with connection.cursor() as cursor:
        # What they are found by is measured elsewhere.
        cursor.execute("ALTER TABLE initiatives_contribution DISABLE TRIGGER search_comes")
        cursor.execute(_FILL, [dan.pk, [each.pk for each in (initiative, *others)]])
        assert cursor.rowcount == 200_000
        cursor.execute("ANALYZE initiatives_contribution")
    thread = Contribution.objects.filter(initiative=initiative).first()
    many(initiative, dan, 300, parent=thread)
    asked = []

    def note(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    def plans_of(address) -> list[str]:
        asked.clear()
        with connection.execute_wrapper(note):
            assert as_bob.get(address).status_code == 200
        plans = []
        with connection.cursor() as cursor:
            for sql, params in asked:
                if 'FROM "initiatives_contribution"' in sql:
                    # The ninth time, PostgreSQL may have settled on a general plan.
                    for _time in range(9):
                        cursor.execute(f"EXPLAIN {sql}", params)
                        plan = "\n".join(row[0] for row in cursor.fetchall())
                    plans.append(plan)
        return plans

    here = to("", initiative)
    deep = as_bob.get(here, {"tri": "utiles"}).context["page"].next
    for address, index in [
        (here, "contribution_recent"),
        (f"{here}?tri=utiles", "contribution_useful"),
        (f"{here}?tri=utiles&apres={deep}", "contribution_useful"),
        (f"{here}?tri=avis", "contribution_stance"),
        (to("_thread", thread), "contribution_replies"),
        (initiative.get_absolute_url(), "contribution_recent"),
    ]:
        plans = plans_of(address)
        lists = [plan for plan in plans if f"using {index}" in plan]
        assert lists, plans
        assert not [plan for plan in lists if "Sort" in plan]
        assert not [plan for plan in plans if "Seq Scan on initiatives_contribution " in plan]


# --- The administration ----------------------------------------------------------------------------------------------


def test_moderators_read_and_decide_on_contributions_in_the_administration(as_chloe, bob, initiative):
    assert admin.site.is_registered(Contribution)
    waiting = doubtful(initiative, bob)
    case = Case.objects.open().get()
    queue = text_of(as_chloe, reverse("admin:moderation_case_changelist"))
    assert "contribution" in queue
    page = text_of(as_chloe, reverse("admin:moderation_case_change", args=[case.pk]))
    assert "Tu es un connard" in page
    as_chloe.post(
        reverse("admin:moderation_case_change", args=[case.pk]),
        {"verb": "publish", "reason": "Le numéro de la mairie.", "seen": moderation.fingerprint(case)},
    )
    assert again(waiting).is_public
    assert TO_BE_READ[:20] in text_of(as_chloe, reverse("admin:initiatives_contribution_changelist"), q="Martin")
    text_of(as_chloe, reverse("admin:initiatives_contribution_change", args=[waiting.pk]))
    as_chloe.post(
        reverse("admin:initiatives_contribution_withhold", args=[waiting.pk]),
        {"ground": "off_topic", "reason": "Hors sujet."},
    )
    assert again(waiting).withheld_at
