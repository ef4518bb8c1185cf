#!/usr/bin/env python3
"""Opens a page in a headless Chromium as its readers would, and says what is wrong with it.

    look_at_page.py PAGE.html [--shots FOLDER]

At the width of a desk and of a telephone, in the light and in the dark, closed and with everything unfolded, and on
paper: nothing may be wider than the page, every character needs a glyph, every text a contrast of 4.5 (WCAG 2.1, 1.4.3)
and every shape one of 3 (1.4.11), words in charts may not lie on one another, and the markup has to make sense to those
who do not see it. One line per finding; exit status 1 if there is any, 3 without a Chromium. With --shots it leaves
pictures. Standard library only: the browser is spoken to over two pipes (--remote-debugging-pipe), NUL between messages.
"""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

WIDTHS = {"desk": 1280, "telephone": 360}
SCHEMES = ["light", "dark"]
A4_PIXELS = 794  # 210 mm at 96 pixels an inch

SURVEY = r"""
(width) => {
  const findings = [];
  const say = (what, element, detail) => {
    const name = element ? element.tagName.toLowerCase() + (element.id ? '#' + element.id : '') +
      (element.className && element.className.baseVal === undefined ? '.' + element.className : '') : '';
    const text = element ? (element.textContent || '').trim().slice(0, 60) : '';
    findings.push(`${what}: ${name} «${text}» ${detail || ''}`.trim());
  };
  const hidden = element => {
    for (let at = element; at instanceof Element; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.display === 'none' || style.visibility === 'hidden' || style.clipPath === 'inset(50%)') return true;
      if (at.classList.contains('skip') && !at.matches(':focus')) return true;
      if (at.tagName === 'DETAILS' && !at.open && element !== at && !element.closest('summary')) return true;
    }
    return false;
  };

  // Nothing is wider than the page.
  if (document.documentElement.scrollWidth > width)
    say('overflow', document.documentElement, `${document.documentElement.scrollWidth} > ${width}`);
  for (const element of document.body.querySelectorAll('*')) {
    if (hidden(element) || ['TITLE', 'DESC'].includes(element.tagName.toUpperCase())) continue;
    const box = element.getBoundingClientRect();
    if (box.width > 0 && (box.right > width + 1 || box.left < -1))
      say('overflow', element, `${Math.round(box.left)}…${Math.round(box.right)} of ${width}`);
  }

  // Contrast.
  const rgb = text => {
    const found = text.match(/^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/);
    return found ? { c: [1, 2, 3].map(i => Number(found[i])), a: found[4] === undefined ? 1 : Number(found[4]) } : null;
  };
  const luminance = colour => {
    const [r, g, b] = colour.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)];
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
  };
  const ground = element => {
    for (let at = element; at instanceof Element; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour && colour.a === 1) return colour.c;
    }
    return [255, 255, 255];
  };
  const told = new Set();
  const judge = (what, element, colour, least) => {
    const found = colour && rgb(colour);
    if (!found) return say('colour not understood', element, colour);
    const value = contrast(found.c, ground(element));
    const key = what + element.tagName + element.className + value.toFixed(2);
    if (found.a < 1 || value < least) {
      if (!told.has(key)) say(what, element, value.toFixed(2));
      told.add(key);
    }
  };

  // Text: its colour, its size, and whether there is a glyph for each of its characters.
  const fonts = new Map();
  const note = (text, style) => {
    const font = `${style.fontStyle} ${style.fontWeight} 32px ${style.fontFamily}`;
    if (!fonts.has(font)) fonts.set(font, new Set());
    for (const character of text) if (!/\s/u.test(character)) fonts.get(font).add(character);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || hidden(element) || ['TITLE', 'DESC'].includes(element.tagName.toUpperCase())) continue;
    const style = getComputedStyle(element);
    const isDrawn = element instanceof SVGElement;
    judge('contrast', element, isDrawn ? style.fill : style.color, 4.5);
    if (parseFloat(style.fontSize) < 11) say('too small', element, style.fontSize);
    if (node.data.includes('\uFFFD')) say('replacement character', element);
    note(node.data, style);
  }
  for (const element of document.body.querySelectorAll('[data-label]')) {
    const style = getComputedStyle(element, '::before');
    if (style.content === 'none' || hidden(element)) continue;
    note(element.dataset.label, style);
    judge('contrast of a label', element, style.color, 4.5);
  }
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  for (const [font, characters] of fonts) {
    const picture = character => {
      pen.clearRect(0, 0, 64, 64);
      pen.font = font;
      pen.fillText(character, 8, 44);
      return pen.getImageData(0, 0, 64, 64).data.join();
    };
    // Never assigned: whatever is drawn for it is what is drawn for want of a glyph.
    const wanting = picture('\u{10FFFD}');
    const other = picture('\u{1FFFE}');
    for (const character of characters) {
      const drawn = picture(character);
      if (drawn === wanting || drawn === other)
        findings.push(`no glyph: U+${character.codePointAt(0).toString(16)} in ${font}`);
    }
  }

  // Charts: shapes can be told from the page, words do not lie on one another.
  for (const shape of document.querySelectorAll('svg rect.first, svg path.line, svg path.step, svg rect.second, .axis')) {
    if (hidden(shape)) continue;
    const style = getComputedStyle(shape);
    const colours = [style.fill, style.stroke].filter(c => c !== 'none').map(rgb).filter(c => c && c.a > 0);
    const best = Math.max(...colours.map(c => contrast(c.c, ground(shape))));
    const key = 'shape' + shape.getAttribute('class');
    if (best < 3 && !told.has(key)) { told.add(key); say('shape', shape, `${shape.getAttribute('class')} ${best.toFixed(2)}`); }
  }
  for (const svg of document.querySelectorAll('figure svg[role=img]')) {
    const texts = [...svg.querySelectorAll('text')].filter(text => !hidden(text));
    const boxes = texts.map(text => text.getBoundingClientRect());
    for (let i = 0; i < boxes.length; i++)
      for (let k = i + 1; k < boxes.length; k++) {
        const [a, b] = [boxes[i], boxes[k]];
        if (a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom)
          say('words on words', texts[i], `and «${texts[k].textContent}»`);
      }
  }

  // What one taps is large enough (WCAG 2.2, 2.5.8, asks for 24; fingers for more).
  for (const element of document.querySelectorAll('nav a, summary')) {
    if (hidden(element)) continue;
    const box = element.getBoundingClientRect();
    if (box.height > 0 && box.height < 40) say('hard to tap', element, `${Math.round(box.height)} px`);
  }
  return findings;
}
"""

MARKUP = r"""
() => {
  const findings = [];
  const all = selector => [...document.querySelectorAll(selector)];
  if (!['fr', 'en'].includes(document.documentElement.lang)) findings.push('no language');
  if (!document.title) findings.push('no title');
  if (document.compatMode !== 'CSS1Compat') findings.push('quirks mode');
  if (all('h1').length !== 1) findings.push('not one h1');
  let level = 0;
  for (const heading of all('h1, h2, h3, h4, h5, h6')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) findings.push(`heading skips a level: ${heading.textContent}`);
    level = next;
  }
  const ids = new Set();
  for (const element of all('[id]')) {
    if (ids.has(element.id)) findings.push(`id given twice: ${element.id}`);
    ids.add(element.id);
  }
  for (const table of all('table')) {
    if (!table.caption || !table.caption.textContent.trim()) findings.push('table without caption');
    for (const th of table.querySelectorAll('th')) if (!th.scope) findings.push(`th without scope: ${th.textContent}`);
  }
  for (const svg of all('svg[role=img]')) {
    const names = (svg.getAttribute('aria-labelledby') || '').split(' ').map(id => document.getElementById(id));
    if (names.length < 2 || names.some(name => !name || !name.textContent.trim())) findings.push('chart without words');
    if (!svg.closest('figure').querySelector('details table')) findings.push('chart without its data');
  }
  if (!all('svg[role=img]').length) findings.push('no chart');
  for (const section of all('section'))
    if (!document.getElementById(section.getAttribute('aria-labelledby'))) findings.push('section without name');
  const skip = document.querySelector('a.skip');
  if (!skip || !document.querySelector(skip.getAttribute('href'))) findings.push('no skip link');
  for (const link of all('[href]'))
    if (!link.getAttribute('href').startsWith('#') || !document.querySelector(link.getAttribute('href')))
      findings.push(`link leads out or nowhere: ${link.getAttribute('href')}`);
  if (all('script, link, img, iframe, object, embed, [src], [style], [onload], [onclick]').length)
    findings.push('something that a page by itself has no use for');
  if (performance.getEntriesByType('resource').length) findings.push('resources were loaded');
  return findings;
}
"""


class Browser:
    """One headless Chromium, one page."""

    def __init__(self, program, profile):
        to_browser, from_us = os.pipe()
        to_us, from_browser = os.pipe()

        def at_their_numbers():
            # Above 4 first, so that neither end is closed by the other's taking its place.
            read, write = os.dup(to_browser), os.dup(from_browser)
            while read < 5:
                read = os.dup(read)
            while write < 5:
                write = os.dup(write)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             "--disable-dev-shm-usage", "--disable-background-networking", "--remote-debugging-pipe",
             f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=at_their_numbers, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.out = os.fdopen(from_us, "wb", 0)
        self.answers = os.fdopen(to_us, "rb", 65536)
        self.rest = b""
        self.count = 0
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")

    def message(self):
        while b"\0" not in self.rest:
            more = self.answers.read1(65536)
            if not more:
                raise SystemExit("the browser went away")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.count += 1
        request = {"id": self.count, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        self.out.write(json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]

    def run(self, function, *arguments):
        """What a function of the page returns."""
        text = f"({function})({', '.join(json.dumps(a) for a in arguments)})"
        result = self.call("Runtime.evaluate", expression=text, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise SystemExit(json.dumps(result["exceptionDetails"]))
        return result["result"].get("value")

    def open(self, page, width, scheme, media="screen"):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=page.as_uri())
        while self.message().get("method") != "Page.loadEventFired":
            pass

    def close(self):
        self.process.terminate()
        self.process.wait(10)


def main():
    page = pathlib.Path(sys.argv[1]).resolve()
    shots = pathlib.Path(sys.argv[3]) if sys.argv[2:3] == ["--shots"] else None
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        print("there is no Chromium here: the page was not looked at (apt-get install chromium)")
        return 3
    findings = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            for place, width in WIDTHS.items():
                for scheme in SCHEMES:
                    browser.open(page, width, scheme)
                    if (place, scheme) == ("desk", "light"):
                        findings += browser.run(MARKUP)
                    for state in ["closed", "unfolded"]:
                        if state == "unfolded":
                            browser.run("() => { for (const d of document.querySelectorAll('details')) d.open = true }")
                        found = browser.run(SURVEY, width)
                        findings += [f"{place}, {scheme}, {state}: {finding}" for finding in found]
                        if shots and state == "closed":
                            picture(browser, shots / f"{place}-{scheme}", width)
            browser.open(page, A4_PIXELS, "light", media="print")
            findings += [f"paper: {finding}" for finding in browser.run(SURVEY, A4_PIXELS)]
            if shots:
                pdf = browser.call("Page.printToPDF", preferCSSPageSize=True)["data"]
                (shots / "paper.pdf").write_bytes(base64.b64decode(pdf))
        finally:
            browser.close()
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def picture(browser, name, width):
    """Pictures of the page from top to bottom, 1600 pixels each."""
    height = browser.run("() => document.documentElement.scrollHeight")
    for number, top in enumerate(range(0, height, 1600)):
        clip = {"x": 0, "y": top, "width": width, "height": min(1600, height - top), "scale": 1}
        data = browser.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"]
        pathlib.Path(f"{name}-{number:02}.png").write_bytes(base64.b64decode(data))


if __name__ == "__main__":
    sys.exit(main())
