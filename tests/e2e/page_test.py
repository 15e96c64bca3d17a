"""The page of sp-report in headless Chromium: what it draws, and that it asks nobody for anything."""
import json
import re
import shutil
import socket
import subprocess
import threading
import unittest

from report_page import DAYS, KEYS, LATE, MISSING, ReportPage

BROWSER = shutil.which("chromium-headless-shell") or shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]
# Put in the place of the policy that lets no script run: what was laid out where.
MEASURE = """<script>addEventListener("load", () => {
  const box = e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const all = q => [...document.querySelectorAll(q)];
  const result = {
    width: document.documentElement.scrollWidth, scripts: document.scripts.length,
    svgs: all("svg").map(box),
    cells: all("#coverage #gnuplot_plot_1 polygon").map(e => [...box(e), getComputedStyle(e).fill]),
    labels: all("#coverage #gnuplot_plot_2 text").map(e => [...box(e), e.textContent]),
    texts: all("svg text").map(e => [...box(e), e.textContent]),
    tables: all("table").map(box)};
  const out = document.createElement("pre"); out.id = "measured"; out.textContent = JSON.stringify(result);
  document.body.replaceChildren(out); });</script>"""


class Listener:
    """A proxy that counts who comes."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.asked = self.socket.getsockname()[1], []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.asked.append(connection.recv(200))
            connection.close()


@unittest.skipUnless(BROWSER, "chromium-headless-shell is not installed (scripts/install-deps --browser)")
class Page(ReportPage):
    def browse(self, content, *flags):
        (self.base / "page.html").write_text(content)
        listener = Listener()
        self.addCleanup(listener.socket.close)
        command = [BROWSER, *FLAGS, f"--user-data-dir={self.base}/browser", "--window-size=1040,3000",
                   f"--proxy-server=127.0.0.1:{listener.port}", "--proxy-bypass-list=<-loopback>", *flags,
                   f"file://{self.base}/page.html"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=180)
        self.assertEqual(result.returncode, 0, result.stderr[-2000:])
        return result.stdout, listener.asked

    def test_what_is_drawn(self):
        self.fill()
        page = self.report("--since", "2024-05-01", "--until", "2024-05-11").stdout.decode()
        shown, asked = self.browse(page, "--dump-dom")
        self.assertEqual(asked, [])
        self.assertNotRegex(shown, "<script|<img")
        # The listener does hear of what a page asks for.
        other = re.sub("<meta http-equiv[^>]*>", "", page).replace("<body>", '<body><img src="http://sp.invalid/x.png">')
        self.assertTrue(any(b"sp.invalid" in words for words in self.browse(other, "--dump-dom")[1]))

        dom, _ = self.browse(re.sub("<meta http-equiv[^>]*>", lambda _: MEASURE, page), "--dump-dom")
        found = json.loads(re.search(r'<pre id="measured">(.*?)</pre>', dom, re.DOTALL)[1]
                           .replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
        self.assertEqual(found["scripts"], 1)  # that which measures
        self.assertLessEqual(found["width"], 1040)
        self.assertEqual(len(found["svgs"]), 6)
        for left, top, right, bottom in found["svgs"]:
            self.assertGreater(right - left, 800)
            self.assertGreater(bottom - top, 100)
        # A row of cells for each sensor, a column for each day; black where nothing was measured.
        cells = found["cells"]
        self.assertEqual(len(cells), len(KEYS) * DAYS - LATE)
        self.assertEqual(len({round(cell[0]) for cell in cells}), DAYS)
        self.assertEqual(len({round(cell[1]) for cell in cells}), len(KEYS))
        black = [cell for cell in cells if cell[4] == "rgb(0, 0, 0)"]
        self.assertEqual(len(black), MISSING)
        self.assertTrue(all(cell[2] - cell[0] > 20 and cell[3] - cell[1] > 8 for cell in cells))
        # Each row has its name beside it, left of the cells.
        names = {text: (top, bottom, right) for _, top, right, bottom, text in found["labels"]}
        self.assertEqual(set(names), set(KEYS))
        for top, bottom, right in names.values():
            self.assertLess(right, min(cell[0] for cell in cells))
            self.assertTrue(any(cell[1] < (top + bottom) / 2 < cell[3] for cell in cells))
        # No text is cut off, and none lies upon another.
        texts = [text for text in found["texts"] if text[4].strip()]
        for left, top, right, bottom, text in texts:
            self.assertTrue(left >= 0 and right <= 1040, text)
            for other in texts:
                overlap = min(right, other[2]) - max(left, other[0]), min(bottom, other[3]) - max(top, other[1])
                self.assertFalse(other[4] != text and min(overlap) > 3, (text, other[4]))
        for word in ("day (UTC)", "readings there [%]", "rows a day", "measurement", "1 d"):
            self.assertIn(word, [text[4] for text in texts])


if __name__ == "__main__":
    unittest.main()
