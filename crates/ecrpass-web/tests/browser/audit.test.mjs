// The page for files and trails as people use it: findings, corrected files, records of CloudTrail, the keyboard alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { fresh as freshPage, server } from "./session.mjs";
import { auditUrl, enter, example, settled, status, tab } from "./support.mjs";

const fresh = (t, options = {}, url = auditUrl) => freshPage(t, options, url);

/** The slugs that are shown. */
const slugs = async (page) => {
  await tab(page, "findings");
  return page.locator("#panel-findings .id").allTextContents();
};

test("every example has a result, and the kind it should", async (t) => {
  const page = await fresh(t);
  const expected = {
    "A workflow": /file of a repository: \d findings?, \d fixed/,
    "A Dockerfile": /file of a repository: \d findings?, \d fixed/,
    "A compose file": /file of a repository: \d findings?, 1 fixed/,
    "A policy": /file of a repository: \d findings?/,
    "A Jenkinsfile": /file of a repository: \d findings?, \d fixed/,
    AccessDenied: /denial by AWS: 1 denial/,
    "A trail": /records of CloudTrail: 54 read, 1 incident/,
  };
  assert.deepEqual(await page.locator(".example").allTextContents(), Object.keys(expected));
  for (const [name, words] of Object.entries(expected)) {
    await example(page, name);
    assert.match(await status(page), words, name);
    if (!["AccessDenied", "A trail"].includes(name)) assert.ok((await page.locator("#marks mark").count()) > 0, `${name}: nothing is marked`);
  }
});

test("a workflow, a Dockerfile, a compose file and a Jenkinsfile are corrected, and then have no more of it", async (t) => {
  const page = await fresh(t, { permissions: ["clipboard-read", "clipboard-write"] }, `${server.url}audit.html`);
  for (const [name, file, slug] of [
    ["A workflow", "pasted.yml", "login-host-has-path"],
    ["A Dockerfile", "Dockerfile", "login-host-has-path"],
    ["A compose file", "compose.yaml", "malformed-registry-host"],
    ["A Jenkinsfile", "Jenkinsfile", "login-host-has-path"],
  ]) {
    await example(page, name);
    const before = await slugs(page);
    assert.ok(before.includes(slug), `${name}: ${before}`);
    await tab(page, "corrected");
    await page.getByRole("button", { name: `Download ${file}` }).waitFor();
    await page.getByRole("button", { name: "Copy the file" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    await enter(page, copied);
    const after = await slugs(page);
    assert.ok(!after.includes(slug) && after.length < before.length, `${name}: ${after}`);
  }
});

test("edits that may change how something works are made on request alone", async (t) => {
  const page = await fresh(t);
  await enter(page, 'resource "aws_launch_template" "workers" {\n  metadata_options {\n    http_tokens = "optional"\n  }\n}\n');
  await tab(page, "corrected");
  const box = page.locator("#with-further");
  assert.match(await page.textContent("#panel-corrected"), /Nothing can be corrected without a decision by you/);
  await box.focus();
  await page.keyboard.press("Space");
  assert.equal(await page.evaluate(() => document.activeElement.id), "with-further");
  assert.ok(await box.isChecked());
  assert.match(await page.textContent("#panel-corrected tr.new"), /http_tokens = "required"/);
});

test("a file that breaks off is no all-clear", async (t) => {
  const page = await fresh(t);
  const told = /It breaks off at line 3, and was looked at in part/;
  await enter(page, "services:\n  a: {image: x\n  b: c: d\n");
  assert.match(await status(page), /file of a repository: it breaks off\.$/);
  assert.match(await page.textContent("#panel-findings"), told);
  assert.equal(await page.locator("#panel-findings .calm").count(), 0);
  await enter(page, "services:\n  a:\n    image: x\n");
  assert.match(await status(page), /nothing wrong/);
  assert.doesNotMatch(await page.textContent("#panel-findings"), told);
});

test("a trail says who fails since when, and the change before", async (t) => {
  const page = await fresh(t);
  await example(page, "A trail");
  const panel = page.locator("#panel-trail");
  assert.match(await panel.locator("h3").first().textContent(), /Role eks-node is refused at GetAuthorizationToken, since 2026-11-26 09:09/);
  assert.match(await panel.textContent(), /Likely cause: DetachRolePolicy of eks-node/);
  assert.match(await panel.textContent(), /IAM's changes|nothing is known of what came later/);
});

test("a trail is opened as files, packed or not, several at once", async (t) => {
  const page = await fresh(t);
  await example(page, "A trail");
  const { Records: records } = JSON.parse(await page.inputValue("#input"));
  const file = (name, part, packed) => {
    const bytes = Buffer.from(JSON.stringify({ Records: part }));
    return { name, mimeType: "application/octet-stream", buffer: packed ? gzipSync(bytes) : bytes };
  };
  await page.setInputFiles("#file", [
    file("123_CloudTrail_eu-central-1.json.gz", records.filter(({ awsRegion }) => awsRegion === "eu-central-1"), true),
    // Packed, and not called so.
    file("123_CloudTrail_us-east-1.json", records.filter(({ awsRegion }) => awsRegion === "us-east-1"), true),
  ]);
  await page.waitForFunction(() => /54 read, 1 incident/.test(document.getElementById("status").textContent));
  assert.match(await page.textContent("#panel-trail"), /Likely cause: DetachRolePolicy/);
  // Without the other file the change is missing, and that is said.
  await page.setInputFiles("#file", file("eu.json", records.filter(({ awsRegion }) => awsRegion === "eu-central-1"), false));
  await page.waitForFunction(() => /53 read, 1 incident/.test(document.getElementById("status").textContent));
  assert.match(await page.textContent("#panel-trail"), /No change in these records explains it/);
  assert.match(await page.textContent("#panel-trail"), /us-east-1/);
});

test("a single record, and an event of EventBridge with one, are explained", async (t) => {
  const page = await fresh(t);
  await example(page, "A trail");
  const { Records: records } = JSON.parse(await page.inputValue("#input"));
  const denied = records.find(({ errorCode }) => errorCode);
  for (const text of [denied, { "detail-type": "AWS API Call via CloudTrail", source: "aws.ecr", detail: denied }]) {
    await enter(page, JSON.stringify(text));
    assert.match(await status(page), /records of CloudTrail: 1 read/);
    assert.match(await page.textContent("#panel-trail"), /iam-missing-get-authorization-token/);
  }
});

test("a denial by AWS says who decides and what to add", async (t) => {
  const page = await fresh(t, { permissions: ["clipboard-read", "clipboard-write"] }, `${server.url}audit.html`);
  await enter(page, "denied: User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:eu-west-1:123456789012:repository/team/web because no identity-based policy allows the ecr:PutImage action");
  assert.match(await status(page), /denial by AWS: 1 denial/);
  const panel = page.locator("#panel-denial");
  assert.match(await panel.locator("h3").first().textContent(), /role ci of account 123456789012.*was denied ecr:PutImage/);
  assert.match(await panel.locator("dl").textContent(), /no statement does/);
  const statement = await panel.locator("pre").first().textContent();
  assert.equal(JSON.parse(statement).Statement[0].Action, "ecr:PutImage");
  await panel.getByRole("button", { name: /^Copy/ }).first().click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), statement);
  await enter(page, "denied: Your authorization token has expired. Reauthenticate and try again.\n");
  assert.equal(await page.locator("#tab-denial").count(), 0, "the registry's own denial is none of AWS's");
});

test("a bundle is read, and one that is none says so", async (t) => {
  const page = await fresh(t);
  await enter(page, '{"schema": "ecrpass/bundle/1"}');
  assert.match(await status(page), /bundle of ecrpass doctor: it cannot be read/);
});

test("the keyboard alone is enough", async (t) => {
  const page = await fresh(t);
  await page.focus("#input");
  await page.keyboard.insertText("#!/bin/sh\n$(aws ecr get-login --no-include-email --region us-east-1)\n");
  await settled(page);
  const seen = [];
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent));
    if (seen.at(-1) === "tab-findings") break;
  }
  assert.ok(seen.includes("kind") && seen.includes("tab-findings"), seen.join(", "));
  await page.keyboard.press("End");
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-share");
  await page.waitForSelector("#panel-share .safe");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-findings");
});

test("what is typed as a file is one, and what is none is led to the other page", async (t) => {
  const page = await fresh(t);
  await enter(page, "docker login -u AWS -p x 123456789012.dkr.ecr.us-east-1.amazonaws.com/team\n");
  assert.match(await page.textContent(".elsewhere-page"), /error or a log/);
  assert.equal(await page.locator(".elsewhere-page a").getAttribute("href"), "ecrpass.html");
  await page.getByLabel("Kind").selectOption("file");
  await page.getByText("Read as a file of a repository").waitFor();
  assert.ok((await slugs(page)).length > 0);
});

test("markup in a text stays text, and secrets stay out of what is shown", async (t) => {
  const page = await fresh(t);
  const key = `wJalr${"XUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY".slice(0, 31)}aB1z`;
  await enter(page, `#!/bin/sh\n# <img src=x onerror=alert(1)>\nexport AWS_ACCESS_KEY_ID=AKIAQYLPMN5HHHFPZAM2\nexport AWS_SECRET_ACCESS_KEY=${key}\naws ecr get-login-password --region us-east-1 | docker login -u AWS --password-stdin 123456789012.dkr.ecr.us-east-1.amazonaws.com/<b>x</b>\n`);
  assert.equal(await page.locator("#results img, #results b, #marks img").count(), 0);
  for (const name of await page.locator("[role=tab]").evaluateAll((tabs) => tabs.map(({ id }) => id.replace("tab-", "")))) {
    await tab(page, name);
    if (name === "share") await page.waitForSelector("#panel-share .safe");
    assert.ok(!(await page.textContent("#results")).includes(key), `${name} shows the key`);
  }
});

test("it works with the network unplugged, and nothing is kept", async (t) => {
  const page = await fresh(t, {}, `${server.url}audit.html`);
  await page.context().setOffline(true);
  await example(page, "A workflow");
  assert.match(await status(page), /findings?/);
  const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, (await caches.keys()).length]);
  assert.deepEqual(kept, [0, 0, "", 0, 0]);
});
