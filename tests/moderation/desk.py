"""What the tests of moderation write, and how a moderator comes in."""

from django.db import connection
from django.test import Client

from members.models import Member
from tests.members.door import sign_in_staff

TELEPHONE = "Appelez Madame Martin au 06 12 34 56 78, elle répondra."
#: A moderator reads it first, and nothing is asked of its author.
TO_BE_READ = "Tu es un connard, Martin, et tout le quartier le sait."
HATEFUL = "Mort aux juifs"
LAWFUL = "Ce texte décrit, en mots simples, ce que nous ferons ensemble."


def staff_client(member: Member) -> Client:
    """Through the door and the second factor."""
    client = Client()
    sign_in_staff(client, member)
    return client


def seal() -> None:
    """What a commit does to the log: in a test that is rolled back, nothing is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
