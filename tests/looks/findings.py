"""What a browser finds on a page: measured once a visit, asserted by many tests."""

import gzip
from dataclasses import dataclass, field
from typing import Any

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")
# What may be pressed to go on, and so is as large as a thumb.
PRIMARY = ".btn:not(.btn-small), .tabbar a, .pay-bar button, .iconbtn, input.input, select, textarea"
WIDE = """() => {
  const page = document.documentElement;
  const found = [];
  if (page.scrollWidth > page.clientWidth) {
    for (const one of document.querySelectorAll("body *")) {
      const box = one.getBoundingClientRect();
      if (box.width && box.right > page.clientWidth + 1
          && !one.closest(".rail, .scroll-x, .vh, pre, [data-scrolls]"))
        found.push(one.tagName + "." + one.className + " " + Math.round(box.right));
    }
    return ["page " + page.scrollWidth, ...found.slice(-4)];
  }
  for (const one of document.querySelectorAll("button, .btn, .pill, .chip, h1, h2, dd")) {
    if (!one.clientWidth || !one.checkVisibility() || one.closest(".vh, .clip-1, .clip-2"))
      continue;
    const words = document.createRange();
    words.selectNodeContents(one);
    if (words.getBoundingClientRect().right > one.getBoundingClientRect().right + 1
        && !one.querySelector(".vh, svg, details, .link-tap"))
      found.push(one.tagName + "." + one.className + " clips " + one.innerText);
  }
  return found;
}"""
SMALL = """selector => {
  const found = [];
  for (const one of document.querySelectorAll(selector)) {
    const box = one.getBoundingClientRect();
    if (!box.width || !one.checkVisibility({checkVisibilityCSS: true}) || one.closest(".vh, [inert]")
        || one.matches(":disabled, [type=hidden], .vh")) continue;
    one.scrollIntoView({block: "center"});
    const now = one.getBoundingClientRect();
    const x = now.left + now.width / 2, y = now.top + now.height / 2;
    const reach = side => {
      const hit = document.elementFromPoint(x, y + side * 21);
      return hit && (one.contains(hit) || hit.contains(one) && hit.tagName === "LABEL");
    };
    if (now.height < 43.5 && !(reach(-1) && reach(1)))
      found.push(one.tagName + "." + one.className + " " + Math.round(now.height)
        + " " + (one.innerText || one.name || "").slice(0, 30));
  }
  scrollTo(0, 0);
  return found;
}"""
SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => {
  for (const one of list.getEntries())
    if (!one.hadRecentInput)
      window.shifts.push([one.value, one.sources.map(s => s.node && s.node.nodeName
        + "." + (s.node.className || "")).join(" ")]);
}).observe({type: "layout-shift", buffered: true});
"""
SCROLL = """async () => {
  const rest = () => new Promise(done => requestAnimationFrame(
    () => requestAnimationFrame(done)));
  await document.fonts.ready;
  await rest();
  for (let y = 0; y < document.documentElement.scrollHeight && y < 6000; y += 500) {
    scrollTo(0, y);
    await rest();
  }
  await Promise.all([...document.images].filter(one => !one.complete && one.src
    && one.getBoundingClientRect().top < innerHeight).map(
    one => new Promise(done => { one.onload = one.onerror = done; })));
  await rest();
  scrollTo(0, 0);
  return window.shifts;
}"""
IMAGE = """() => {
  const one = document.querySelector("dialog[open] img, main img");
  return one && {
    src: one.currentSrc,
    boxed: one.hasAttribute("width") && one.hasAttribute("height"),
    lazy: one.loading === "lazy",
  };
}"""


@dataclass(slots=True)
class Weighed:
    """What one page loaded, compressed bytes."""

    html: int = 0
    css: int = 0
    js: int = 0
    fonts: int = 0
    first_image: int = 0
    image: dict[str, Any] | None = None
    elsewhere: list[str] = field(default_factory=list)
    shifts: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Looked:
    """What was found in one state on a phone; `weight` of a public one."""

    light: list[str] = field(default_factory=list)
    dark: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    small: list[str] = field(default_factory=list)
    weight: Weighed | None = None


def axe(page: Any, *, only: str = "") -> list[str]:
    """Give the grave faults that axe finds, each with where it is; its script is in the
    page already.
    """
    chosen = (
        {"type": "rule", "values": [only]} if only else {"type": "tag", "values": RULES}
    )
    found = page.evaluate(
        "options => axe.run(options).then(one => one.violations)",
        {"runOnly": chosen, "resultTypes": ["violations"]},
    )
    return [
        f"{one['id']} {node['target']} {node['html'][:160]} {_why(node)}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def _why(node: Any) -> str:
    said = [one["message"] for one in (*node["any"], *node["all"], *node["none"])]
    return "; ".join(said)[:240]


def packed(body: bytes) -> int:
    """How many bytes travel, compressed as a server would."""
    return len(gzip.compress(body, 6))
