"""How our imitation of an org runs its loyalty program: processes, standard actions, and new members."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from trunkline_salesforce.sandbox_loyalty_fields import POINTS_FIELD
from trunkline_salesforce.sandbox_loyalty_seed import (
    CURRENCY_INPUT,
    PROGRAM,
    REASON_INPUT,
    REDEEM_PROCESS,
    REWARD_INPUT,
    start_member,
)
from trunkline_salesforce.sandbox_soql import Row
from trunkline_salesforce.sandbox_state import RefusedError, State

_SIGNS = {"Credit": 1, "Debit": -1}
_CANCELS = {"cancelAccrual": "Credit", "cancelRedemption": "Debit"}


class LoyaltyApi:
    """What can be done over the state."""

    def __init__(self, org: State) -> None:
        self.org = org

    def enroll(self, row: Row) -> Row:
        """Give a new member what every member has."""
        start_member(self.org, row["Id"], 1000 + len(self.org.tables["LoyaltyProgramMember"]), 1)
        return row

    def run(self, program: str, name: str, body: Mapping[str, Any]) -> Row:
        """`POST /connect/loyalty/programs/{program}/program-processes/{name}`."""
        processes = self.org.tables["LoyaltyProgramProcess"].values()
        process = next((one for one in processes if one["Name"] == name and one["Status"] == "Active"), None)
        if program != PROGRAM or process is None:
            raise RefusedError(404, "NOT_FOUND")
        (inputs,) = body["processParameters"]
        self._check_inputs(process, inputs)
        kind = "Credit" if process["ProcessType"] == "CreditPointsToMembers" else "Debit"
        points = float(inputs[f"PointsTo{kind}"])
        member = self.org.find("LoyaltyProgramMember", inputs["TransactionJournal"]["MemberId"])
        wallet = self._wallet(member["Id"], inputs.get(CURRENCY_INPUT, "Beans"))
        if kind == "Debit" and wallet["PointsBalance"] < points:
            return {**_ran({}), "status": False, "message": "The member doesn't have enough points."}
        journal = self._journal(member["Id"], inputs["TransactionJournal"]["ExternalTransactionNumber"])
        self._change(wallet, kind, points, journal, inputs.get(REASON_INPUT))
        if REWARD_INPUT in inputs:
            self._issue(member["Id"], inputs[REWARD_INPUT], journal)
        return _ran({f"Points{kind}ed": points})

    def _check_inputs(self, process: Row, inputs: Mapping[str, Any]) -> None:
        parameters = self.org.tables["LoyaltyProgramProcessParameter"].values()
        known = {one["Name"] for one in parameters if one["LoyaltyProgramProcessId"] == process["Id"]}
        if set(inputs) - known:
            raise RefusedError(400, "INVALID_INPUT", *sorted(set(inputs) - known))

    def _wallet(self, member_id: str, currency: str) -> Row:
        currencies = self.org.tables["LoyaltyProgramCurrency"].values()
        key = next((one["Id"] for one in currencies if one["Name"] == currency), None)
        for wallet in self.org.tables["LoyaltyMemberCurrency"].values():
            if (wallet["LoyaltyMemberId"], wallet["LoyaltyProgramCurrencyId"]) == (member_id, key):
                return wallet
        raise RefusedError(400, "INVALID_INPUT", CURRENCY_INPUT)

    def _journal(self, member_id: str, number: str | None, **more: Any) -> Row:
        count = 1000 + len(self.org.tables["TransactionJournal"])
        row = self.org.put("TransactionJournal", count, MemberId=member_id, Status="Processed",
            ExternalTransactionNumber=number, **more)  # fmt: skip
        self.org.touch(row)
        row["ActivityDate"] = self.org.now
        return row

    def _change(self, wallet: Row, kind: str, points: float, journal: Row, notes: str | None) -> None:
        wallet["PointsBalance"] += _SIGNS[kind] * points
        wallet["TotalPointsAccrued" if kind == "Credit" else "TotalPointsRedeemed"] += points
        self.org.put("LoyaltyLedger", 1000 + len(self.org.tables["LoyaltyLedger"]), EventType=kind, Points=points,
            ActivityDate=journal["ActivityDate"], LoyaltyProgramMemberId=wallet["LoyaltyMemberId"],
            LoyaltyProgramCurrencyId=wallet["LoyaltyProgramCurrencyId"], TransactionJournalId=journal["Id"],
            AdditionalNotes=notes)  # fmt: skip

    def _issue(self, member_id: str, name: str, journal: Row) -> None:
        definition = next(one for one in self.org.tables["VoucherDefinition"].values() if one["Name"] == name)
        number = 1 + len(self.org.tables["Voucher"])
        self.org.put("Voucher", number, Status="Issued", VoucherCode=f"CUP{number:05d}",
            LoyaltyProgramMemberId=member_id, VoucherDefinitionId=definition["Id"], TransactionJournalId=journal["Id"],
            ExpirationDate=date(2030, 12, 31))  # fmt: skip

    def act(self, action: str, body: Mapping[str, Any]) -> list[Row]:
        """`POST /actions/standard/{action}`: the answer is a list, one for each of the inputs."""
        actions: dict[str, Callable[[str, Row], Row]] = {
            "changeTier": self._change_tier,
            "cancelAccrual": self._cancel,
            "cancelRedemption": self._cancel,
        }
        if action not in actions:
            raise RefusedError(404, "NOT_FOUND")
        return [_acted(action, actions[action](action, inputs)) for inputs in body["inputs"]]

    def _change_tier(self, _: str, inputs: Row) -> Row:
        member = self.org.find("LoyaltyProgramMember", inputs["LoyaltyProgramMemberId"])
        tiers = self.org.tables["LoyaltyTier"].values()
        tier = next((one for one in tiers if one["Name"] == inputs["TargetTierName"]), None)
        if tier is None or inputs["ProgramName"] != PROGRAM or inputs["TierGroupName"] != "Club Levels":
            raise RefusedError(400, "INVALID_INPUT")
        standings = self.org.tables["LoyaltyMemberTier"].values()
        standing = next(one for one in standings if one["LoyaltyMemberId"] == member["Id"])
        self.org.touch(standing)
        standing.update(
            LoyaltyTierId=tier["Id"], EffectiveDate=self.org.now.date(), ReasonForChange=inputs["ChangeReason"]
        )
        return {name: inputs[name] for name in ("LoyaltyProgramMemberId", "ProgramName", "TargetTierName")}

    def _cancel(self, action: str, inputs: Row) -> Row:
        journal = self.org.find("TransactionJournal", inputs["TransactionJournalId"])
        ledgers = [
            one for one in self.org.tables["LoyaltyLedger"].values() if one["TransactionJournalId"] == journal["Id"]
        ]
        if journal["Status"] == "Cancelled" or any(one["EventType"] != _CANCELS[action] for one in ledgers):
            raise RefusedError(400, "INVALID_INPUT")
        journal["Status"] = "Cancelled"
        reversal = self._journal(journal["MemberId"], None, RelatedJournalId=journal["Id"])
        turned = "Debit" if action == "cancelAccrual" else "Credit"
        for ledger in ledgers:
            currency = self.org.find("LoyaltyProgramCurrency", ledger["LoyaltyProgramCurrencyId"])["Name"]
            wallet = self._wallet(journal["MemberId"], currency)
            self._change(wallet, turned, ledger["Points"], reversal, inputs["CancellationReason"])
        return {"CancellationTransactionJournalId": reversal["Id"]}


def _ran(results: Row) -> Row:
    outputs = {"outputParameters": {"results": [results]}}
    return {"message": None, "outputParameters": outputs, "simulationDetails": {}, "status": True}


def _acted(action: str, outputs: Row) -> Row:
    return {"actionName": action, "errors": None, "isSuccess": True, "outputValues": outputs, "version": 1}


def loyalty_settings() -> Row:
    """What an operator of this org fills in about its program."""
    return {
        "loyalty_program": PROGRAM,
        "loyalty_redeem_process": REDEEM_PROCESS,
        "loyalty_currency_parameter": CURRENCY_INPUT,
        "loyalty_reason_parameter": REASON_INPUT,
        "loyalty_reward_parameter": REWARD_INPUT,
        "loyalty_points_field": POINTS_FIELD,
    }
