"""States move through one table and one method, by compare-and-set."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from marketplace.kit.errors import MarketplaceError

Moves = Mapping[str, frozenset[str]]


class NotAllowed(MarketplaceError):
    """This cannot move from the state it is in."""

    status_code = 409


class Raced(MarketplaceError):
    """Somebody else moved this first; nothing was changed. Look again."""

    status_code = 409


class Stateful(models.Model):
    """A model whose `status` follows the table `MOVES`.

    `move_to` is the only way to change it: a move that is not in the table raises
    NotAllowed, one that lost a race raises Raced, and neither changes a row. `FENCE`
    names columns that must not have changed either, such as the number of a claim: a
    worker that was stopped and woke up late finds that the row is no longer its own.
    """

    MOVES: ClassVar[Moves]
    FENCE: ClassVar[tuple[str, ...]] = ()
    status = models.CharField(max_length=20)

    class Meta:
        abstract = True

    def can_move_to(self, status: str) -> bool:
        return status in self.MOVES.get(self.status, frozenset())

    def move_to(self, status: str, *, at: datetime, **fields: Any) -> None:
        """Move to another state, and set `fields` in the same statement.

        :raises NotAllowed: the table has no such move.
        :raises Raced: the row has left the state this object was read in.
        """
        before = str(self.status)
        if not self.can_move_to(status):
            raise NotAllowed(
                f"{self._meta.verbose_name} {self} cannot move from {before} to {status}"
            )
        self.change(status=status, **fields)
        self.record_move(before=before, after=status, at=at)

    def change(self, **fields: Any) -> None:
        """Set `fields` if the row is still as this object was read: its state, and what
        FENCE names.

        :raises Raced: it is not; nothing was changed.
        """
        fence = {name: getattr(self, name) for name in ("status", *self.FENCE)}
        same = type(self)._base_manager.filter(pk=self.pk, **fence)
        if same.update(**fields) != 1:
            raise Raced(f"{self._meta.verbose_name} {self} is no longer {self.status}")
        for name, value in fields.items():
            setattr(self, name, value)

    def record_move(self, *, before: str, after: str, at: datetime) -> None:
        """Write the history row; a model that keeps a history overrides this."""


def one_of(
    field: str, choices: type[models.TextChoices], *, name: str
) -> models.CheckConstraint:
    """Make the CHECK that the column holds one of the choices, and nothing else."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": choices.values}), name=name
    )
