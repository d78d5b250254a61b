import pytest
import stripe

from tests.marketplace.sandbox import client as hands

INCLUDE = {"include": ["configuration.recipient", "requirements"]}
LINK = {
    "type": "account_onboarding",
    "account_onboarding": {
        "refresh_url": "https://shop.test/again",
        "return_url": "https://shop.test/back",
    },
}


def state_of(world, account):
    found = world.v2.core.accounts.retrieve(account, INCLUDE)
    capabilities = found.configuration.recipient.capabilities.stripe_balance
    due = [entry.description for entry in found.requirements.entries]
    return capabilities.stripe_transfers.status, capabilities.payouts.status, due


def link_of(world, account):
    params = {"account": account, "use_case": LINK}
    return world.v2.core.account_links.create(params)


def visit_of(world, url):
    page = hands.get(world.sandbox, url)
    assert page.status == 200
    return page.text.split('name="visit" value="')[1].split('"')[0]


def thin_types(world):
    pending = world.control("GET", "pending")["deliveries"]
    return [one["type"] for one in pending if one["endpoint"] == "v2"]


def test_new_account_receives_nothing_yet(world):
    account = world.v2.core.accounts.create(hands.account_params())

    assert account.id.startswith("acct_1")
    assert account.applied_configurations == ["recipient"]
    assert state_of(world, account.id) == (
        "restricted",
        "restricted",
        [
            "identity.individual.given_name",
            "identity.individual.date_of_birth",
            "configuration.recipient.default_outbound_destination",
        ],
    )


def test_parts_not_asked_for_are_null(world):
    account = world.account()

    found = world.v2.core.accounts.retrieve(account)

    parts = (found.configuration, found.requirements, found.identity, found.defaults)
    assert parts == (None, None, None, None)


@pytest.mark.parametrize(
    ("outcome", "status", "due"),
    [
        ("complete", "active", []),
        (
            "incomplete",
            "restricted",
            ["configuration.recipient.default_outbound_destination"],
        ),
        ("restrict", "active", []),
    ],
)
def test_outcomes_of_onboarding(world, outcome, status, due):
    account = world.account(outcome=outcome)

    assert state_of(world, account) == (status, status, due)


def test_restrict_later_takes_effect_after_a_virtual_day(world):
    account = world.account(outcome="restrict")
    world.advance(86_399)
    assert state_of(world, account)[0] == "active"

    world.advance(1)

    assert state_of(world, account) == (
        "restricted",
        "restricted",
        ["identity.document"],
    )


def test_active_account_is_restricted_at_once(world):
    account = world.account()

    world.control("POST", f"accounts/{account}/onboard", outcome="restrict")

    assert state_of(world, account)[0] == "restricted"


def test_onboarding_tells_by_thin_events(world):
    world.account()

    assert thin_types(world) == [
        "v2.core.account.created",
        "v2.core.account[requirements].updated",
        "v2.core.account[configuration.recipient].capability_status_updated",
        "v2.core.account[configuration.recipient].capability_status_updated",
    ]


def test_link_leads_through_the_page_and_back(world):
    account = world.account(outcome=None)
    link = link_of(world, account)
    assert link.url.startswith(f"http://sandbox.test/setup/{account}/")
    visit = visit_of(world, link.url)

    answer = hands.submit(world.sandbox, link.url, visit=visit, outcome="complete")

    assert (answer.status, answer.location) == (303, "https://shop.test/back")
    assert state_of(world, account)[0] == "active"
    assert thin_types(world)[-1] == "v2.core.account_link.returned"


def test_link_works_for_one_visit(world):
    account = world.account(outcome=None)
    link = link_of(world, account)
    visit_of(world, link.url)

    again = hands.get(world.sandbox, link.url)

    assert (again.status, again.location) == (303, "https://shop.test/again")


def test_button_works_once_and_only_for_who_saw_the_page(world):
    account = world.account(outcome=None)
    link = link_of(world, account)

    blind = hands.submit(world.sandbox, link.url, visit="", outcome="complete")
    assert blind.location == "https://shop.test/again"
    assert state_of(world, account)[0] == "restricted"

    visit = visit_of(world, link.url)
    hands.submit(world.sandbox, link.url, visit=visit, outcome="incomplete")
    again = hands.submit(world.sandbox, link.url, visit=visit, outcome="complete")
    assert again.location == "https://shop.test/again"
    assert state_of(world, account)[0] == "restricted"


def test_link_ends_after_five_minutes(world):
    link = link_of(world, world.account(outcome=None))
    world.advance(300)

    answer = hands.get(world.sandbox, link.url)

    assert answer.location == "https://shop.test/again"


def test_link_of_another_account_is_not_there(world):
    link = link_of(world, world.account(outcome=None))
    other = world.account(outcome=None)
    stolen = f"http://sandbox.test/setup/{other}/{link.url.rsplit('/', 1)[1]}"

    assert hands.get(world.sandbox, stolen).status == 404


def without(name):
    params = hands.account_params()
    *path, last = name.split(".")
    part = params
    for step in path:
        part = part[step]
    del part[last]
    return params


@pytest.mark.parametrize(
    "name",
    [
        "contact_email",
        "identity.country",
        "defaults.responsibilities",
        "defaults.responsibilities.losses_collector",
    ],
)
def test_what_a_recipient_needs(world, name):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.v2.core.accounts.create(without(name))

    assert refusal.value.code == "parameter_missing"
    assert name in str(refusal.value)


def test_platform_must_carry_the_losses(world):
    responsibilities = {"fees_collector": "application", "losses_collector": "stripe"}
    params = hands.account_params(defaults={"responsibilities": responsibilities})

    with pytest.raises(stripe.InvalidRequestError, match="losses_collector"):
        world.v2.core.accounts.create(params)


def test_other_configurations_are_refused(world):
    configuration = {**hands.account_params()["configuration"], "merchant": {}}

    with pytest.raises(stripe.InvalidRequestError, match="does not offer"):
        world.account(configuration=configuration)


def test_name_email_and_metadata_can_change(world):
    account = world.account(metadata={"a": "1", "b": "2"})

    world.v2.core.accounts.update(
        account,
        {
            "display_name": "New",
            "contact_email": "new@example.com",
            "metadata": {"a": ""},
        },
    )

    found = world.v2.core.accounts.retrieve(account)
    assert (found.display_name, found.contact_email) == ("New", "new@example.com")
    assert found.metadata.to_dict() == {"b": "2"}


def test_missing_account_is_404(world):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.v2.core.accounts.retrieve("acct_none")

    assert refusal.value.http_status == 404


def thin_events(world, party):
    found = world.control("GET", "pending")["deliveries"]
    return [one["type"] for one in found if party in one["body"]]


def recipient_of(world, party):
    account = world.v2.core.accounts.retrieve(
        party, {"include": ["configuration.recipient", "requirements"]}
    )
    balance = account.configuration.recipient.capabilities.stripe_balance
    return balance.stripe_transfers.status, balance.payouts.status


def test_bank_account_comes_with_onboarding(world):
    party = world.account(outcome="incomplete")
    assert world.v1.accounts.external_accounts.list(party).data == []

    world.control("POST", f"accounts/{party}/onboard", outcome="complete")

    (bank,) = world.v1.accounts.external_accounts.list(party).data
    assert (bank.country, bank.currency, bank.status) == ("SE", "sek", "new")
    assert "account.external_account.created" in thin_events(world, party)


def test_restriction_by_a_button_takes_the_capabilities_until_it_is_lifted(world):
    party = world.account()

    world.control("POST", f"accounts/{party}/restrict")
    assert recipient_of(world, party) == ("restricted", "restricted")
    world.control("POST", f"accounts/{party}/unrestrict")

    assert recipient_of(world, party) == ("active", "active")
    assert thin_events(world, party)[-3:] == [
        "v2.core.account[requirements].updated",
        "v2.core.account[configuration.recipient].capability_status_updated",
        "v2.core.account[configuration.recipient].capability_status_updated",
    ]


def test_payouts_alone_can_be_held(world):
    party = world.account()

    world.control("POST", f"accounts/{party}/restrict", payouts_only=True)

    assert recipient_of(world, party) == ("active", "restricted")
    params = {"amount": 100, "currency": "eur", "destination": party}
    assert world.v1.transfers.create(params).amount == 100
    world.control("POST", f"accounts/{party}/unrestrict")
    assert recipient_of(world, party) == ("active", "active")


def test_account_with_a_balance_cannot_be_closed_by_the_platform(world):
    party = world.account()
    params = {"amount": 100, "currency": "eur", "destination": party}
    transfer = world.v1.transfers.create(params)

    with pytest.raises(stripe.InvalidRequestError, match="with a balance"):
        world.v2.core.accounts.close(party)
    world.v1.transfers.reversals.create(transfer.id)

    assert world.v2.core.accounts.close(party).closed is True
    assert thin_events(world, party)[-1] == "v2.core.account.closed"


def test_closed_account_takes_and_gives_nothing(world):
    party = world.account()
    params = {"amount": 100, "currency": "eur", "destination": party}
    world.v1.transfers.create(params)

    world.control("POST", f"accounts/{party}/close")

    assert world.v2.core.accounts.retrieve(party).closed is True
    calls = (
        lambda: world.v1.transfers.create(params),
        lambda: world.v1.payouts.create(
            {"amount": 100, "currency": "eur"}, {"stripe_account": party}
        ),
        lambda: world.v1.accounts.login_links.create(party),
        lambda: world.v2.core.accounts.close(party),
    )
    for call in calls:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            call()
        assert refusal.value.code == "account_closed"
    world.advance(5 * 86_400)
    assert world.balance(account=party) == (100, 0)


def test_login_link_leads_to_the_express_page_of_an_onboarded_account(world):
    party = world.account()

    link = world.v1.accounts.login_links.create(party)

    assert link.url == f"{hands.BASE}/express/{party}"
    with pytest.raises(stripe.InvalidRequestError, match="completed"):
        world.v1.accounts.login_links.create(world.account(outcome="incomplete"))


def test_account_session_turns_on_what_was_asked_for(world):
    party = world.account()
    components = {
        "payouts": {"enabled": True},
        "notification_banner": {"enabled": True},
    }

    made = world.v1.account_sessions.create(
        {"account": party, "components": components}
    )

    assert (made.account, made.expires_at) == (party, world.now + 3_600)
    assert made.client_secret.startswith("accs_secret__")
    assert made.components.payouts.enabled is True
    assert made.components.payouts.features.instant_payouts is False
    assert made.components.balances.enabled is False
    with pytest.raises(stripe.InvalidRequestError, match="At least one"):
        world.v1.account_sessions.create(
            {"account": party, "components": {"payouts": {"enabled": False}}}
        )
