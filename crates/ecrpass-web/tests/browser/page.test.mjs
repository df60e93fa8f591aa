// The page as people use it: examples, typing, pasting, dropping, copying, the keyboard alone, from a file and offline.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fresh, server } from "./session.mjs";
import { enter, example, settled, status, tab } from "./support.mjs";

const DENIED = "denied: Your authorization token has expired. Reauthenticate and try again.\n";

test("every example has a result, and the kind it should", async (t) => {
  const page = await fresh(t);
  const expected = {
    "Expired login": /configuration: 4 findings, 4 fixed/,
    "Keys that never match": /configuration: 3 findings, 3 fixed/,
    "An extra comma": /configuration: 1 finding\./,
    "docker push": /log: 1 cause/,
    "Pod that cannot pull": /log: \d cause/,
    "CI job that may not push": /log: 1 cause/,
    AccessDenied: /log: 1 cause/,
    "A stopped task": /event or alarm: \d causes?/,
    "An alarm": /event or alarm: 1 cause/,
    "A policy for pushes": /Read as a policy/,
  };
  const names = await page.locator(".example").allTextContents();
  assert.deepEqual(names, Object.keys(expected));
  for (const name of names) {
    await example(page, name);
    assert.match(await status(page), expected[name], name);
    assert.ok((await page.locator("#marks mark").count()) > 0, `${name}: nothing is marked`);
  }
});

test("a configuration is corrected, and copied with its other logins", async (t) => {
  const page = await fresh(t, { permissions: ["clipboard-read", "clipboard-write"] }, server.url);
  await example(page, "Expired login");
  await page.getByRole("button", { name: "fixed in the corrected file" }).first().click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-corrected");
  assert.ok((await page.locator("#panel-corrected tr.old").count()) > 0);
  assert.doesNotMatch(await page.textContent("#panel-corrected"), /YWRhOm/, "a secret is shown");
  await page.getByRole("button", { name: "Copy the file" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  assert.deepEqual(Object.keys(copied.auths), ["https://index.docker.io/v1/"]);
  assert.equal(copied.credHelpers["123456789012.dkr.ecr.eu-central-1.amazonaws.com"], "ecr-login");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download config.json" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "config.json");
});

test("a file, a trail, a bundle and a denial are led to the other page", async (t) => {
  const page = await fresh(t, {}, server.url);
  for (const [text, words] of [
    ["on: push\njobs:\n  a:\n    steps: []\n", /file of a repository/],
    ['{"Records":[{"eventSource":"ecr.amazonaws.com"}]}', /records of CloudTrail/],
    ['{"schema": "ecrpass/bundle/1"}', /bundle of ecrpass doctor/],
    ["User: x is not authorized to perform: ecr:PutImage", /A denial by AWS/],
  ]) {
    await enter(page, text);
    assert.match(await page.textContent(".elsewhere-page"), words);
  }
  await page.locator(".elsewhere-page a").click();
  await page.waitForURL(/\/audit\.html$/);
  await enter(page, DENIED);
  assert.match(await page.textContent(".elsewhere-page"), /error or a log/);
  await page.locator("nav a").click();
  await page.waitForURL(/\/ecrpass\.html$/);
  await enter(page, DENIED);
  assert.match(await status(page), /1 cause/);
  assert.equal(await page.locator(".elsewhere-page").count(), 0);
});

test("a policy is decided for a task, and the statement is marked", async (t) => {
  const page = await fresh(t);
  await example(page, "A policy for pushes");
  await page.getByLabel("Task").selectOption("push");
  const row = (action) => page.locator("#panel-policy li", { has: page.getByText(action, { exact: true }) });
  await row("ecr:PutImage").getByText("allowed by statement Push").waitFor();
  // The login is on a repository, which it never is: no statement allows it, and the document's problem says why.
  await row("ecr:GetAuthorizationToken").getByText("no statement allows it").waitFor();
  await row("ecr:BatchGetImage").getByText("no statement allows it").waitFor();
  await page.locator("#verdict .outcome.bad").waitFor();
  await page.getByText(/takes no resource/).waitFor();
  await page.getByLabel("Repository or image").fill("123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/api:1");
  await row("ecr:PutImage").getByText("no statement allows it").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "policy-repository");
  await page.locator("#policy-principal").fill("nobody");
  await page.getByText(/has to be the ARN/).waitFor();
});

test("the page is busy until what the open tab asks is answered too", async (t) => {
  const page = await fresh(t);
  await page.evaluate(() => {
    const section = document.getElementById("results");
    new MutationObserver(() => {
      if (section.getAttribute("aria-busy") !== "false" || !document.getElementById("tab-policy")) return;
      window.readyWith ??= document.getElementById("verdict")?.textContent ?? "";
    }).observe(section, { attributes: true, attributeFilter: ["aria-busy"] });
  });
  await example(page, "A policy for pushes");
  assert.match(await page.evaluate(() => window.readyWith), /Denied/);
});

test("who logs in is told for a client and a registry", async (t) => {
  const page = await fresh(t);
  await example(page, "Keys that never match");
  await tab(page, "login");
  await page.waitForSelector(".outcome");
  await page.getByLabel("Registry or image").fill("123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/web:1");
  await page.locator("label", { hasText: /^Client/ }).locator("select").selectOption("podman");
  await page.getByText("podman has no credentials").waitFor();
  assert.equal(await page.locator("#panel-login tbody tr").count(), 20);
});

test("what is pasted is told apart, also when it is typed over", async (t) => {
  const page = await fresh(t);
  for (const [text, expected] of [
    [DENIED, /log: 1 cause/],
    ['{"auths": {}}', /configuration: nothing wrong/],
    ["all is well", /log: nothing found/],
    ['{"schema": "ecrpass/bundle/1"}', /does not look at such/],
    ["", /^$/],
  ]) {
    await enter(page, text);
    assert.match(await status(page), expected);
  }
  await enter(page, '{"log": "x"}');
  assert.match(await status(page), /log/);
  await page.getByLabel("Kind").selectOption("config");
  await settled(page);
  assert.match(await status(page), /configuration/);
});

test("files are dropped and opened, as they are", async (t) => {
  const page = await fresh(t);
  const drop = (text, name) =>
    page.evaluate(([text, name]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name));
      document.body.dispatchEvent(new DragEvent("dragover", { dataTransfer: transfer, bubbles: true, cancelable: true }));
      if (document.getElementById("drop").hidden) throw new Error("no place to drop is shown");
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }, [text, name]);
  await drop('\ufeff{"auths": {}}\r\n', "config.json");
  await page.getByText("byte order mark").first().waitFor();
  assert.match(await status(page), /1 finding/);
  await page.setInputFiles("#file", { name: "build.log", mimeType: "text/plain", buffer: Buffer.from(DENIED) });
  await page.getByText("The stored login has expired").waitFor();
});

test("a large log is shown around what was found", async (t) => {
  const page = await fresh(t);
  const text = `${"nothing to see in this line\n".repeat(60_000)}${DENIED}`;
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.getElementById("input").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
  await settled(page);
  assert.equal(await page.textContent("#held mark"), "authorization token has expired");
  assert.match(await page.textContent(".held-note"), /1\.7 MB, 60002 lines/);
  await page.getByRole("button", { name: "line 60001" }).click();
});

test("the keyboard alone is enough", async (t) => {
  const page = await fresh(t);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.focus("#input");
  await page.keyboard.insertText('{"credHelpers": {"https://123456789012.dkr.ecr.us-east-1.amazonaws.com": "ecr-login"}}');
  await settled(page);
  // Tab leaves the field: it is no trap.
  const seen = [];
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press("Tab");
    const id = await page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
    seen.push(id);
    if (id === "tab-findings") break;
  }
  assert.ok(seen.includes("kind") && seen.includes("tab-findings"), seen.join(", "));
  for (const name of ["corrected", "login", "share", "findings"]) {
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() => document.activeElement.id), `tab-${name}`);
    await page.locator(`#panel-${name}`).waitFor();
  }
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "fixed in the corrected file");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const [from, to] = await page.evaluate(() => [document.activeElement.selectionStart, document.activeElement.selectionEnd]);
  assert.ok(to > from, "the place is not selected");
});

test("it works with the network unplugged, and after a reload from a file", async (t) => {
  const page = await fresh(t, {}, server.url);
  await page.context().setOffline(true);
  await enter(page, DENIED);
  assert.match(await status(page), /1 cause/);
  const file = await fresh(t, { offline: true });
  await file.reload();
  await enter(file, DENIED);
  assert.match(await status(file), /1 cause/);
});

test("nothing is kept: not in the address, not in storage, not after a reload", async (t) => {
  const page = await fresh(t, {}, server.url);
  await enter(page, DENIED);
  assert.equal(page.url(), server.url);
  const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, (await caches.keys()).length]);
  assert.deepEqual(kept, [0, 0, "", 0, 0]);
  await page.reload();
  assert.equal(await page.inputValue("#input"), "");
});

test("markup in a text stays text", async (t) => {
  const page = await fresh(t);
  await enter(page, `<img src=x onerror=alert(1)> ${DENIED}`);
  await enter(page, '{"credHelpers": {"https://<b>x</b>.dkr.ecr.us-east-1.amazonaws.com/<i>": "ecr-login"}}');
  assert.equal(await page.locator("#results img, #results b, #results i, #marks img").count(), 0);
});

test("choosing a tab or a client keeps the focus on it", async (t) => {
  const page = await fresh(t);
  await enter(page, '{"credHelpers": {"123456789012.dkr.ecr.us-east-1.amazonaws.com": "ecr-login"}}');
  await page.focus("#tab-login");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-login");
  await page.waitForSelector(".outcome");
  await page.locator("#panel-login summary").click();
  await page.focus('[data-client="podman"]');
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.activeElement.dataset.client === "podman" && document.querySelector(".outcome").textContent.includes("podman"));
});

test("an older text's safe copy goes at once; one that fails is none", async (t) => {
  const page = await fresh(t);
  await enter(page, DENIED);
  await tab(page, "share");
  await page.waitForSelector(".safe");
  await page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await page.textContent("#panel-share"), "");
  await enter(page, DENIED);
  await page.evaluate(() => {
    const { ask } = engine;
    engine.ask = (question) => (question.job === "share" ? Promise.resolve({ failed: "no memory" }) : ask(question));
  });
  await tab(page, "findings");
  await tab(page, "share");
  await page.getByText("No safe copy could be made").waitFor();
  assert.equal(await page.locator("#panel-share button").count(), 0);
});
