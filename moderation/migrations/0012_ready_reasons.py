"""Reasons ready to be chosen, in the words that authors read; senior moderators write others.

Facts say what the text does, and never who did it: they are public.
"""

from django.db import migrations

OUTRIGHT = "Ce n’est pas votre opinion qui est en cause : vous pouvez la dire autrement."
MEND = "Corrigez ce passage et votre texte sera relu."

#: Verb, ground, what a moderator reads, what the author reads, the facts, the words above a label.
REASONS = [
    (
        "publish",
        "",
        "Critique permise",
        "Votre texte critique, parfois durement, et c’est permis : il est publié tel quel.",
        "Le texte critique des personnes publiques, des idées ou des décisions, sans attaque interdite par la loi.",
        "",
    ),
    (
        "publish",
        "",
        "Citation ou dénonciation",
        "Votre texte cite des propos pour les dénoncer, et ne les reprend pas à son compte : il est publié.",
        "Les mots relevés sont cités pour être dénoncés.",
        "",
    ),
    (
        "publish",
        "",
        "Coordonnées publiques",
        "Les coordonnées que vous donnez sont celles d’un service public ou d’une association : votre texte est publié.",
        "Les coordonnées sont publiques, ou celles de la personne qui écrit.",
        "",
    ),
    (
        "publish",
        "",
        "Rien à reprocher",
        "Nous avons lu votre texte : rien n’y est contraire à la loi ni à nos règles.",
        "Le passage relevé n’a pas le sens que le filtre, ou le signalement, lui prêtait.",
        "",
    ),
    (
        "withhold",
        "hate_incitement",
        "Appel à la haine d’un groupe",
        "Votre texte appelle à haïr, à exclure ou à frapper des personnes pour leur origine, leur religion, leur sexe, "
        f"leur orientation sexuelle ou leur handicap. La loi l’interdit. {OUTRIGHT}",
        "Le texte provoque à la haine, à la discrimination ou à la violence envers un groupe que la loi protège.",
        "",
    ),
    (
        "withhold",
        "discriminatory_insult",
        "Injure envers un groupe",
        "Votre texte contient une injure envers des personnes pour ce qu’elles sont : leur origine, leur religion, leur "
        f"sexe, leur orientation sexuelle ou leur handicap. {MEND}",
        "Le texte emploie un terme injurieux envers un groupe que la loi protège.",
        "",
    ),
    (
        "withhold",
        "discriminatory_defamation",
        "Accusation contre un groupe",
        "Votre texte accuse tout un groupe de personnes de faits qui portent atteinte à son honneur, pour son origine, "
        f"sa religion, son sexe ou son orientation sexuelle. {MEND}",
        "Le texte impute des faits déshonorants à un groupe que la loi protège.",
        "",
    ),
    (
        "withhold",
        "insult",
        "Injure envers une personne",
        f"Votre texte injurie une personne. Vous pouvez critiquer ce qu’elle fait ou ce qu’elle dit. {MEND}",
        "Le texte emploie un terme injurieux envers une personne désignée.",
        "",
    ),
    (
        "withhold",
        "defamation",
        "Accusation sans preuve",
        "Votre texte accuse une personne d’un fait précis, qui porte atteinte à son honneur, sans rien qui le montre. "
        "Donnez une source publique, ou retirez ce passage : votre texte sera relu.",
        "Le texte impute à une personne un fait précis et déshonorant, sans source.",
        "",
    ),
    (
        "withhold",
        "praise_of_crimes",
        "Éloge d’un crime",
        f"Votre texte présente un crime sous un jour favorable. La loi l’interdit. {OUTRIGHT}",
        "Le texte fait l’éloge d’un crime ou de ses auteurs.",
        "",
    ),
    (
        "withhold",
        "denial_of_crimes",
        "Crime contre l’humanité contesté",
        "Votre texte nie ou minimise un crime contre l’humanité reconnu par la justice. La loi l’interdit.",
        "Le texte conteste l’existence d’un crime contre l’humanité établi par une juridiction.",
        "",
    ),
    (
        "withhold",
        "incitement_to_crime",
        "Appel à commettre un délit",
        f"Votre texte appelle à commettre un crime ou un délit : frapper, détruire, voler. {OUTRIGHT}",
        "Le texte provoque directement à commettre un crime ou un délit.",
        "",
    ),
    (
        "remove",
        "praise_of_terrorism",
        "Éloge du terrorisme",
        "Votre texte approuve un acte de terrorisme, ou y appelle. La loi l’interdit : il est retiré définitivement.",
        "Le texte fait l’apologie du terrorisme ou provoque à en commettre.",
        "",
    ),
    (
        "withhold",
        "threat",
        "Menace",
        f"Votre texte menace une personne. La loi l’interdit. {OUTRIGHT}",
        "Le texte annonce à une personne, ou à un groupe, une violence ou une destruction.",
        "",
    ),
    (
        "withhold",
        "harassment",
        "Harcèlement",
        "Vos textes visent une même personne, encore et encore, ou appellent les autres à s’en prendre à elle. Parlez "
        "de ce qui est en débat, et laissez cette personne.",
        "Des propos répétés visent une même personne, ou appellent à la viser à plusieurs.",
        "",
    ),
    (
        "withhold",
        "exposure_of_person",
        "Coordonnées de quelqu’un",
        "Votre texte donne le téléphone, l’adresse ou le courriel d’une personne, sans qu’elle l’ait demandé. "
        "Retirez-les et votre texte sera relu.",
        "Le texte donne des coordonnées personnelles de quelqu’un d’autre que la personne qui écrit.",
        "",
    ),
    (
        "withhold",
        "privacy",
        "Vie privée",
        "Votre texte, ou votre photo, montre la vie privée d’une personne qui n’y a pas consenti : sa santé, sa "
        f"famille, son domicile, son image. {MEND}",
        "Le contenu révèle la vie privée ou l’image d’une personne qui n’y a pas consenti.",
        "",
    ),
    (
        "withhold",
        "impersonation",
        "Écrit au nom d’un autre",
        "Votre texte se présente comme écrit par une personne, ou une organisation, que vous n’êtes pas. Écrivez en "
        "votre nom : votre texte sera relu.",
        "Le contenu se présente faussement comme celui d’une autre personne ou d’une organisation.",
        "",
    ),
    (
        "remove",
        "child_abuse_material",
        "Exploitation de mineurs",
        "Ce contenu est interdit par la loi. Il est retiré définitivement et signalé aux autorités.",
        "Le contenu relève de l’exploitation sexuelle de mineurs.",
        "",
    ),
    (
        "withhold",
        "spam",
        "Publicité",
        "Votre texte fait de la publicité pour un produit, un service ou un site marchand. Ce n’est pas l’objet de ce "
        "réseau.",
        "Le texte est publicitaire.",
        "",
    ),
    (
        "withhold",
        "spam",
        "Répétition",
        "Vous avez publié le même texte à plusieurs endroits. Un seul suffit : les autres sont retirés.",
        "Le même texte est publié à plusieurs endroits.",
        "",
    ),
    (
        "withhold",
        "spam",
        "Texte trompeur",
        "Votre texte mène ailleurs que là où il dit mener, ou promet ce qu’il ne donne pas.",
        "Le texte, ou un lien qu’il contient, trompe sur ce qu’il est.",
        "",
    ),
    (
        "withhold",
        "off_topic",
        "Sans rapport",
        "Votre texte n’a pas de rapport avec l’endroit où il est écrit. Ouvrez une initiative à vous, ou écrivez-le là "
        "où l’on en parle.",
        "Le texte est sans rapport avec l’initiative ou l’événement où il est écrit.",
        "",
    ),
    (
        "label",
        "defamation",
        "Fait contesté",
        "Votre texte reste en ligne. Un fait que vous avancez est contesté : une mention le dit au-dessus.",
        "Un fait avancé est contesté par la personne ou l’organisme concerné.",
        "Un fait avancé ici est contesté par la personne ou l’organisme concerné.",
    ),
    (
        "label",
        "impersonation",
        "Parodie",
        "Votre texte reste en ligne. Il peut être pris au premier degré : une mention dit que c’est une parodie.",
        "Le texte est une parodie qui peut être prise pour une communication véritable.",
        "Ceci est une parodie.",
    ),
    (
        "label",
        "off_topic",
        "Information dépassée",
        "Votre texte reste en ligne. Ce qu’il annonce n’est plus vrai aujourd’hui : une mention le dit au-dessus.",
        "Le texte donne une information qui n’est plus exacte.",
        "Ce texte donne une information qui n’est plus exacte aujourd’hui.",
    ),
]

GROUP = "Modérateurs confirmés"
BASE = "Modérateurs"
RIGHTS = {
    "case": {"oversee_case": "Can oversee the queue"},
    "reasontemplate": {
        "view_reasontemplate": "Can view raison type",
        "add_reasontemplate": "Can add raison type",
        "change_reasontemplate": "Can change raison type",
        "delete_reasontemplate": "Can delete raison type",
    },
}

def write(apps, schema_editor):
    templates = apps.get_model("moderation", "ReasonTemplate").objects.using(schema_editor.connection.alias)
    templates.bulk_create(
        templates.model(verb=verb, ground=ground, title=title, reason=reason, facts=facts, label=label, rank=10 * rank)
        for rank, (verb, ground, title, reason, facts, label) in enumerate(REASONS, start=1)
    )


def create_group(apps, schema_editor):
    alias = schema_editor.connection.alias
    ContentType = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    Permission = apps.get_model("auth", "Permission").objects.using(alias)
    groups = apps.get_model("auth", "Group").objects.using(alias)
    group, _created = groups.get_or_create(name=GROUP)
    group.permissions.add(*groups.get(name=BASE).permissions.all())
    for model, rights in RIGHTS.items():
        content_type, _created = ContentType.get_or_create(app_label="moderation", model=model)
        for codename, name in rights.items():
            right, _created = Permission.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": name}
            )
            group.permissions.add(right)


def erase(apps, schema_editor):
    alias = schema_editor.connection.alias
    apps.get_model("moderation", "ReasonTemplate").objects.using(alias).all().delete()
    apps.get_model("auth", "Group").objects.using(alias).filter(name=GROUP).delete()


def nothing(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    dependencies = [("moderation", "0011_sanctions")]

    operations = [
        migrations.RunPython(write, erase),
        migrations.RunPython(create_group, nothing),
    ]
