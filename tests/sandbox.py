"""The Stripe of the test run: a sandbox in this process and in memory, delivering
nothing by itself. `gateway.sandbox_control` reaches its control plane.
"""

import functools

from marketplace.sandbox import Sandbox, config


@functools.cache
def sandbox(country: str = "") -> Sandbox:
    """Give this process's sandbox of a platform's country, made when first needed."""
    return make(country)


def make(country: str = "") -> Sandbox:
    """Make a sandbox in memory whose notices this platform believes."""
    chosen = config.from_environment()
    return Sandbox(
        ":memory:",
        secrets=chosen.secrets,
        country=country or chosen.country,
        secret_key=chosen.secret_key,
        # What a party was sent stays there unless the test pays it out.
        party_payouts="manual",
    )


def application(environ, start_response):
    """Answer one request as the WSGI callable."""
    return sandbox().wsgi(environ, start_response)


def japanese(environ, start_response):
    """The same, for a platform in Japan."""
    return sandbox("JP").wsgi(environ, start_response)
