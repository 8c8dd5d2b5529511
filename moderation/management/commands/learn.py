from django.core.management.base import BaseCommand

from moderation.models import LearnedModel
from moderation.services import learning


class Command(BaseCommand):
    help = "Learn the order of the queue from what moderators decided, then weigh the open cases."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--weigh", action="store_true", help="only weigh the open cases that were not")
        parser.add_argument("--reset", action="store_true", help="forget all that was learned")

    def handle(self, *args, weigh: bool, reset: bool, **options) -> None:
        if reset:
            said = "The queue has forgotten." if learning.reset() else "There was nothing to forget."
            self.stdout.write(said)
            return
        if not weigh:
            self.stdout.write(self._learn())
        self.stdout.write(f"Cases weighed: {learning.weigh()}.")

    def _learn(self) -> str:
        model = learning.train()
        if model is None:
            return f"Nothing was learned: it takes {learning.ENOUGH} final decisions, of both kinds."
        verdict = "now in use" if model.state == LearnedModel.State.LIVE else "not better, and not kept"
        return (
            f"Version {model.pk}, {verdict}. Learned from {model.learned_from}, tried on {model.tested_on}: "
            f"loss {model.loss:.3f} (before {model.loss_before:.3f}), "
            f"false alarms {model.alarms:.1%} (before {model.alarms_before:.1%})."
        )
