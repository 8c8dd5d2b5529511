from pages.models.activity import DepartmentActivity
from pages.models.happening import Happening
from pages.models.moved import Moved
from pages.models.newcomer import Newcomer
from pages.models.round import DigestRound

__all__ = ["DepartmentActivity", "DigestRound", "Happening", "Moved", "Newcomer"]
