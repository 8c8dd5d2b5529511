"""Who may do what: every verb of moderation, for every role, asked of the administration itself."""

import pytest
from cast import new_member
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone

from initiatives.models import Contribution
from moderation import services
from moderation.models import RuleAlert
from moderation.roles import ANIMATOR, AUDITOR, MODERATOR, ROLES, SENIOR
from moderation.services import notices, sanctioning
from tests.moderation.desk import staff_client

NOBODY = "no role"
MODERATORS = {MODERATOR, SENIOR}

#: What is asked for, and who gets it. A page that is only refused to the others counts as given when it is not 403.
VERBS: dict[str, tuple[str, str, set[str]]] = {
    "read the queue": ("get", "case_changelist", MODERATORS),
    "read a case": ("get", "case_change:case", MODERATORS),
    "decide a case": ("post", "case_change:case", MODERATORS),
    "hold a case": ("post", "case_claim:case", MODERATORS),
    "note a case": ("post", "case_note:case", MODERATORS),
    "be given the next case": ("post", "case_next", MODERATORS),
    "withhold": ("get", "initiatives_contribution_withhold:content", MODERATORS),
    "remove": ("get", "initiatives_contribution_remove:content", MODERATORS),
    "label": ("get", "initiatives_contribution_label:content", MODERATORS),
    "restore": ("get", "initiatives_contribution_restore:content", MODERATORS),
    "read the log": ("get", "decision_changelist", MODERATORS | {AUDITOR}),
    "read notices": ("get", "notice_changelist", MODERATORS),
    "read who reported": ("post", "notice_identity:notice", MODERATORS),
    "find a notice unfounded": ("post", "notice_unfounded:notice", MODERATORS),
    "read appeals": ("get", "appeal_changelist", MODERATORS),
    "decide about an account": ("get", "sanction_take:member", MODERATORS),
    "confirm a suspension": ("post", "sanction_confirm:measure", MODERATORS),
    "lift a measure": ("get", "sanction_lift:measure", MODERATORS),
    "read measures": ("get", "sanction_changelist", MODERATORS | {AUDITOR}),
    "read ready reasons": ("get", "reasontemplate_changelist", MODERATORS),
    "write a ready reason": ("get", "reasontemplate_add", {SENIOR}),
    "name a trusted flagger": ("get", "trustedflagger_add", set()),
    "arm a rule again": ("post", "rulealert_settle:alert", {SENIOR}),
    "read disarmed rules": ("get", "rulealert_changelist", MODERATORS | {AUDITOR}),
    "know that something is sealed": ("get", "evidence_changelist", {SENIOR, AUDITOR}),
    "read what is sealed": ("get", "evidence_read:evidence", {SENIOR}),
    "hold what is sealed": ("get", "evidence_hold:evidence", {SENIOR}),
    "seal what was decided upon": ("get", "evidence_seal:decision", {SENIOR}),
    "read statements": ("get", "statement_changelist", MODERATORS | {AUDITOR}),
    "export statements": ("get", "statement_export", {AUDITOR}),
    "read the chain": ("get", "link_changelist", {AUDITOR}),
    "read who read what": ("get", "members_accessrecord_changelist", {AUDITOR}),
    "read votes": ("get", "territories_electionwindow_changelist", set(ROLES)),
    "write a vote": ("get", "territories_electionwindow_add", {SENIOR}),
    "answer promises": ("get", "initiatives_milestone_changelist", {ANIMATOR}),
    "add a partner's calendar": ("get", "events_calendarsource_add", {ANIMATOR}),
    "examine supports": ("get", "initiatives_supportreview_changelist", MODERATORS),
    "read members' addresses": ("get", "members_member_changelist", set()),
    "give rights": ("post", "members_member_change:member", set()),
}


@pytest.fixture
def rows(alice, bob, chloe, initiative) -> dict[str, int]:
    """One of each thing about which somebody decides."""
    content, withheld = [
        Contribution.objects.create(initiative=initiative, author=bob, text=text, published_at=timezone.now())
        for text in ("Une remarque.", "Je sais où tu habites.")
    ]
    notice = notices.report(content, ground="threat", explanation="Il menace ses voisins, nommément.", by=alice)
    decision = services.withhold(withheld, by=chloe, ground="threat", reason="Une menace.")
    measure = sanctioning.propose_suspension(bob, by=chloe, ground="threat", reason="Une menace.", days=3)
    return {
        "content": content.pk,
        "case": notice.case_id,
        "decision": decision.pk,
        "member": bob.pk,
        "measure": measure.pk,
        "alert": RuleAlert.objects.create(rule="a.b", rule_version="1", hits=9, texts=99, is_disarmed=True).pk,
        "notice": notice.pk,
        "evidence": decision.evidence.pk,
    }


def address(name: str, rows: dict[str, int]) -> str:
    name, _, thing = name.partition(":")
    is_full = name.split("_")[0] in ("initiatives", "events", "territories", "members")
    full = name if is_full else f"moderation_{name}"
    return reverse(f"admin:{full}", args=[rows[thing]] if thing else [])


@pytest.mark.django_db
@pytest.mark.parametrize("role", [*ROLES, NOBODY])
def test_each_role_does_what_it_may_and_nothing_else(role, rows, chloe):
    staff = new_member("odile", is_staff=True)
    if role != NOBODY:
        staff.groups.add(Group.objects.get(name=role))
    client = staff_client(staff)
    done = {}
    for verb, (method, name, _who) in VERBS.items():
        status = getattr(client, method)(address(name, rows)).status_code
        assert status in (200, 302, 403, 409), (verb, status)
        done[verb] = status != 403
    assert done == {verb: role in who for verb, (_method, _name, who) in VERBS.items()}


@pytest.mark.django_db
def test_the_groups_are_those_of_the_table():
    """A role that was changed without its migration, or a permission that no model has, is found here."""
    found = {
        group.name: {f"{right.content_type.app_label}.{right.codename}" for right in group.permissions.all()}
        for group in Group.objects.prefetch_related("permissions__content_type")
    }
    assert found == {role: set(names) for role, names in ROLES.items()}
    for app, codename in (name.split(".") for names in ROLES.values() for name in names):
        right = Permission.objects.get(content_type__app_label=app, codename=codename)
        model = right.content_type.model_class()
        own = {known for known, _label in model._meta.permissions}
        default = {f"{act}_{model._meta.model_name}" for act in ("view", "add", "change", "delete")}
        assert codename in own | default, codename


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["visitor", "as_bob"])
def test_nobody_else_comes_in(who, rows, request):
    client = request.getfixturevalue(who)
    for verb, (method, name, _who) in VERBS.items():
        response = getattr(client, method)(address(name, rows))
        assert response.status_code in (302, 403) and "_changelist" not in response.get("Location", ""), verb
