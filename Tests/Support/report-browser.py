#!/usr/bin/env python3
"""Looks at an HTML report in Debian's Chromium, and says what is right and what is WRONG.

usage: report-browser.py [--picture PNG] [--load] PAGE [FOLDER]

  FOLDER         gets the pictures light.png, dark.png, phone.png and print.pdf, and of what is opened
  --picture PNG  writes the upper part of the page as a small picture, for README
  --load         measures loading and scrolling instead, and prints the figures as JSON

Wants playwright (and, for the picture, Pillow) from PyPI, and chromium from Debian.
"""
import argparse
import io
import json
import os
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
# The listener is not the page's own, so that the page's policy has no say in it.
LISTENER = "window.violations = []; document.addEventListener('securitypolicyviolation', " \
           "event => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));"


class Judge:
    """What was found."""

    def __init__(self):
        self.is_wrong = False

    def expect(self, what, is_right, detail=""):
        self.is_wrong |= not is_right
        print(f"ok {what}" if is_right else f"WRONG {what}: {detail}")


def look(browser, path, judge, scheme="light", width=1280, height=900):
    """Opens the page, and judges what it asked for and complained of."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height},
                                  device_scale_factor=2 if width < 500 else 1)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(LISTENER)
    page.goto(path.as_uri())
    name = f"{scheme}, {width} pixels wide"
    judge.expect(f"{name}: the console is empty", not said, said)
    judge.expect(f"{name}: nothing is requested but the page", asked == [path.as_uri()], asked)
    found = page.evaluate("window.violations")
    judge.expect(f"{name}: nothing violates the policy", not found, found)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    judge.expect(f"{name}: nothing reaches over the edge", wide <= 0, f"{wide} pixels")
    return page


def nodes(page):
    """The accessibility tree as (role, name, description)."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [(node["role"]["value"], node.get("name", {}).get("value", ""),
             node.get("description", {}).get("value", "")) for node in tree if not node.get("ignored")]


def judge_tree(page, judge):
    # Rows that are far away are not laid out before somebody looks; what assistive programs get is asked for all.
    tree = nodes(page)
    roles = [role for role, _, _ in tree]
    source = page.content()
    has_tenants = 'id="tenants"' in source
    tables = 2 if has_tenants else 1
    rows = len(page.query_selector_all("tbody tr"))
    judge.expect("the tree has the table", roles.count("table") == tables
                 and roles.count("columnheader") == (15 if has_tenants else 6), roles[:50])
    judge.expect(f"the tree has its {rows} rows", roles.count("row") == rows + tables, roles.count("row"))
    judge.expect("each row has its header", roles.count("rowheader") == rows, roles.count("rowheader"))
    judge.expect("each row of a connection can be opened", sum(
        name.endswith("details and history") for role, name, _ in tree if role == "DisclosureTriangle")
        == len(page.query_selector_all("#connections tbody tr")))
    pictures = [node for node in tree if node[0] in ("image", "img")]
    has_timeline = 'id="timeline"' in source
    if has_timeline:
        judge.expect("the tree has the timeline once, with its text", len(pictures) == 1
                     and "ifetime" in pictures[0][1] and "today is" in pictures[0][2], pictures)
    judge.expect("the headings are in order", [name for role, name, _ in tree if role == "heading"][1:] == [
        "What needs action now", *(["Timeline"] if has_timeline else []), "Ahead, if nobody does anything",
        "Connections", *(["Observed tenants"] if has_tenants else []), "Legend"])


def judge_texts(page, judge):
    """Whether anything of the content became markup."""
    found = page.evaluate("""() => ({
      elements: [...document.querySelectorAll('script,iframe,img,object,embed,link,form,base')].map(e => e.outerHTML),
      attributes: [...document.querySelectorAll('*')].flatMap(e => [...e.attributes])
        .filter(a => a.name.startsWith('on') || a.name === 'style' || /javascript:/i.test(a.value)).map(a => a.name)
    })""")
    judge.expect("no text became an element", not found["elements"], found["elements"])
    judge.expect("no text became an attribute", not found["attributes"], found["attributes"])


def shoot(browser, path, folder, judge):
    folder.mkdir(parents=True, exist_ok=True)
    for name, scheme, width in (("light", "light", 1280), ("dark", "dark", 1280), ("phone", "light", 390)):
        page = look(browser, path, judge, scheme, width, 844 if width < 500 else 900)
        if name == "light":
            judge_tree(page, judge)
            judge_texts(page, judge)
        page.screenshot(path=folder / f"{name}.png", full_page=page.evaluate("document.body.scrollHeight") < 12000)
        page.evaluate("[...document.querySelectorAll('tr details')].slice(0, 3).forEach(row => row.open = true)")
        row = page.query_selector("tr details[open]")
        if row:
            row.scroll_into_view_if_needed()
            page.screenshot(path=folder / f"{name}-open.png")
            judge.expect(f"{name}: a row opens", row.query_selector("dl").is_visible())
        if name == "light":
            page.reload()
            page.pdf(path=folder / "print.pdf", format="A4", prefer_css_page_size=True)
            judge.expect("it prints", (folder / "print.pdf").stat().st_size > 5_000)
        page.context.close()


def picture(browser, path, target, judge):
    """The upper part of the page, with few colours: what stands in README."""
    from PIL import Image
    page = look(browser, path, judge, "light", 1120, 1180)
    # The timeline's end is where the picture ends.
    box = page.query_selector("#timeline").bounding_box()
    data = page.screenshot(clip={"x": 0, "y": 0, "width": 1120, "height": box["y"] + box["height"] + 16},
                           full_page=True)
    image = Image.open(io.BytesIO(data)).convert("RGB").quantize(
        256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    image.save(target, optimize=True)
    judge.expect("the picture is small", os.path.getsize(target) < 150_000, os.path.getsize(target))


def load(browser, path):
    """How long the page takes to be there, and how evenly it scrolls."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script("""
      window.long = []; window.shifts = 0;
      new PerformanceObserver(list => list.getEntries().forEach(e => window.long.push(e.duration)))
        .observe({type: 'longtask', buffered: true});""")
    started = time.perf_counter()
    page.goto(path.as_uri())
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shown = time.perf_counter() - started
    figures = page.evaluate("""() => {
      const paint = performance.getEntriesByName('first-contentful-paint')[0];
      const page = performance.getEntriesByType('navigation')[0];
      const long = window.long; window.long = [];
      return {paint: paint ? paint.startTime : null, loaded: page.loadEventEnd, long};
    }""")
    # A quick reader: a screen of rows in every tenth of a second, from the top to the end.
    scrolled = page.evaluate("""() => new Promise(done => {
      const frames = []; let last = performance.now(); const from = last;
      const step = now => {
        frames.push(now - last); last = now;
        window.scrollBy(0, 150);
        const atEnd = window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 2;
        if (atEnd || now - from > 10000) done({frames: frames.slice(1), long: window.long}); else requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    })""")
    frames = sorted(scrolled["frames"])
    print(json.dumps({
        "bytes": path.stat().st_size, "shown_ms": round(shown * 1000), "first_paint_ms": round(figures["paint"] or 0),
        "loaded_ms": round(figures["loaded"]), "long_tasks_loading_ms": [round(each) for each in figures["long"]],
        "frames": len(frames), "frame_median_ms": round(frames[len(frames) // 2], 1),
        "frame_99_percent_ms": round(frames[int(len(frames) * 0.99)], 1), "frame_worst_ms": round(frames[-1], 1),
        "long_tasks_scrolling_ms": [round(each) for each in scrolled["long"]]}))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--picture")
    parser.add_argument("--load", action="store_true")
    parser.add_argument("page")
    parser.add_argument("folder", nargs="?")
    options = parser.parse_args()
    path = Path(options.page).resolve()
    judge = Judge()
    with sync_playwright() as play:
        # Its own sandbox can't be had by root; the page is ours, and loads nothing.
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        if options.load:
            load(browser, path)
        if options.folder:
            shoot(browser, path, Path(options.folder), judge)
        if options.picture:
            picture(browser, path, options.picture, judge)
        browser.close()
    sys.exit(judge.is_wrong)


if __name__ == "__main__":
    main()
