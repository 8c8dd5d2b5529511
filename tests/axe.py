"""Pages read by axe (WCAG 2.2 AA, best practices), light and dark, on a phone and a desktop."""

from weakref import WeakSet

from axe_playwright_python.sync_playwright import Axe
from cast import client_of
from playwright.sync_api import Page

AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"],
    # What passes is most of a page: saying it takes longer than finding it.
    "resultTypes": ["violations"],
}
#: What the dark may spoil: the rest of the page is the same.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
#: Every page has the same, below the same bar: read once for each browser, and the sheet that they share with them.
SHARED = {"exclude": [".site-header", ".site-footer"]}
#: What fades has faded; what never ends, or was put away meanwhile, is not waited for.
READ = """async ([context, options]) => {
    await Promise.race([
        Promise.allSettled(document.getAnimations().map(each => each.finished)),
        new Promise(resolve => setTimeout(resolve, 1000)),
    ]);
    return (await axe.run(context ?? document, options)).violations;
}"""
#: Browsers in which head, foot and sheet were read.
_acquainted: WeakSet[Page] = WeakSet()


def browse(new_context, site, member, **options):
    context = new_context(reduced_motion="reduce", **options)
    if member is not None:
        session = client_of(member).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    return context.new_page()


def complaints(page: Page, path: str) -> list[str]:
    """What axe says of the page, loaded once: on a phone and on a desktop, in the light; then its colours in the dark.

    And whether something sticks out of 320 pixels. What fades from one state to the next is waited for.
    """
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 800})
    found = []
    if page.evaluate("document.documentElement.scrollWidth") > 320:
        found.append(f"{path} is wider than 320 pixels")
    page.evaluate(Axe().axe_script)
    is_first = page not in _acquainted
    for scheme, wanted in (("light", AXE), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            context, options = (None, wanted) if is_first else (SHARED, wanted | {"preload": False})
            for rule in page.evaluate(READ, [context, options]):
                nodes = rule["nodes"]
                found += [f"{path} at {width}, {scheme}: {rule['id']}: {node['html'][:160]}" for node in nodes]
    _acquainted.add(page)
    return found
