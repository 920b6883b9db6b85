"""The part that we read of what an administrator set up: pipelines, owners, properties, the currency."""

from pydantic import BaseModel

from trunkline_hubspot.vendor import Answer


class StageMetadata(Answer):
    """What a stage means: `ticket_state` is of tickets, the others are of deals."""

    ticket_state: str | None = None
    is_closed: str | None = None
    probability: str | None = None


class Stage(Answer):
    """A stage of a pipeline."""

    id: str
    label: str
    display_order: int = 0
    metadata: StageMetadata = StageMetadata()
    archived: bool | None = None


class Pipeline(Answer):
    """A pipeline of tickets or deals."""

    id: str
    label: str
    stages: tuple[Stage, ...] = ()


class Pipelines(BaseModel):
    """`GET /crm/v3/pipelines/{type}`."""

    results: list[Pipeline]


class Owner(Answer):
    """Somebody who can own records."""

    id: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Owners(BaseModel):
    """`GET /crm/v3/owners`."""

    results: list[Owner]


class Option(BaseModel):
    """One value that a property can have."""

    value: str
    label: str
    hidden: bool = False


class ValueRights(Answer):
    """What may be done with a property."""

    read_only_value: bool = False


class PropertyDefinition(Answer):
    """One property of a kind of object."""

    name: str
    label: str
    type: str
    field_type: str = ""
    options: tuple[Option, ...] = ()
    hubspot_defined: bool = False
    archived: bool = False
    hidden: bool = False
    calculated: bool = False
    modification_metadata: ValueRights = ValueRights()


class PropertyDefinitions(BaseModel):
    """`GET /crm/v3/properties/{type}`."""

    results: list[PropertyDefinition]


class AccountDetails(Answer):
    """`GET /account-info/v3/details`."""

    company_currency: str
