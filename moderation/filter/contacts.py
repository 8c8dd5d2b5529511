"""Which contacts a text shows: what its writer is asked about ("est-ce le vôtre ?")."""

from .personal import CONTACTS
from .rules import DetectorRule, all_rules
from .views import Views


def contacts_in(text: str) -> list[str]:
    """The telephone numbers (0612345678) and e-mail addresses that the rules would hold back, each once, in order.

    Given to `screen` as `own_contacts`, they let this text pass.
    """
    views = Views(text)
    found = [
        (span, contact)
        for rule in all_rules()
        if isinstance(rule, DetectorRule) and rule.detector in CONTACTS
        for span, contact in CONTACTS[rule.detector](views, rule.options)
    ]
    return list(dict.fromkeys(contact for _span, contact in sorted(found)))
