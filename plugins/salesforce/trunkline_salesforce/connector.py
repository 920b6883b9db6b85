"""Salesforce's connector: its tools together."""

from collections.abc import Sequence

from trunkline_contracts.errors import NotFoundError
from trunkline_contracts.fields import CustomField
from trunkline_salesforce import custom_fields, soql, vendor
from trunkline_salesforce.activities import Activities
from trunkline_salesforce.articles import Articles
from trunkline_salesforce.consent import Consent
from trunkline_salesforce.creation import Creation
from trunkline_salesforce.deals import Deals
from trunkline_salesforce.handoff import Handoffs
from trunkline_salesforce.loyalty_members import LoyaltyMembers
from trunkline_salesforce.loyalty_points import LoyaltyPoints
from trunkline_salesforce.loyalty_rewards import LoyaltyRewards
from trunkline_salesforce.orders import Orders
from trunkline_salesforce.tasks import Tasks


class Salesforce(
    Creation,
    Activities,
    Tasks,
    Deals,
    Handoffs,
    Articles,
    Orders,
    Consent,
    LoyaltyPoints,
    LoyaltyRewards,
    LoyaltyMembers,
):
    """One org."""

    async def probe(self) -> None:
        """Read one contact's id."""
        await self._client.query(soql.any_contact(), vendor.Person)

    async def describe_fields(self) -> Sequence[CustomField]:
        """Read what the org says of its contacts, cases and opportunities; some orgs have no cases."""
        found: list[CustomField] = []
        for kind, name in custom_fields.KINDS.items():
            try:
                description = await self._client.describe(name)
            except NotFoundError:
                continue
            found += custom_fields.described(kind, description, self._settings.external_id_field)
        return found
