"""The imitation of Voucherify's loyalty API v2: members, their cards, and changes that are carried out later.

What is accepted is carried out before the next request: so pending states are seen, and nobody has to wait.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Seed
from trunkline_voucherify.sandbox_wire import FindCustomer, customer_id, moment, refusal

PROGRAM = "lprg_c0ffee"
_WALLET = "lcdef_c0ffee"
_SPENDING = {"ADMIN_DEBIT", "POINTS_SPENT_ON_REWARD"}
_COUNTERS = (
    *("total", "earned", "added", "purchased", "purchased_reversed", "subtracted", "expired", "spent", "refunded"),
    *("returned", "locked", "unlocked"),
)


class Programme:
    """The state: members with their cards, changes, rewards, purchases."""

    def __init__(self, seed: Seed) -> None:
        self.now = moment(seed.now)
        self.members: dict[str, dict[str, Any]] = {}
        self.changes: dict[str, list[dict[str, Any]]] = {}
        self.purchases: dict[str, dict[str, Any]] = {}
        self.tiers: dict[str, str] = {}
        self.rewards: dict[str, dict[str, Any]] = {
            f"lrew_{place:x}": {"name": reward.name, "points": reward.points, "digital": bool(reward.value_minor)}
            for place, reward in enumerate(seed.rewards, 1)
        }
        for person in seed.known_to("loyalty"):
            if person.enrolled:
                member = self.join(customer_id(person), person.points)
                self.tiers[member["id"]] = person.tier

    def join(self, holder: str, points: int = 0) -> dict[str, Any]:
        """Make a member with the programme's one card."""
        number = f"{len(self.members) + 1:x}"
        member: dict[str, Any] = {
            "id": f"lmbr_{number}",
            "customer_id": holder,
            "program_id": PROGRAM,
            "status": "ACTIVE",
            "metadata": {},
            "created_at": self.now,
            "updated_at": None,
            "object": "member",
        }
        card = _card(f"lcrd_{number}", self.now)
        self.members[member["id"]] = {**member, "cards": [card]}
        self.changes[card["card"]["id"]] = []
        if points:
            self.change(member["id"], "POINTS_EARNED", points, "Points earned")
            self.settle()
        return self.members[member["id"]]

    def card(self, member_id: str) -> dict[str, Any]:
        """A member's card."""
        card: dict[str, Any] = self.members[member_id]["cards"][0]["card"]
        return card

    def change(self, member_id: str, kind: str, points: int, reason: str, **more: Any) -> dict[str, Any]:
        """Accept a change of a card."""
        card = self.card(member_id)
        number = sum(map(len, self.changes.values())) + 1
        details = {"reason": reason, "rejection": None, "metadata": {}, "points": {"total": points}, **more}
        change = {
            "id": f"lctx_{number:x}",
            "card_id": card["id"],
            "program_id": PROGRAM,
            "member_id": member_id,
            "card_definition_id": _WALLET,
            "card_type": "INDIVIDUAL",
            "type": kind,
            "details": details,
            "status": "PENDING",
            "created_at": self.now,
            "updated_at": None,
            "object": "card_transaction",
        }
        self.changes[card["id"]].insert(0, change)
        return change

    def settle(self) -> None:
        """Carry out what was accepted; what the balance does not allow is rejected."""
        for changes in self.changes.values():
            for change in reversed(changes):
                if change["status"] == "PENDING":
                    self._settle(change)

    def _settle(self, change: dict[str, Any]) -> None:
        spends, points = change["type"] in _SPENDING, change["details"]["points"]["total"]
        balance = self.card(change["member_id"])["balance"]
        rejected = spends and points > balance["points"]
        change["status"] = "REJECTED" if rejected else "APPROVED"
        if not rejected:
            balance["points"] += -points if spends else points
        if change["type"] == "POINTS_SPENT_ON_REWARD":
            self.purchases[change["details"]["reward_transaction"]["id"]]["status"] = change["status"]

    def purchase(self, member_id: str, reward_id: str) -> dict[str, Any]:
        """Accept a purchase."""
        number, points = f"lrtx_{len(self.purchases) + 1:x}", self.rewards[reward_id]["points"]
        change = self.change(
            member_id, "POINTS_SPENT_ON_REWARD", points, "Points spent on reward",
            reward={"id": reward_id}, reward_transaction={"id": number},
        )  # fmt: skip
        purchase = self.simulated(member_id, reward_id) | {
            "id": number, "card_transaction_id": change["id"], "status": "PENDING", "created_at": self.now,
        }  # fmt: skip
        self.purchases[number] = purchase
        return purchase

    def simulated(self, member_id: str, reward_id: str) -> dict[str, Any]:
        """A purchase that was only tried."""
        points = {"total": self.rewards[reward_id]["points"]}
        details = {
            "reason": "Points spent on reward",
            "rejection": None,
            "metadata": {},
            "points": points,
            "result": None,
        }
        return {
            "card_id": self.card(member_id)["id"],
            "card_transaction_id": None,
            "program_id": PROGRAM,
            "member_id": member_id,
            "reward_id": reward_id,
            "status": "SIMULATED",
            "type": "PURCHASE",
            "details": details,
            "updated_at": None,
            "object": "reward_transaction",
        }


def _card(number: str, now: str) -> dict[str, Any]:
    card = {
        "id": number,
        "card_definition_id": _WALLET,
        "card_type": "INDIVIDUAL",
        "code": f"CLUB-{number[5:]}",
        "lifetime_bucket": {
            "points": dict.fromkeys(_COUNTERS, 0),
            "pending_points": {"total": 0, "activated": 0, "canceled": 0},
        },
        "balance": {"points": 0, "pending_points": 0},
        "next_expiration": None,
        "next_activation": None,
        "object": "card",
    }
    return {"member_role": "OWNER", "created_at": now, "card": card, "object": "member_card"}


class Api:
    """The routes over the programme."""

    def __init__(self, programme: Programme, find_customer: FindCustomer) -> None:
        self.programme = programme
        self.find_customer = find_customer

    def _member(self, request: Request) -> dict[str, Any] | None:
        self.programme.settle()
        is_program = request.path_params.get("program", PROGRAM) == PROGRAM
        return self.programme.members.get(request.path_params["member"]) if is_program else None

    def _of_customer(self, wanted: str) -> dict[str, Any] | None:
        customer = self.find_customer(wanted)
        members = self.programme.members.values()
        return next((item for item in members if customer and item["customer_id"] == customer["id"]), None)

    async def get_program(self, request: Request) -> Response:
        """`GET …/programs/{id}`."""
        if request.path_params["program"] != PROGRAM:
            return refusal(404, "not_found")
        return JSONResponse(_program())

    async def get_membership(self, request: Request) -> Response:
        """`GET …/memberships/{customer}`."""
        self.programme.settle()
        member = self._of_customer(request.path_params["customer"])
        if member is None or request.path_params["program"] != PROGRAM:
            return refusal(404, "not_found")
        cards = [{**card, "tier_progress": self._progress(member["id"])} for card in member["cards"]]
        bare = {key: value for key, value in member.items() if key != "cards"}
        return JSONResponse({"member": bare, "program": _program(), "cards": cards, "object": "membership"})

    def _progress(self, member_id: str) -> dict[str, Any]:
        tier = self.programme.tiers.get(member_id)
        current = {"tier": {"id": "lt_51", "name": tier}, "start_at": self.programme.now, "expires_at": None}
        return {
            "current": {**current, "points": None} if tier else None,
            "tier_structure": {"id": "lts_c0ffee", "object": "tier_structure"},
            "deferred": [],
            "risks": [],
            "opportunities": [{"valid_until": None, "tier": {"id": "lt_52", "name": "Platinum"}, "points": 900}],
            "object": "member_tier_progress",
        }

    async def get_member(self, request: Request) -> Response:
        """`GET …/members/{id}`."""
        member = self._member(request)
        return JSONResponse(member) if member else refusal(404, "not_found")

    async def create_member(self, request: Request) -> Response:
        """`POST …/members`."""
        customer = self.find_customer((await request.json())["customer_identification"]["customer_id"])
        if customer is None or request.path_params["program"] != PROGRAM:
            return refusal(404, "not_found")
        if self._of_customer(customer["id"]):
            return refusal(409, "member_already_exists")
        return JSONResponse(self.programme.join(customer["id"]))

    async def list_changes(self, request: Request) -> Response:
        """`GET …/cards/{id}/transactions`."""
        member = self._member(request)
        changes = self.programme.changes.get(request.path_params["card"])
        if member is None or changes is None:
            return refusal(404, "not_found")
        query = request.query_params
        since = query.get("filters[created_at][conditions][$after]", "")
        found = [change for change in changes if change["created_at"] > since]
        start = int(query.get("cursor", "lcrsctx_0").removeprefix("lcrsctx_"), 16)
        end = start + int(query.get("limit", 10))
        cursor = {"next": f"lcrsctx_{end:x}"} if end < len(found) else None
        return JSONResponse({"data": found[start:end], "cursor": cursor, "object": "list"})

    async def adjust(self, request: Request) -> Response:
        """`POST …/cards/{id}/points`."""
        member, body = self._member(request), await request.json()
        if member is None or request.path_params["card"] not in self.programme.changes:
            return refusal(404, "not_found")
        points = body["points"]
        kind = "ADMIN_CREDIT" if points > 0 else "ADMIN_DEBIT"
        change = self.programme.change(member["id"], kind, abs(points), body.get("reason") or "")
        return JSONResponse({"transaction": change, "status": "TRANSACTION_CREATED", "message": "created"})

    async def examine(self, request: Request) -> Response:
        """`POST /v2/loyalties/examine/rewards`."""
        self.programme.settle()
        wanted = (await request.json())["customer_identification"]["member_id"]
        member = self.programme.members.get(wanted)
        if member is None:
            return refusal(404, "not_found")
        customer = self.find_customer(member["customer_id"]) or {}
        bare = {key: member[key] for key in ("id", "customer_id", "program_id", "metadata", "object")}
        shown = {key: customer[key] for key in ("id", "source_id", "object")}
        membership = {"member": bare, "program": _program(), "cards": [self._examined(wanted)]}
        rewards = [_reward(number, reward) for number, reward in self.programme.rewards.items()]
        examined = {**membership, "object": "member_rewards_opportunity"}
        answer = {"customer": {**shown, "metadata": {}}, "rewards": rewards, "memberships": [examined]}
        return JSONResponse({**answer, "object": "rewards_examine_result"})

    def _examined(self, member_id: str) -> dict[str, Any]:
        card = self.programme.card(member_id)
        shown = {key: card[key] for key in ("id", "card_definition_id", "card_type", "code", "object")}
        balance = card["balance"]["points"]
        rewards = [_estimate(number, reward["points"], balance) for number, reward in self.programme.rewards.items()]
        return {"card": shown, "rewards": rewards, "object": "card_estimation"}

    async def purchase(self, request: Request) -> Response:
        """`POST …/rewards/purchases`."""
        member, body = self._member(request), await request.json()
        reward = self.programme.rewards.get(body["reward_id"])
        if member is None or reward is None:
            return refusal(404, "not_found")
        if reward["points"] > self.programme.card(member["id"])["balance"]["points"]:
            return refusal(400, "insufficient_card_balance")
        if body.get("mode") == "DRY_RUN":
            simulated = self.programme.simulated(member["id"], body["reward_id"])
            return JSONResponse({"transaction": simulated, "status": "DRY_RUN", "message": "simulated"})
        made = self.programme.purchase(member["id"], body["reward_id"])
        return JSONResponse({"transaction": made, "status": "TRANSACTION_CREATED", "message": "created"}, 202)

    async def refund(self, request: Request) -> Response:
        """`POST …/rewards/purchases/{id}/refund`: of an approved purchase, once."""
        self.programme.settle()
        purchase = self.programme.purchases.get(request.path_params["purchase"])
        if purchase is None:
            return refusal(404, "not_found")
        if purchase["status"] != "APPROVED":
            return refusal(409, "invalid_reward_transaction_status")
        purchase["status"] = "REFUNDED"
        points, number = purchase["details"]["points"]["total"], f"{purchase['id']}f"
        change = self.programme.change(purchase["member_id"], "POINTS_REFUNDED", points, "Reward refunded")
        ids = {"id": number, "card_transaction_id": change["id"], "type": "REFUND", "status": "PENDING"}
        return JSONResponse({"transaction": {**purchase, **ids}, "status": "APPROVED", "message": "created"}, 202)


def _program() -> dict[str, Any]:
    return {"id": PROGRAM, "name": "Coffee Club", "status": "ACTIVE", "metadata": {}, "object": "program"}


def _reward(number: str, reward: dict[str, Any]) -> dict[str, Any]:
    kind = "DIGITAL" if reward["digital"] else "MATERIAL"
    return {"id": number, "name": reward["name"], "type": kind, "metadata": {}, "object": "reward"}


def _estimate(number: str, cost: int, balance: int) -> dict[str, Any]:
    missing = {"required": cost, "available": balance, "missing": cost - balance}
    obstacle = {"reason": "insufficient_balance", "details": missing, "object": "reward_unavailability_reason"}
    shown = {"reward": {"id": number, "object": "reward"}, "cost": {"points": cost, "object": "reward_cost"}}
    unavailable = {"status": "UNAVAILABLE", "unavailability_reasons": [obstacle]}
    state = {"status": "AVAILABLE"} if cost <= balance else unavailable
    return {**shown, **state, "object": "reward_estimation"}


def loyalty_v2(seed: Seed, find_customer: FindCustomer) -> list[Route]:
    """The routes of a programme with the company's members."""
    api = Api(Programme(seed), find_customer)
    program = "/v2/loyalties/programs/{program}"
    member = f"{program}/members/{{member}}"
    return [
        Route(program, api.get_program),
        Route(f"{program}/memberships/{{customer}}", api.get_membership),
        Route(f"{program}/members", api.create_member, methods=["POST"]),
        Route(member, api.get_member),
        Route(f"{member}/cards/{{card}}/transactions", api.list_changes),
        Route(f"{member}/cards/{{card}}/points", api.adjust, methods=["POST"]),
        Route(f"{member}/rewards/purchases", api.purchase, methods=["POST"]),
        Route(f"{program}/rewards/purchases/{{purchase}}/refund", api.refund, methods=["POST"]),
        Route("/v2/loyalties/examine/rewards", api.examine, methods=["POST"]),
    ]
