"""Talon.One's connector: one deployment, with the tools of its three parts."""

from trunkline_contracts.errors import UnsupportedError
from trunkline_talonone.customers import Customers
from trunkline_talonone.points import Points
from trunkline_talonone.tiers import Tiers


class TalonOne(Customers, Points, Tiers):
    """One deployment, and in it one profile-based loyalty programme."""

    async def probe(self) -> None:
        """Read the programme; raises UnsupportedError for a card-based one."""
        if (await self._programme()).card_based:
            raise UnsupportedError("This loyalty programme is card-based: connect one that is profile-based.")
