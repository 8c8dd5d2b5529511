"""The admin speaks the site's language."""

from django.template.loader import get_template
from django.test import RequestFactory


def test_the_admin_wears_the_sites_name_and_colours_and_offers_no_password(db, chloe):
    request = RequestFactory().get("/admin/")
    context = {"user": chloe, "has_permission": True, "site_header": "Les Créateurs", "site_title": "Les Créateurs"}
    html = get_template("admin/base_site.html").render(context, request)
    assert "/accent.css?v=" in html
    assert "Les Créateurs</a>" in html
    assert "password" not in html
    assert "theme.js" not in html
