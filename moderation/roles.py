"""Who may do what: each role is a Django group, with exactly these permissions. A migration writes them (`write`).

To change a role, change the table and add a migration that calls `write`: a test compares the groups with it. An
administrator puts staff in groups; nobody else gives rights. A permission to read or change a row is Django's own; the
others are in `Meta.permissions` of the models, and each is asked for by the act of its name.
"""

MODERATOR = "Modérateurs"
SENIOR = "Modérateurs confirmés"
ANIMATOR = "Animateurs"
AUDITOR = "Auditeurs"

#: To read, decide, judge the appeals against others' decisions, and decide about accounts, two for a suspension.
_MODERATE = {
    "initiatives.change_version",
    "initiatives.review_supports",
    "initiatives.view_supportreview",
    "initiatives.view_version",
    "moderation.add_decision",
    "moderation.change_appeal",
    "moderation.change_case",
    "moderation.change_notice",
    "moderation.confirm_suspension",
    "moderation.lift_sanction",
    "moderation.propose_suspension",
    "moderation.read_notifier",
    "moderation.silence_member",
    "moderation.view_appeal",
    "moderation.view_case",
    "moderation.view_decision",
    "moderation.view_learnedmodel",
    "moderation.view_notice",
    "moderation.view_notifierwarning",
    "moderation.view_reasontemplate",
    "moderation.view_rulealert",
    "moderation.view_sanction",
    "moderation.view_statement",
    "moderation.view_trustedflagger",
    "moderation.warn_member",
    "territories.view_electionwindow",
}
#: Besides: what waits too long or was removed for good, sealed evidence, ready reasons, rules, votes.
_OVERSEE = {
    "moderation.add_reasontemplate",
    "moderation.change_reasontemplate",
    "moderation.delete_reasontemplate",
    "moderation.hold_evidence",
    "moderation.oversee_case",
    "moderation.read_evidence",
    "moderation.settle_rulealert",
    "moderation.view_evidence",
    "moderation.view_monthfigures",
    "territories.add_electionwindow",
    "territories.change_electionwindow",
    "territories.delete_electionwindow",
}
#: To answer promises, look after partners' calendars, say how many events one posts a day, open départements; nothing
#: of moderation.
_ANIMATE = {
    "events.add_calendarsource",
    "events.change_calendarsource",
    "events.change_eventlimits",
    "events.view_calendarsource",
    "events.view_eventlimits",
    "initiatives.add_promise",
    "initiatives.answer_milestone",
    "initiatives.change_promise",
    "initiatives.delete_promise",
    "initiatives.view_milestone",
    "initiatives.view_promise",
    "moderation.add_featured",
    "moderation.change_featured",
    "moderation.view_featured",
    "territories.add_opening",
    "territories.add_referent",
    "territories.change_opening",
    "territories.change_referent",
    "territories.delete_opening",
    "territories.delete_referent",
    "territories.view_electionwindow",
    "territories.view_opening",
    "territories.view_referent",
}
#: To read what was decided and who read what; to decide nothing, and to read no sealed text nor who reported.
_AUDIT = {
    "members.view_accessrecord",
    "moderation.export_statement",
    "moderation.view_anchor",
    "moderation.view_decision",
    "moderation.view_evidence",
    "moderation.view_learnedmodel",
    "moderation.view_link",
    "moderation.view_monthfigures",
    "moderation.view_rulealert",
    "moderation.view_sanction",
    "moderation.view_statement",
    "territories.view_electionwindow",
}

ROLES = {MODERATOR: _MODERATE, SENIOR: _MODERATE | _OVERSEE, ANIMATOR: _ANIMATE, AUDITOR: _AUDIT}


def write(apps, schema_editor) -> None:
    """For a migration: give each group what the table says, and nothing else.

    Django creates permissions after all migrations: the rows that are missing are written here, under the names by
    which Django then finds them.
    """
    alias = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(alias)
    content_types = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    for role, names in ROLES.items():
        rights = []
        for name in sorted(names):
            app, codename = name.split(".")
            content_type, _created = content_types.get_or_create(
                app_label=app, model=_MODELS.get(name) or _model(codename)
            )
            right, _created = permissions.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": codename.replace("_", " ").capitalize()}
            )
            rights.append(right)
        group, _created = groups.get_or_create(name=role)
        group.permissions.set(rights)


#: The models of the permissions that do not end with their name.
_MODELS = {
    "initiatives.review_supports": "support",
    "moderation.confirm_suspension": "sanction",
    "moderation.propose_suspension": "sanction",
    "moderation.read_notifier": "notice",
    "moderation.silence_member": "sanction",
    "moderation.warn_member": "sanction",
}


def _model(codename: str) -> str:
    return codename.rpartition("_")[2]
