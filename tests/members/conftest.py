import pytest


@pytest.fixture(autouse=True)
def _names_are_not_screened(settings):
    """What the room above refuses in a name is tested there."""
    settings.DISPLAY_NAME_VALIDATORS = []
