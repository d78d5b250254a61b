import pytest

from marketplace.sandbox import Sandbox, config


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "SANDBOX_SECRET_KEY"])
@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
def test_a_live_key_refuses_to_start(name, key):
    with pytest.raises(config.BadConfiguration, match=f"{name} is a live key"):
        config.from_environment({name: key})


def test_a_key_of_real_test_mode_refuses_to_start():
    with pytest.raises(config.BadConfiguration, match="sk_test_sandbox"):
        Sandbox(secret_key="sk_test_51ABC")


def test_an_empty_webhook_secret_refuses_to_start():
    with pytest.raises(config.BadConfiguration, match="endpoint v2 is empty"):
        Sandbox(secrets={"platform": "a", "connect": "b", "v2": ""})


def test_a_country_is_two_letters():
    with pytest.raises(config.BadConfiguration, match="PLATFORM_COUNTRY"):
        config.from_environment({"PLATFORM_COUNTRY": "Japan"})


def test_secrets_come_from_the_sandbox_or_the_platform_variables():
    chosen = config.from_environment(
        {
            "SANDBOX_WEBHOOK_SECRET_PLATFORM": "whsec_a",
            "STRIPE_WEBHOOK_SECRET_PLATFORM": "whsec_b",
            "STRIPE_WEBHOOK_SECRET_V2": "whsec_c",
        }
    )

    assert chosen.secrets == {
        "platform": "whsec_a",
        "connect": "whsec_sandbox_connect",
        "v2": "whsec_c",
    }


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [("SE", "NL", True), ("SE", "jp", False), ("JP", "JP", True), ("US", "CA", False)],
)
def test_regions(one, other, together):
    assert (config.region_of(one) == config.region_of(other)) is together


def test_party_payouts_are_daily_or_manual():
    assert config.from_environment({}).party_payouts == "daily"
    chosen = config.from_environment({"SANDBOX_PARTY_PAYOUTS": "manual"})
    assert chosen.party_payouts == "manual"
    with pytest.raises(config.BadConfiguration, match="SANDBOX_PARTY_PAYOUTS"):
        config.from_environment({"SANDBOX_PARTY_PAYOUTS": "hourly"})
