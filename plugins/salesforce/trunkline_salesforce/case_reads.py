"""Reading one case, which many tools do."""

from trunkline_contracts.errors import NotFoundError
from trunkline_salesforce import soql
from trunkline_salesforce.account import Account
from trunkline_salesforce.client import needs
from trunkline_salesforce.vendor_service import Case

SERVICE = "Service Cloud"
FIELDS = (
    *("Id", "CaseNumber", "Subject", "Description", "Status", "IsClosed", "IsDeleted", "IsEscalated", "Priority"),
    *("Type", "Origin", "ContactId", "AccountId", "ParentId", "MasterRecordId", "OwnerId", "Owner.Name"),
    *("CreatedById", "CreatedDate", "LastModifiedDate", "ClosedDate"),
)


class CaseReads(Account):
    """What the tools about cases share."""

    def _case_fields(self) -> tuple[str, ...]:
        return (*FIELDS, *self._custom.keys("ticket"))

    async def _case(self, case_id: str) -> Case:
        """One case, also if merged away; raises NotFoundError for one that was deleted or never was."""
        query = soql.select(self._case_fields(), "Case", ("Id = {id}",), "Id", {"id": case_id, "most": 1})
        with needs(SERVICE):
            found = await self._client.query(query, Case, every=True)
        if not found or (found[0].is_deleted and not found[0].master_record_id):
            raise NotFoundError("Salesforce has no such case: check the id.")
        return found[0]
