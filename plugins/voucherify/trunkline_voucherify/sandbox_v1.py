"""The imitation of Voucherify's loyalty API v1: cards, their points, rewards and redemptions."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Seed, SeedReward
from trunkline_voucherify.sandbox_wire import FindCustomer, customer_id, moment, refusal

CAMPAIGN = "Coffee Club"
_CAMPAIGN_ID = "camp_coffee"
_CODE_ENDS = "2027-12-31T00:00:00.000Z"


class Campaign:
    """The state: cards, transactions, rewards, redemptions."""

    def __init__(self, seed: Seed) -> None:
        self.now = moment(seed.now)
        self.tier_names = seed.tiers
        people = [person for person in seed.known_to("loyalty") if person.enrolled]
        self.cards: dict[str, dict[str, Any]] = {}
        self.tiers: dict[str, str] = {}
        self.transactions: dict[str, list[dict[str, Any]]] = {}
        self.redemptions: dict[str, dict[str, Any]] = {}
        self.rewards = {
            f"rew_{place}": _reward(place, reward, self.now) for place, reward in enumerate(seed.rewards, 1)
        }
        for person in people:
            card = self.issue(customer_id(person), f"COFFEE-{person.number:04d}", person.points)
            self.tiers[card["code"]] = person.tier
            if person.points:
                self.record(card["code"], person.points, "POINTS_ACCRUAL", None, None)

    def issue(self, holder: str, code: str, points: int = 0) -> dict[str, Any]:
        """Make a card."""
        self.cards[code] = {
            "id": f"v_{code.replace('-', '')}",
            "code": code,
            "campaign": CAMPAIGN,
            "campaign_id": _CAMPAIGN_ID,
            "type": "LOYALTY_CARD",
            "loyalty_card": {"points": points, "balance": points, "pending_points": 0},
            "active": True,
            "holder_id": holder,
            "created_at": self.now,
            "object": "voucher",
        }
        self.transactions[code] = []
        return self.cards[code]

    def change(self, code: str, points: int, kind: str, reason: str | None, source_id: str | None = None) -> None:
        """Change a balance, and keep the change."""
        card = self.cards[code]["loyalty_card"]
        card["points"] += max(points, 0)
        card["balance"] += points
        self.record(code, points, kind, reason, source_id)

    def record(self, code: str, points: int, kind: str, reason: str | None, source_id: str | None) -> None:
        """Keep one change of a card's points, newest first."""
        card = self.cards[code]["loyalty_card"]
        number = sum(len(items) for items in self.transactions.values()) + 1
        balance = {"type": "loyalty_card", "points": points, "total": card["points"], "balance": card["balance"]}
        self.transactions[code].insert(
            0,
            {
                "id": f"vtx_{number:08d}",
                "source_id": source_id,
                "voucher_id": self.cards[code]["id"],
                "campaign_id": _CAMPAIGN_ID,
                "reason": reason,
                "type": kind,
                "details": {"balance": balance},
                "created_at": self.now,
            },
        )


def _reward(place: int, reward: SeedReward, now: str) -> dict[str, Any]:
    """The first is a coupon, one with a value fills a gift card, the others are things."""
    gift = {"id": "camp_gift", "type": "GIFT_VOUCHERS", "balance": reward.value_minor}
    coupon = {"id": "camp_coupon", "type": "DISCOUNT_COUPONS"}
    campaign = gift if reward.value_minor else coupon if place == 1 else None
    thing = {"product": {"id": f"prod_reward_{place}", "sku_id": None}}
    return {
        "id": f"rew_{place}",
        "name": reward.name,
        "type": "CAMPAIGN" if campaign else "MATERIAL",
        "parameters": {"campaign": campaign} if campaign else thing,
        "stock": None if campaign else 10,
        "redeemed": None if campaign else 0,
        "points": reward.points,
        "created_at": now,
        "updated_at": None,
        "object": "reward",
    }


class Api:
    """The routes over the campaign."""

    def __init__(self, campaign: Campaign, find_customer: FindCustomer) -> None:
        self.campaign = campaign
        self.find_customer = find_customer

    async def list_members(self, request: Request) -> Response:
        """`GET /v1/loyalties/{campaign}/members`."""
        if request.path_params["campaign"] not in {CAMPAIGN, _CAMPAIGN_ID}:
            return refusal(404, "campaign_not_found")
        wanted = request.query_params.get("customer")
        customer = self.find_customer(wanted) if wanted else None
        cards = [
            card
            for card in self.campaign.cards.values()
            if wanted is None or (customer and card["holder_id"] == customer["id"])
        ]
        limit = int(request.query_params.get("limit", 10))
        body = {"object": "list", "data_ref": "vouchers", "vouchers": cards[:limit], "total": len(cards)}
        return JSONResponse(body)

    async def add_member(self, request: Request) -> Response:
        """`POST /v1/loyalties/{campaign}/members`."""
        customer = self.find_customer((await request.json())["customer"]["id"])
        if request.path_params["campaign"] not in {CAMPAIGN, _CAMPAIGN_ID} or customer is None:
            return refusal(404, "not_found")
        code = f"COFFEE-9{len(self.campaign.cards):03d}"
        self.campaign.tiers[code] = self.campaign.tier_names[0]
        return JSONResponse(self.campaign.issue(customer["id"], code))

    async def get_member(self, request: Request) -> Response:
        """`GET /v1/loyalties/members/{code}`."""
        card = self.campaign.cards.get(request.path_params["code"])
        return JSONResponse(card) if card else refusal(404, "voucher_not_found")

    async def list_tiers(self, request: Request) -> Response:
        """`GET /v1/loyalties/members/{code}/tiers`."""
        tier = self.campaign.tiers.get(request.path_params["code"])
        if tier is None:
            return refusal(404, "voucher_not_found")
        held = {
            "id": f"loy_tier_{self.campaign.tier_names.index(tier)}",
            "name": tier,
            "campaign_id": _CAMPAIGN_ID,
            "metadata": {},
            "created_at": self.campaign.now,
            "object": "loyalty_tier",
        }
        return JSONResponse({"object": "list", "data_ref": "data", "data": [held], "total": 1})

    async def list_transactions(self, request: Request) -> Response:
        """`GET /v1/loyalties/members/{code}/transactions`."""
        items = self.campaign.transactions.get(request.path_params["code"])
        if items is None:
            return refusal(404, "voucher_not_found")
        query = request.query_params
        since = query.get("filters[created_at][conditions][$after]", "")
        items = [item for item in items if item["created_at"] > since]
        ids = [item["id"] for item in items]
        after = query.get("starting_after_id")
        start = ids.index(after) + 1 if after in ids else 0
        limit = int(query.get("limit", 10))
        part = items[start : start + limit]
        more = len(items) > start + limit
        body = {"object": "list", "data_ref": "data", "data": part, "has_more": more}
        return JSONResponse({**body, "more_starting_after": part[-1]["id"]} if more else body)

    async def change_balance(self, request: Request) -> Response:
        """`POST /v1/loyalties/members/{code}/balance`: additive, and not de-duplicated by source_id."""
        code, body = request.path_params["code"], await request.json()
        if code not in self.campaign.cards:
            return refusal(404, "voucher_not_found")
        card, points = self.campaign.cards[code]["loyalty_card"], body["points"]
        if card["balance"] + points < 0:
            return refusal(400, "insufficient_loyalty_points")
        kind = "POINTS_ADDITION" if points > 0 else "POINTS_REMOVAL"
        self.campaign.change(code, points, kind, body.get("reason"), body.get("source_id"))
        related = {"type": "voucher", "id": self.campaign.cards[code]["id"]}
        answer = {"points": points, "total": card["points"], "balance": card["balance"], "type": "loyalty_card"}
        return JSONResponse({**answer, "object": "balance", "related_object": related, "operation_type": "MANUAL"})

    async def list_rewards(self, request: Request) -> Response:
        """`GET /v1/loyalties/members/{code}/rewards`."""
        card = self.campaign.cards.get(request.path_params["code"])
        if card is None:
            return refusal(404, "voucher_not_found")
        affordable = request.query_params.get("affordable_only") == "true"
        offered = [
            _offered(reward, self.campaign.now)
            for reward in self.campaign.rewards.values()
            if not affordable or reward["points"] <= card["loyalty_card"]["balance"]
        ]
        return JSONResponse({"object": "list", "data_ref": "data", "data": offered, "total": len(offered)})

    async def redeem(self, request: Request) -> Response:
        """`POST /v1/loyalties/members/{code}/redemption`."""
        card = self.campaign.cards.get(request.path_params["code"])
        reward = self.campaign.rewards.get((await request.json())["reward"]["id"])
        if card is None or reward is None:
            return refusal(404, "not_found")
        if reward["points"] > card["loyalty_card"]["balance"]:
            return refusal(400, "loyalty_card_points_exceeded")
        redemption = self._redemption(card, reward)
        self.campaign.redemptions[redemption["id"]] = redemption
        self.campaign.change(card["code"], -reward["points"], "POINTS_REDEMPTION", None)
        self.campaign.transactions[card["code"]][0]["details"]["redemption"] = {"id": redemption["id"]}
        return JSONResponse(redemption)

    def _redemption(self, card: dict[str, Any], reward: dict[str, Any]) -> dict[str, Any]:
        number = f"r_{len(self.campaign.redemptions) + 1:08d}"
        code = {"id": f"v_{number}", "code": f"CODE-{number[-4:]}", "expiration_date": _CODE_ENDS, "object": "voucher"}
        given = {key: reward[key] for key in ("id", "name", "object", "created_at", "updated_at", "parameters")}
        return {
            "id": number,
            "object": "redemption",
            "date": self.campaign.now,
            "customer_id": card["holder_id"],
            "amount": reward["points"],
            "result": "SUCCESS",
            "status": "SUCCEEDED",
            "related_object_type": "voucher",
            "related_object_id": card["id"],
            "voucher": card,
            "reward": {**given, **({"voucher": code} if reward["type"] == "CAMPAIGN" else {})},
            "loyalty_card": {"points": reward["points"]},
        }

    async def roll_back(self, request: Request) -> Response:
        """`POST /v1/redemptions/{id}/rollback`: once, with the points given back."""
        redemption = self.campaign.redemptions.get(request.path_params["redemption"])
        if redemption is None:
            return refusal(404, "resource_not_found")
        if redemption["status"] == "ROLLED_BACK":
            return refusal(400, "already_rolled_back")
        redemption["status"] = "ROLLED_BACK"
        reason, points = (await request.json()).get("reason"), redemption["amount"]
        self.campaign.change(redemption["voucher"]["code"], points, "POINTS_REFUND", reason)
        number = redemption["id"].replace("r_", "rr_")
        answer = {"id": number, "object": "redemption_rollback", "date": self.campaign.now, "amount": points}
        return JSONResponse({**answer, "redemption": redemption["id"], "result": "SUCCESS", "status": "SUCCEEDED"})


def _offered(reward: dict[str, Any], now: str) -> dict[str, Any]:
    assignment = {
        "id": f"rewa_{reward['id']}",
        "reward_id": reward["id"],
        "related_object_id": _CAMPAIGN_ID,
        "related_object_type": "campaign",
        "parameters": {"loyalty": {"points": reward["points"]}},
        "created_at": now,
        "updated_at": None,
        "object": "reward_assignment",
    }
    shown = {key: value for key, value in reward.items() if key != "points"}
    return {"reward": shown, "assignment": assignment, "object": "loyalty_reward"}


def loyalty_v1(seed: Seed, find_customer: FindCustomer) -> list[Route]:
    """The routes of a campaign with the company's members."""
    api = Api(Campaign(seed), find_customer)
    member = "/v1/loyalties/members/{code}"
    return [
        Route(member, api.get_member),
        Route(f"{member}/tiers", api.list_tiers),
        Route(f"{member}/transactions", api.list_transactions),
        Route(f"{member}/balance", api.change_balance, methods=["POST"]),
        Route(f"{member}/rewards", api.list_rewards),
        Route(f"{member}/redemption", api.redeem, methods=["POST"]),
        Route("/v1/redemptions/{redemption}/rollback", api.roll_back, methods=["POST"]),
        Route("/v1/loyalties/{campaign}/members", api.list_members),
        Route("/v1/loyalties/{campaign}/members", api.add_member, methods=["POST"]),
    ]
