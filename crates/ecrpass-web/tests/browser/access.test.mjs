// Accessibility: axe finds nothing in any state, in either colour scheme, wide and narrow.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browser } from "./session.mjs";
import { AXE, auditUrl, example, fileUrl, open } from "./support.mjs";

async function violations(page) {
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
}

const PAGES = {
  "ecrpass.html": [fileUrl, ["Expired login", "An extra comma", "Pod that cannot pull", "AccessDenied", "An alarm"]],
  "audit.html": [auditUrl, ["A workflow", "A Dockerfile", "AccessDenied", "A trail"]],
};

for (const [file, [url, names]] of Object.entries(PAGES)) {
  for (const [colorScheme, width] of [["light", 1280], ["light", 375], ["dark", 1280], ["dark", 375]]) {
    test(`${file}, ${colorScheme}, ${width} pixels wide`, async (t) => {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" });
      t.after(() => context.close());
      const page = await open(context, url);
      // Into the page's own world, past its policy: axe is a tool of the test.
      const session = await context.newCDPSession(page);
      await session.send("Runtime.evaluate", { expression: AXE });
      assert.deepEqual(await violations(page), [], "at the start");
      for (const name of names) {
        await example(page, name);
        for (const tab of await page.getByRole("tab").all()) {
          await tab.click();
          const panel = await tab.getAttribute("aria-controls");
          await page.waitForSelector(panel === "panel-share" ? "#panel-share .safe" : `#${panel}`);
          for (const details of await page.locator("#results details:not([open]) > summary").all()) {
            if (await details.isVisible()) await details.click();
          }
          assert.deepEqual(await violations(page), [], `${name}, ${await tab.textContent()}`);
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}, ${await tab.textContent()}: it scrolls sideways`);
        }
      }
      await page.setInputFiles("#file", { name: "large.log", mimeType: "text/plain", buffer: Buffer.from(`${"x".repeat(200)}\n`.repeat(6000)) });
      await page.waitForSelector(".held-note");
      assert.deepEqual(await violations(page), [], "a large text");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it scrolls sideways");
    });
  }
}
