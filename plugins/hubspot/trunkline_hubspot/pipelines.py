"""The stages of an account's pipelines, which are what HubSpot has for the status of a ticket or a deal."""

from collections.abc import Callable, Sequence

from trunkline_contracts.errors import AmbiguousError, InvalidArgumentError, UnsupportedError
from trunkline_contracts.results import Candidate
from trunkline_hubspot import vendor, vendor_setup

Meaning = Callable[[vendor_setup.Stage], str]
_WON, _LOST = 1.0, 0.0


def ticket_status(stage: vendor_setup.Stage) -> str:
    """Open or closed: all that a ticket's stage says to others."""
    return vendor.TICKET_STATES.get(stage.metadata.ticket_state or "", "other")


def deal_status(stage: vendor_setup.Stage) -> str:
    """Open, or closed and certain one way or the other."""
    if stage.metadata.is_closed != "true":
        return "open"
    return {_WON: "won", _LOST: "lost"}.get(_probability(stage), "other")


def _probability(stage: vendor_setup.Stage) -> float:
    try:
        return float(stage.metadata.probability or "nan")
    except ValueError:
        return float("nan")


class PipelineSet:
    """All pipelines of one kind of record; `meaning` says what a stage stands for."""

    def __init__(self, pipelines: Sequence[vendor_setup.Pipeline], meaning: Meaning) -> None:
        self._pipelines = {pipeline.id: pipeline for pipeline in pipelines}
        self._meaning = meaning
        self.stages = {stage.id: stage for pipeline in pipelines for stage in pipeline.stages}

    def pipeline_of(self, stage_id: str | None) -> vendor_setup.Pipeline | None:
        """The pipeline that a stage belongs to."""
        held = (one for one in self._pipelines.values() if any(stage.id == stage_id for stage in one.stages))
        return next(held, None)

    def status(self, stage_id: str | None) -> str | None:
        """What a stage stands for; None where no pipeline has it."""
        stage = self.stages.get(stage_id or "")
        return self._meaning(stage) if stage else None

    def with_states(self, statuses: Sequence[str]) -> list[str]:
        """The ids of all stages that stand for one of these."""
        return [stage.id for stage in self.stages.values() if self._meaning(stage) in statuses]

    def first_open(self, pipeline_id: str) -> str:
        """The stage in which a record starts."""
        for stage in self._live(pipeline_id):
            if self._meaning(stage) == "open":
                return stage.id
        raise UnsupportedError("The connection's pipeline has no open stage: an operator must choose another.")

    def wanted(self, pipeline_id: str, current: str | None, label: str | None, status: str | None) -> str | None:
        """The stage that a change asks for, by its name or by what it stands for; None where the record stays."""
        stages = self._live(pipeline_id)
        if label:
            return self._named(stages, label, status)
        if status is None or self.status(current) == status:
            return None
        return self._only(stages, status)

    def _live(self, pipeline_id: str) -> list[vendor_setup.Stage]:
        """The stages of a pipeline in their order."""
        pipeline = self._pipelines.get(pipeline_id)
        stages = [stage for stage in pipeline.stages if not stage.archived] if pipeline else []
        return sorted(stages, key=lambda stage: stage.display_order)

    def _named(self, stages: list[vendor_setup.Stage], label: str, status: str | None) -> str:
        wanted = label.casefold()
        found = next((stage for stage in stages if wanted in {stage.label.casefold(), stage.id.casefold()}), None)
        if found is None:
            raise InvalidArgumentError(
                "The pipeline has no stage of this label: take one of supported_alternatives.",
                alternatives=[stage.label for stage in stages],
            )
        if status and status != self._meaning(found):
            raise InvalidArgumentError("The status and the stage contradict each other: give only the stage.")
        return found.id

    def _only(self, stages: list[vendor_setup.Stage], status: str) -> str:
        """The one stage of a status: which of several is meant, or what another status means, HubSpot cannot say."""
        found = [stage for stage in stages if self._meaning(stage) == status]
        if len(found) > 1:
            raise AmbiguousError(
                f"Several stages of the pipeline are {status}: give one of the labels as the stage.",
                candidates=[Candidate(id=stage.id, label=stage.label) for stage in found],
            )
        if not found:
            raise UnsupportedError(
                f"No stage of the pipeline is {status}: give the label of a stage.",
                alternatives=[stage.label for stage in stages],
            )
        return found[0].id
