"""The stages of an account's ticket pipelines, which are what HubSpot has for a status."""

from trunkline_contracts.errors import AmbiguousError, InvalidArgumentError, UnsupportedError
from trunkline_contracts.results import Candidate
from trunkline_contracts.tools.helpdesk import TicketChanges
from trunkline_hubspot import vendor


class PipelineSet:
    """All ticket pipelines of an account."""

    def __init__(self, pipelines: list[vendor.Pipeline]) -> None:
        self._pipelines = {pipeline.id: pipeline for pipeline in pipelines}
        self.stages = {stage.id: stage for pipeline in pipelines for stage in pipeline.stages}

    def with_states(self, statuses: tuple[str, ...]) -> list[str]:
        """The ids of all stages that are open, or closed."""
        return [stage.id for stage in self.stages.values() if _status(stage) in statuses]

    def first_open(self, pipeline_id: str) -> str:
        """The stage in which a ticket starts."""
        for stage in self._live(pipeline_id):
            if _status(stage) == "open":
                return stage.id
        raise UnsupportedError("The connection's ticket pipeline has no open stage: an operator must choose another.")

    def wanted(self, changes: TicketChanges, ticket: vendor.Ticket) -> str | None:
        """The stage that a change asks for; None where the ticket is to stay in its own."""
        stages = self._live(ticket.hs_pipeline or "")
        if changes.status_label:
            return _labelled(stages, changes)
        current = self.stages.get(ticket.hs_pipeline_stage or "")
        if changes.status is None or (current and _status(current) == changes.status):
            return None
        return _only(stages, changes.status)

    def _live(self, pipeline_id: str) -> list[vendor.Stage]:
        """The stages of a pipeline in their order."""
        pipeline = self._pipelines.get(pipeline_id)
        stages = [stage for stage in pipeline.stages if not stage.archived] if pipeline else []
        return sorted(stages, key=lambda stage: stage.display_order)


def _status(stage: vendor.Stage) -> str:
    return vendor.TICKET_STATES.get(stage.metadata.ticket_state or "", "other")


def _labelled(stages: list[vendor.Stage], changes: TicketChanges) -> str:
    label = (changes.status_label or "").casefold()
    found = next((stage for stage in stages if stage.label.casefold() == label), None)
    if found is None:
        raise InvalidArgumentError(
            "The ticket's pipeline has no stage of this label: take one of supported_alternatives.",
            alternatives=[stage.label for stage in stages],
        )
    if changes.status and changes.status != _status(found):
        raise InvalidArgumentError("status and status_label contradict each other: give only status_label.")
    return found.id


def _only(stages: list[vendor.Stage], status: str) -> str:
    """The one stage of a status: which of several is meant, or what another status means, HubSpot cannot say."""
    found = [stage for stage in stages if _status(stage) == status]
    if len(found) > 1:
        raise AmbiguousError(
            f"Several stages of the ticket's pipeline are {status}: give one of the labels as status_label.",
            candidates=[Candidate(id=stage.id, label=stage.label) for stage in found],
        )
    if not found:
        raise UnsupportedError(
            "HubSpot knows only open and closed: give the label of a stage as status_label.",
            alternatives=[stage.label for stage in stages],
        )
    return found[0].id
