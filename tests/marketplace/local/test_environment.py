import pytest

from marketplace.local import environment
from marketplace.local.console import RunError

STRIPE = {
    "STRIPE_SECRET_KEY": "sk_test_real",
    "STRIPE_WEBHOOK_SECRET_PLATFORM": "whsec_a",
    "STRIPE_WEBHOOK_SECRET_CONNECT": "whsec_b",
    "STRIPE_WEBHOOK_SECRET_V2": "whsec_c",
}


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch):
    for name in (*STRIPE, "PLATFORM_COUNTRY"):
        monkeypatch.delenv(name, raising=False)


def test_sandbox_stands_in_until_a_key_of_stripe_is_given(monkeypatch):
    assert environment.uses_sandbox()

    for name, value in STRIPE.items():
        monkeypatch.setenv(name, value)
    assert not environment.uses_sandbox()


def test_key_of_stripe_without_its_webhook_secrets_names_what_is_missing(monkeypatch):
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_real")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET_CONNECT", "whsec_b")

    with pytest.raises(RunError) as refused:
        environment.uses_sandbox()

    assert str(refused.value) == (
        "STRIPE_SECRET_KEY is set, so these must be set too: "
        "STRIPE_WEBHOOK_SECRET_PLATFORM, STRIPE_WEBHOOK_SECRET_V2."
    )


def test_country_is_sweden_unless_named(monkeypatch):
    assert environment.country() == "SE"

    monkeypatch.setenv("PLATFORM_COUNTRY", "JP")
    assert environment.country() == "JP"


@pytest.mark.parametrize("code", ["jp", "Japan", "../x"])
def test_country_that_is_no_code_is_refused(monkeypatch, code):
    monkeypatch.setenv("PLATFORM_COUNTRY", code)

    with pytest.raises(RunError, match="PLATFORM_COUNTRY"):
        environment.country()


def test_own_database_meets_no_settings_of_another_platform():
    assert environment.without_platform(
        {
            **STRIPE,
            "DATABASE_URL": "postgres://real",
            "REDIS_URL": "redis://real",
            "PLATFORM_COUNTRY": "JP",
            "SANDBOX_STATE": "/somewhere",
            "PATH": "/usr/bin",
        }
    ) == {"PATH": "/usr/bin"}


def test_the_demo_lets_small_runs_wait_for_a_second_person_unless_told(monkeypatch):
    monkeypatch.delenv("PAYOUT_APPROVAL_LIMITS", raising=False)
    assert environment.demo()["PAYOUT_APPROVAL_LIMITS"].startswith("SEK=100000;")
    monkeypatch.setenv("PAYOUT_APPROVAL_LIMITS", "SEK=5")
    assert environment.demo() == {"PAYOUT_APPROVAL_LIMITS": "SEK=5"}


def test_sandbox_and_platform_share_key_and_webhook_secrets(tmp_path):
    secrets = {
        "sandbox_key": "sk_test_sandbox_1",
        "webhook_platform": "whsec_1",
        "webhook_connect": "whsec_2",
        "webhook_v2": "whsec_3",
    }

    shared = environment.sandbox(folder=tmp_path, secrets=secrets)

    assert shared["STRIPE_SECRET_KEY"] == shared["SANDBOX_SECRET_KEY"]
    for name in ("PLATFORM", "CONNECT", "V2"):
        assert (
            shared[f"STRIPE_WEBHOOK_SECRET_{name}"]
            == shared[f"SANDBOX_WEBHOOK_SECRET_{name}"]
        )
    assert len({shared[f"STRIPE_WEBHOOK_SECRET_{n}"] for n in ("CONNECT", "V2")}) == 2
