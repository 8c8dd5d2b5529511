import pytest
from cast import Site
from playwright.sync_api import BrowserContext, Page, expect


@pytest.fixture(autouse=True)
def _patience():
    expect.set_options(timeout=10_000)


class Person:
    """Somebody in front of a browser of their own."""

    def __init__(self, context: BrowserContext, site: Site, address: str = "") -> None:
        self.page: Page = context.new_page()
        self.site = site
        self.address = address
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._listen)

    def _listen(self, message) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.errors.append(message.text)

    def goto(self, path: str) -> None:
        self.page.goto(self.site.url + path)

    def fill(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label, exact=False).first
        field.fill(text)
        # As one who goes on to the next field: the communes offered meanwhile no longer cover it.
        field.blur()

    def press(self, name: str) -> None:
        """The button or the link of this name."""
        button = self.page.get_by_role("button", name=name, exact=True)
        link = self.page.get_by_role("link", name=name, exact=True)
        button.or_(link).first.click()

    def reads(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def does_not_read(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_have_count(0)

    def enter_code(self) -> None:
        field = self.page.get_by_label("Code reçu par e-mail")
        expect(field).to_be_visible()
        field.fill(self.site.code(self.address))
        self.press("Continuer")

    def sign_in(self) -> None:
        self.goto("/compte/connexion/")
        self.fill("Adresse e-mail", self.address)
        self.page.locator("main form button").first.click()
        self.enter_code()


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def javascript(request) -> bool:
    return request.param


@pytest.fixture
def person(new_context, site, javascript):
    """`person("claire@exemple.fr")`: a phone of their own, with or without JavaScript; no script may fail."""
    people = []

    def appear(address: str = "") -> Person:
        context = new_context(viewport={"width": 360, "height": 740}, java_script_enabled=javascript, has_touch=True)
        people.append(Person(context, site, address))
        return people[-1]

    yield appear
    for somebody in people:
        assert not somebody.errors, somebody.errors
