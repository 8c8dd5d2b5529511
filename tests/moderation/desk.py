"""What the tests of moderation write, and how a moderator comes in."""

from django.test import Client

from members.models import Member
from tests.members.door import sign_in_staff

TELEPHONE = "Appelez Madame Martin au 06 12 34 56 78, elle répondra."
HATEFUL = "Mort aux juifs"
LAWFUL = "Ce texte décrit, en mots simples, ce que nous ferons ensemble."


def staff_client(member: Member) -> Client:
    """Through the door and the second factor."""
    client = Client()
    sign_in_staff(client, member)
    return client
