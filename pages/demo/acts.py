"""What people and moderators do on the day of the loading, by the services of the site: nothing is dated back."""

from datetime import datetime, timedelta

from initiatives.models import Contribution, Initiative, Merge
from initiatives.services import merging, team
from members.models import Member
from moderation import services as moderation
from moderation.filter import Ground
from moderation.models import Case
from notifications.models import Mail, Notification
from pages.demo import DOMAIN, ORGANISED, desk, gatherings

#: Whom the organiser asks to carry it with them. The third is a link, handed over.
INVITED = (f"lucienne.barreteau@{DOMAIN}", f"atelier.du.bout@{DOMAIN}")
#: Withheld by mistake, and given back.
RESTORED = "La maison avec jardin a-t-elle encore un avenir\u202f?"
WITHHELD_BECAUSE = "Un signalement dit que le texte montre du doigt les habitants d’un lotissement nommé."
LABEL = "Un chiffre avancé ici est contesté par la mairie."
LABEL_BECAUSE = "Votre texte reste en ligne\u202f; la mairie donne un autre chiffre, et une mention le dit au-dessus."
OFF_TOPIC_BECAUSE = "Ce message parle d’autre chose que de l’initiative. Il revient de lui-même dans un mois."
REMOVED_BECAUSE = "La même annonce commerciale, pour la troisième fois."
NOTE = "J’ai demandé à l’auteur si ces coordonnées sont les siennes. Réponse attendue demain."
RESTORED_BECAUSE = "Relu à deux\u202f: aucun lotissement n’y est nommé, et personne n’y est visé."


def act(merges: list[Merge], staff: Member | None, *, now: datetime) -> str:
    """All of it; how much, in words. Where nobody is staff, in production, no moderator does anything.

    `merges` are the mergers that the other author accepts.
    """
    for merge in merges:
        merging.agree(merge, by=merge.target.author)
        merging.tell_supporters(merge.pk)
    organised = Initiative.objects.get(title=ORGANISED)
    for address in INVITED:
        team.invite(organised, address, by=organised.author)
    team.make_link(organised, by=organised.author)
    gathered = gatherings.act(organised, now=now)
    if staff is not None:
        debate = Initiative.objects.get(title=RESTORED)
        moderation.withhold(debate, by=staff, ground=Ground.DEFAMATION, reason=WITHHELD_BECAUSE)
        moderation.restore(debate, by=staff, reason=RESTORED_BECAUSE)
        _moderate(staff, now=now)
    reported = desk.act(staff, now=now)
    _keep_silent()
    return f"{len(merges)} merger agreed, {len(INVITED) + 1} invitations, {gathered}, {reported}"


def _moderate(staff: Member, *, now: datetime) -> None:
    """Words above a contribution, one withheld for a month, one removed for good; a note on what waits."""
    apart = Contribution.objects.public().filter(
        author__is_demonstration=True,
        author__is_staff=False,
        parent=None,
        reply_count=0,
        pinned_at=None,
        erased_at=None,
    )
    labelled, withheld, removed = apart.exclude(author__initiatives__title=ORGANISED).order_by("-pk")[:3]
    moderation.label(labelled, by=staff, label=LABEL, ground=Ground.DEFAMATION, reason=LABEL_BECAUSE)
    month = now + timedelta(days=30)
    moderation.withhold(withheld, by=staff, ground=Ground.OFF_TOPIC, reason=OFF_TOPIC_BECAUSE, until=month)
    moderation.remove(removed, by=staff, ground=Ground.SPAM, reason=REMOVED_BECAUSE)
    moderation.leave_note(Case.objects.open().first(), NOTE, by=staff)


def _keep_silent() -> None:
    """What was just told to invented people stays in their bells, and leaves by no message; what was written to
    addresses that cannot exist goes."""
    told = Notification.objects.filter(recipient__is_demonstration=True)
    told.filter(sent_at=None).update(mail=Mail.NONE, digest=None)
    told.filter(in_bell=False).delete()
    Notification.objects.to_addresses().filter(address__endswith=f"@{DOMAIN}").delete()
