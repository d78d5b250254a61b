from marketplace.kit.errors import MarketplaceError


class Refused(MarketplaceError):
    """This was refused, and
    nothing was changed; try again.

    Not for readers: why it is so.
    """


def test_an_error_says_its_whole_first_paragraph_and_no_more():
    assert Refused().message == (
        "This was refused, and nothing was changed; try again."
    )


def test_a_given_message_is_said_instead():
    assert Refused("Only 5 are left.").message == "Only 5 are left."
