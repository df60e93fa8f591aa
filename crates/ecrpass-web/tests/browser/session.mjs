// What the files of tests begin with: a browser and a server for all tests of a file, and for each test a page of its own.

import assert from "node:assert/strict";
import { after, before } from "node:test";

import { fileUrl, launch, open, serve } from "./support.mjs";

/** The browser; there before the first test begins. */
export let browser;

/** A server of the pages. Tests that count what is asked of one start their own. */
export let server;

before(async () => {
  browser = await launch();
  server = await serve();
});
after(async () => {
  await browser.close();
  server.close();
});

/** A page for one test, which must not have complained by the end of it. */
export async function fresh(t, options = {}, url = fileUrl) {
  const context = await browser.newContext({ permissions: [], ...options });
  t.after(() => context.close());
  const page = await open(context, url);
  t.after(() => assert.deepEqual(page.complaints, []));
  return page;
}
