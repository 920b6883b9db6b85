"""Which of a member's balances a change of points is about: Salesforce keeps two kinds apart."""

from collections.abc import Sequence

from trunkline_contracts.errors import AmbiguousError, InvalidArgumentError, UnsupportedError
from trunkline_contracts.results import Candidate
from trunkline_contracts.tools.loyalty import ChangePoints
from trunkline_salesforce import vendor_loyalty as vendor


def named(wallet: vendor.Wallet, wanted: str) -> bool:
    """Whether a caller's word names a balance: its currency's name or id."""
    name = wallet.loyalty_program_currency.name
    return wanted.casefold() == name.casefold() or wanted == wallet.loyalty_program_currency_id


def spent(wallets: Sequence[vendor.Wallet], currency: str | None) -> vendor.Wallet:
    """The balance that points are spent from: of the currency in the settings, else of the only or primary one."""
    spendable = [one for one in wallets if not one.loyalty_program_currency.is_qualifying]
    return _single([one for one in spendable if currency is None or named(one, currency)])


def meant(wallets: Sequence[vendor.Wallet], request: ChangePoints, currency: str | None) -> vendor.Wallet:
    """The balance that a request is about; raises an error where what it says does not fit together."""
    qualifying = request.counts_toward_tier
    if request.wallet is None:
        if not qualifying:
            return spent(wallets, currency)
        return _single([one for one in wallets if one.loyalty_program_currency.is_qualifying])
    chosen = next((one for one in wallets if named(one, request.wallet)), None)
    if chosen is None:
        names = ", ".join(one.loyalty_program_currency.name for one in wallets)
        raise InvalidArgumentError(f"The member has no such wallet; there are: {names or 'none'}.")
    if qualifying not in {None, chosen.loyalty_program_currency.is_qualifying}:
        counts = "counts" if chosen.loyalty_program_currency.is_qualifying else "does not count"
        raise InvalidArgumentError(f"The wallet {chosen.loyalty_program_currency.name} {counts} toward a tier.")
    return chosen


def _single(fitting: Sequence[vendor.Wallet]) -> vendor.Wallet:
    primary = [one for one in fitting if one.loyalty_program_currency.is_primary]
    if len(fitting) == 1 or len(primary) == 1:
        return (primary or fitting)[0]
    if not fitting:
        raise UnsupportedError("The member has no balance of this kind: the program keeps none.")
    raise AmbiguousError(
        "The member has several balances of this kind: name one in `wallet`.",
        candidates=[
            Candidate(id=one.loyalty_program_currency_id, label=one.loyalty_program_currency.name) for one in fitting
        ],
    )
