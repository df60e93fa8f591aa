// Takes the pictures in docs/images, so that they show the page as it is: `cargo xtask web --screenshots`.

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { auditUrl, example, fileUrl, launch, open, tab } from "./support.mjs";

const directory = process.argv[2];
mkdirSync(directory, { recursive: true });

/** Name, width, colours, what to do before the picture, and the page if it is the other one. */
const PICTURES = [
  ["config", 1160, "light", (page) => example(page, "Keys that never match")],
  ["corrected", 1160, "dark", async (page) => {
    await example(page, "Keys that never match");
    await tab(page, "corrected");
  }],
  ["who-logs-in", 1160, "light", async (page) => {
    await example(page, "Expired login");
    await tab(page, "login");
    await page.waitForSelector(".outcome");
  }],
  ["log", 1160, "dark", (page) => example(page, "CI job that may not push")],
  ["safe-copy", 1160, "light", async (page) => {
    await example(page, "CI job that may not push");
    await tab(page, "share");
    await page.waitForSelector(".safe");
  }],
  ["narrow", 375, "dark", (page) => example(page, "docker push")],
  ["denial", 1160, "light", (page) => example(page, "AccessDenied"), auditUrl],
  ["audit", 1160, "light", (page) => example(page, "A workflow"), auditUrl],
  ["audit-corrected", 1160, "dark", async (page) => {
    await example(page, "A workflow");
    await tab(page, "corrected");
  }, auditUrl],
  ["trail", 1160, "light", (page) => example(page, "A trail"), auditUrl],
];

const only = process.argv.slice(3);
const browser = await launch();
for (const [name, width, colorScheme, prepare, url = fileUrl] of PICTURES) {
  const widths = only.length ? only.map((word) => word.split(":")) : [[String(width), colorScheme]];
  for (const [size, scheme] of widths) {
    const context = await browser.newContext({ viewport: { width: Number(size), height: 700 }, colorScheme: scheme, reducedMotion: "reduce" });
    const page = await open(context, url);
    await prepare(page);
    await page.evaluate(() => document.activeElement?.blur());
    const file = only.length ? `web-${name}-${size}-${scheme}.png` : `web-${name}.png`;
    await page.screenshot({ path: join(directory, file), fullPage: Number(size) < 700 });
    if (page.complaints.length) throw new Error(page.complaints.join("\n"));
    await context.close();
  }
}
await browser.close();
