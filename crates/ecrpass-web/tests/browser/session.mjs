// What the files of tests begin with: a browser and a server for all tests of a file, and for each test a page of its own.

import assert from "node:assert/strict";
import { after } from "node:test";

import { fileUrl, launch, open, serve } from "./support.mjs";

/** The browser. It is waited for here: hooks of several files do not wait for each other. */
export const browser = await launch();

/** A server of the pages. Tests that count what is asked of one start their own. */
export const server = await serve();

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
