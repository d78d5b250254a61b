"""What a buyer's hand does, counted: each press, and each field he is shown."""

# A field is what one may have to type in or choose from; a size is a press.
FIELDS = (
    "input:not([type=hidden]):not([type=radio]):not([type=checkbox]):not([readonly])"
    ":visible, select:visible, textarea:visible"
)


class Hand:
    """Presses and types on a page as a person does, and counts it."""

    def __init__(self, page, *, has_touch):
        self.page = page
        self.has_touch = has_touch
        self.taps = 0
        self.fields = 0

    def tap(self, found):
        """Press what was found, once."""
        self.taps += 1
        if self.has_touch:
            found.tap()
        else:
            found.click()

    def press(self, words, *, within=None, exact=False):
        """Press the button with these words."""
        place = within or self.page
        found = place.get_by_role("button", name=words, exact=exact)
        self.tap(found.locator("visible=true").first)

    def follow(self, words, *, exact=False):
        """Press the link with these words."""
        found = self.page.get_by_role("link", name=words, exact=exact)
        self.tap(found.locator("visible=true").first)

    def choose(self, words):
        """Press the size, colour or way with these words."""
        radio = self.page.get_by_role("radio", name=words, exact=True)
        radio.wait_for(state="attached")
        self.tap(radio.locator("xpath=.."))

    def look(self, within="main"):
        """Count the fields that are shown here; each is counted on each page."""
        self.fields += self.page.locator(within).locator(FIELDS).count()

    def write(self, **typed):
        """Type into the fields of these names."""
        for name, text in typed.items():
            self.page.locator(f"[name={name}]").locator("visible=true").fill(text)
