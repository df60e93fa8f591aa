// The promise: nothing leaves the page. Seen from the browser's network log, from a server that counts, and by trying.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browser } from "./session.mjs";
import { auditUrl, enter, fileUrl, open, serve, settled, tab } from "./support.mjs";

/** Uses all there is on the page. */
async function useAll(page) {
  for (const example of await page.locator(".example").all()) {
    await example.click();
    await settled(page);
    for (const tab of await page.getByRole("tab").all()) await tab.click();
    await page.waitForSelector(".safe");
  }
  await enter(page, "#!/bin/sh\n# password=hunter2 https://example.com/?q=1 no basic auth credentials\n");
  await tab(page, "share");
  await page.waitForTimeout(500);
}

/** Everything the browser's own network log says is asked for, by the page and by its worker. */
async function log(page) {
  const session = await page.context().newCDPSession(page);
  const asked = [];
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ request }) => asked.push(request.url));
  session.on("Network.webSocketCreated", ({ url }) => asked.push(url));
  page.context().on("request", (request) => asked.push(request.url()));
  return asked;
}

for (const [path, file] of [["", fileUrl], ["audit.html", auditUrl]]) {
  test(`from a server: one request for /${path}, none after it`, async (t) => {
    const server = await serve();
    t.after(server.close);
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await open(context, `${server.url}${path}`);
    const asked = await log(page);
    await useAll(page);
    assert.deepEqual(server.requests, [`GET /${path}`]);
    assert.deepEqual(asked.filter((url) => !url.startsWith("blob:")), []);
    assert.deepEqual(page.complaints, []);
  });

  test(`from a file: not one request of ${file.split("/").at(-1)}`, async (t) => {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await open(context, file);
    const asked = await log(page);
    await useAll(page);
    assert.deepEqual(asked.filter((url) => !url.startsWith("blob:")), []);
  });
}

for (const path of ["", "audit.html"]) test(`a script in /${path} that tries to send something is refused by the browser`, async (t) => {
  const server = await serve();
  t.after(server.close);
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await open(context, `${server.url}${path}`);
  const refused = await page.evaluate(async ({ url, directives }) => {
    const violations = [];
    document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
    await fetch(`${url}fetch`).catch(() => {});
    try {
      navigator.sendBeacon(`${url}beacon`, "x");
    } catch {}
    try {
      new WebSocket(`${url.replace("http", "ws")}socket`);
    } catch {}
    try {
      new EventSource(`${url}events`);
    } catch {}
    const image = new Image();
    image.src = `${url}image`;
    const style = document.createElement("link");
    Object.assign(style, { rel: "stylesheet", href: `${url}style` });
    const frame = document.createElement("iframe");
    frame.src = `${url}frame`;
    const form = document.createElement("form");
    Object.assign(form, { action: `${url}form`, method: "post" });
    document.body.append(image, style, frame, form);
    form.submit();
    let markup = "allowed";
    try {
      document.body.innerHTML += "<p>";
    } catch {
      markup = "refused";
    }
    // The events come when they come; one that never does is missed below.
    const missing = () => directives.filter((directive) => !violations.includes(directive));
    for (let waited = 0; missing().length && waited < 20_000; waited += 50) await new Promise((done) => setTimeout(done, 50));
    return { missing: missing(), markup };
  }, { url: server.url, directives: ["connect-src", "img-src", "style-src-elem", "frame-src", "form-action"] });
  assert.deepEqual(refused, { missing: [], markup: "refused" });
  assert.deepEqual(server.requests, [`GET /${path}`]);
});
