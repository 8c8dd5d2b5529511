"""The discussion of an initiative."""

from django.urls import reverse

from initiatives.services import discussion


def test_smoke(visitor, as_alice, as_bob, bob, initiative):
    c = discussion.contribute(initiative, by=bob, text="Je suis pour, sans hésiter.", stance="for")
    for client in (visitor, as_bob, as_alice):
        for q in ("", "?tri=utiles", "?tri=avis", "?tri=x&apres=zz"):
            a = client.get(reverse("discussion", args=[initiative.slug]) + q)
            assert a.status_code == 200 and "sans hésiter" in a.content.decode()
        assert client.get(c.get_absolute_url()).status_code == 200
        assert client.get(initiative.get_absolute_url()).status_code == 200
    for n in ("write",):
        assert as_bob.get(reverse("discussion_" + n, args=[initiative.slug])).status_code == 200
    for n in ("reply", "edit", "erase"):
        assert as_bob.get(reverse("discussion_" + n, args=[initiative.slug, c.pk])).status_code == 200
