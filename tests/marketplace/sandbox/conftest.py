import pytest

from marketplace.sandbox import Sandbox
from tests.marketplace.sandbox import client as hands

NOW = 1_800_000_000


class World:
    """One sandbox in memory with a clock that stands still, and who uses it."""

    def __init__(self, **settings):
        self.sandbox = Sandbox(real_time=lambda: NOW, **settings)
        self.client = hands.client_of(self.sandbox)

    @property
    def v1(self):
        return self.client.v1

    @property
    def v2(self):
        return self.client.v2

    @property
    def now(self):
        return self.sandbox.clock.now()

    def control(self, method, path, **asked):
        return hands.control(self.sandbox, method, path, **asked)

    def session(self, key=None, **more):
        options = {"idempotency_key": key} if key else {}
        params = hands.session_params(self.now, **more)
        return self.v1.checkout.sessions.create(params, options)

    def pay(self, session, number="4242424242424242"):
        card = {**hands.CARD, "card_number": number}
        return hands.submit(self.sandbox, session.url, **card)

    def paid(self, **more):
        """Return the charge of a session that was paid."""
        session = self.session(**more)
        assert self.pay(session).status == 303
        session = self.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["payment_intent.latest_charge"]}
        )
        return session.payment_intent.latest_charge

    def account(self, *, outcome="complete", **more):
        account = self.v2.core.accounts.create(hands.account_params(**more))
        if outcome:
            path = f"accounts/{account.id}/onboard"
            self.control("POST", path, outcome=outcome)
        return account.id

    def advance(self, seconds):
        return self.control("POST", "clock/advance", seconds=seconds)

    def journal(self):
        return self.control("GET", "journal")["lines"]

    def outcomes(self, path):
        return [line["outcome"] for line in self.journal() if line["path"] == path]

    def balance(self, currency="eur", account=None):
        options = {"stripe_account": account} if account else {}
        balance = self.v1.balance.retrieve({}, options)
        return tuple(
            sum(part.amount for part in parts if part.currency == currency)
            for parts in (balance.available, balance.pending)
        )


@pytest.fixture
def world():
    made = World()
    yield made
    made.sandbox.close()


@pytest.fixture
def make_world():
    made = []

    def make(**settings):
        made.append(World(**settings))
        return made[-1]

    yield make
    for one in made:
        one.sandbox.close()
