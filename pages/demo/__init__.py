"""The demonstration: a believable country, invented, dated from today, labelled as such and removed as a whole.

`texts` reads what its people wrote, `atlas` finds where each text is plausible, `people` and `diary` draw members and
dates, `country` puts them together in memory, and `loading` writes it to the database and takes it away.
"""

#: Nobody can own an address there (RFC 2606): a message to it goes nowhere.
DOMAIN = "demonstration.invalid"
#: The staff account, on a developer's machine alone.
STAFF_EMAIL = f"equipe@{DOMAIN}"
STAFF_NAME = "Équipe (démonstration)"
#: Two people whom anyone may be, on a developer's machine: who carries the fullest initiative, and a neighbour.
ORGANISER_EMAIL = f"organise@{DOMAIN}"
NEIGHBOUR_EMAIL = f"soutient@{DOMAIN}"
ORGANISED = "Le café des réparations, chaque premier samedi"
