"""A support that is erased because its person supports the initiative that it joins is not withdrawn."""

from django.db import migrations

_BEGINS = """
CREATE OR REPLACE FUNCTION figures_count_withdrawals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO figures_withdrawal (day, is_demonstration, count)
    SELECT (statement_timestamp() AT TIME ZONE 'Europe/Paris')::date, invented, count(*)
    FROM (
        SELECT coalesce(member.is_demonstration, false) OR coalesce(author.is_demonstration, false) AS invented
        FROM former
        LEFT JOIN members_member member ON member.id = former.member_id
        LEFT JOIN initiatives_initiative initiative ON initiative.id = former.initiative_id
        LEFT JOIN members_member author ON author.id = initiative.author_id
        WHERE former.state = 'confirmed' AND member.is_staff IS NOT TRUE
"""
_IS_KEPT = """
            AND NOT EXISTS (
                SELECT FROM initiatives_support kept
                WHERE kept.initiative_id = initiative.merged_into_id AND kept.member_id = former.member_id
            )
"""
_ENDS = """
    ) AS gone
    GROUP BY invented;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("figures", "0003_numbers_for_curves"),
        ("initiatives", "0046_many_acts_at_once"),
    ]
    operations = [migrations.RunSQL(_BEGINS + _IS_KEPT + _ENDS, _BEGINS + _ENDS)]
