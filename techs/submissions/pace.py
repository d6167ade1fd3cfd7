"""How many submissions fit into one transaction, by the time that the last ones took."""

from dataclasses import dataclass


@dataclass
class Pace:
    """The number of submissions in the next transaction, which should take `seconds`.

    Large transactions hold up other writers of the same rows, and small ones cost more per submission.
    """

    seconds: float
    least: int
    most: int
    size: int

    def note(self, number: int, seconds: float) -> None:
        """Adapt to a transaction of this many submissions that took this long."""
        fitting = int(number * self.seconds / max(seconds, 0.001))
        # A transaction that is smaller than allowed shows little about a larger one.
        self.size = max(self.least, min(fitting, 2 * number if number < self.size else 2 * self.size, self.most))
