from django.contrib.admin.apps import SimpleAdminConfig


class StaffAdminConfig(SimpleAdminConfig):
    """Django's admin behind the members' own door. Each room's admin module is imported by possibles.urls."""

    default_site = "members.staff.StaffAdminSite"
