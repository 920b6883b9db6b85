"""The part of a subscription that says what was agreed about its pauses, its trial and its end."""

from pydantic import AwareDatetime, BaseModel

from trunkline_stripe.wire import Id


class PauseCollection(BaseModel):
    """How collection is paused."""

    behavior: str
    resumes_at: AwareDatetime | None = None


class CancellationDetails(BaseModel):
    """Why a subscription was cancelled."""

    comment: str | None = None
    feedback: str | None = None
    reason: str | None = None


class TrialEnd(BaseModel):
    """What happens at the end of a trial."""

    missing_payment_method: str | None = None


class TrialSettings(BaseModel):
    """How a trial goes."""

    end_behavior: TrialEnd | None = None


class PausedBy(BaseModel):
    """Why Stripe's service of a subscription is paused."""

    type: str | None = None


class Paused(BaseModel):
    """How a subscription came to be paused."""

    subscription: PausedBy | None = None


class StatusDetails(BaseModel):
    """What stands behind a subscription's status."""

    paused: Paused | None = None


class CurrentPhase(BaseModel):
    """Where a schedule stands."""

    end_date: AwareDatetime


class PhaseItem(BaseModel):
    """One priced line of a phase."""

    price: Id


class Phase(BaseModel):
    """A part of a schedule."""

    start_date: AwareDatetime
    end_date: AwareDatetime
    items: list[PhaseItem] = []


class Schedule(BaseModel):
    """What will become of a subscription; Stripe calls it a subscription schedule."""

    id: str
    current_phase: CurrentPhase | None = None
    phases: list[Phase] = []
    end_behavior: str | None = None


class BillingMode(BaseModel):
    """Which of Stripe's two billing engines runs a subscription."""

    type: str | None = None
