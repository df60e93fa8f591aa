// What the page says is what the command line says: the same JSON for every fixture.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { before, test } from "node:test";

import { browser } from "./session.mjs";
import { auditUrl, auditFixtures, configurations, native, open, sections, shown } from "./support.mjs";

let page;
let auditPage;
before(async () => {
  page = await open(await browser.newContext());
  auditPage = await open(await browser.newContext(), auditUrl);
});

/** Whether a fixture is a record of CloudTrail: to what its words say comes what it allows to conclude, on audit.html. */
const isRecord = ({ text }) => /"eventSource"\s*:/.test(text);

test("explain: every section of every fixture of the catalogue", async () => {
  const all = sections().filter((section) => !isRecord(section));
  assert.ok(all.length > 500, `only ${all.length}`);
  const reports = await shown(page, all.map(({ text }) => text), "log");
  for (const [index, { name, text }] of all.entries()) {
    assert.deepEqual(reports[index], JSON.parse(native(["explain", "--format", "json"], text)), name);
  }
});

test("explain: every fixture of the catalogue that is a record of CloudTrail", async () => {
  const all = sections().filter(isRecord);
  assert.ok(all.length > 5, `only ${all.length}`);
  for (const { name, text } of all) {
    const { explained } = await auditPage.evaluate((text) => engine.ask({ job: "analyze", text, kind: "trail", source: "stdin" }), text);
    assert.deepEqual(explained, JSON.parse(native(["explain", "--format", "json"], text)), name);
  }
});

test("fix: every broken configuration of the core's tests", async () => {
  const all = configurations();
  assert.ok(all.length > 15, `only ${all.length}`);
  // The field is emptied to nothing by an empty text, which is no configuration there.
  const texts = all.filter((text) => text.trim());
  const reports = await shown(page, texts, "config");
  for (const [index, text] of texts.entries()) {
    const words = ["fix", "--config", "-", "--dry-run", "--format", "json"];
    assert.deepEqual(reports[index], JSON.parse(native(words, text)), text);
  }
});

test("fix: the corrected file is the same to the byte", async (t) => {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  t.after(() => context.close());
  const page = await open(context);
  for (const text of configurations().filter((text) => text.startsWith("{"))) {
    await page.fill("#input", text);
    await page.waitForSelector('#results[aria-busy="false"]');
    await page.selectOption("#kind", "config");
    await page.waitForSelector('#results[aria-busy="false"]');
    if (!(await page.locator("#tab-corrected").count())) continue;
    await page.click("#tab-corrected");
    const button = page.getByRole("button", { name: "Copy the file" });
    if (!(await button.count())) continue;
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download config.json" }).click()]);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), native(["fix", "--config", "-"], text));
  }
});

test("explain: events, stopped tasks and alarms", async () => {
  const events = await page.evaluate(() => examples.filter(({ name }) => ["A stopped task", "An alarm"].includes(name)).map(({ text }) => text));
  assert.equal(events.length, 2);
  const reports = await shown(page, events);
  for (const [index, text] of events.entries()) {
    assert.ok(reports[index].findings.length, text);
    assert.deepEqual(reports[index], JSON.parse(native(["explain", "--format", "json"], text)), text);
  }
});

test("audit: every fixture of the rules that is one file of a known name", async () => {
  const all = auditFixtures();
  assert.ok(all.length > 150, `only ${all.length}`);
  let found = 0;
  const different = [];
  for (const { fixture, path, text } of all) {
    const directory = mkdtempSync(join(tmpdir(), "ecrpass-web-audit-"));
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
    const expected = JSON.parse(native(["audit", "--format", "json", path], "", {}, directory));
    const [report] = await shown(auditPage, [text], "file", basename(path));
    const gist = ({ findings }) => findings.map(({ id, severity, title, evidence }) => ({ id, severity, title, lines: evidence.map(({ line, column, text }) => [line, column, text]) }));
    const sorted = (findings) => findings.map((finding) => JSON.stringify(finding)).sort();
    if (JSON.stringify(sorted(gist(report))) !== JSON.stringify(sorted(gist(expected)))) different.push(`${fixture}: ${path}`);
    found += report.findings.length;
  }
  assert.deepEqual(different, []);
  assert.ok(found > 150, `only ${found} findings`);
});

test("trail: the answers for records", async () => {
  const text = await auditPage.evaluate(() => examples.find(({ name }) => name === "A trail").text);
  const [report] = await shown(auditPage, [text], "", "trail.json");
  const directory = mkdtempSync(join(tmpdir(), "ecrpass-web-trail-"));
  writeFileSync(join(directory, "trail.json"), text);
  assert.equal(report.incidents[0].causes[0].event, "DetachRolePolicy");
  assert.deepEqual(report, JSON.parse(native(["trail", "trail.json", "--format", "json"], "", {}, directory)));
});

test("doctor: a recorded bundle says the same elsewhere", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ecrpass-web-bundle-"));
  const bundle = join(directory, "bundle.json");
  const home = join(directory, "home");
  mkdirSync(join(home, ".docker"), { recursive: true });
  writeFileSync(join(home, ".docker/config.json"), configurations()[0]);
  const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/web:1";
  native(["doctor", image, "--offline", "--record", bundle, "--format", "json"], "", { HOME: home });
  // A bundle may come from anywhere: what cannot be seen in it is made visible.
  writeFileSync(bundle, readFileSync(bundle, "utf8").replaceAll("ecr-login", "ecr\\u202elogin\\u0007"));
  const [report] = await shown(auditPage, [readFileSync(bundle, "utf8")], "");
  assert.ok(report.checks.length > 50 && report.findings.length > 0);
  assert.deepEqual(report, JSON.parse(native(["doctor", "--replay", bundle, "--format", "json"])));
});

test("resolve: every client, and every answer of the helpers", async () => {
  const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
  const home = mkdtempSync(join(tmpdir(), "ecrpass-web-home-"));
  mkdirSync(join(home, ".docker"));
  const texts = configurations().filter((text) => text.trim()).slice(0, 12);
  for (const text of texts) {
    writeFileSync(join(home, ".docker/config.json"), text);
    for (const helpers of ["ok", "notfound", "error", "missing"]) {
      const words = ["resolve", host, "--client", "all", "--helper-says", helpers, "--format", "json"];
      const { resolutions } = JSON.parse(native(words, "", { HOME: home }));
      const told = await page.evaluate(([text, host, clients, home, helpers]) => {
        const ask = (client) => engine.ask({ job: "resolve", text, question: { registry: host, client, file: "docker", helpers, home } });
        return clients.reduce(async (all, client) => [...(await all), (await ask(client)).report], Promise.resolve([]));
      }, [text, host, resolutions.map(({ client }) => client), home, helpers]);
      // The versions of the clients installed here decide nothing on the page, and containerd's own configuration, where
      // there is one on this machine, is none of its.
      const isOwn = ({ detail }) => !detail.includes("/etc/containerd/");
      const known = resolutions.map(({ client_version, ...rest }) => ({ ...rest, steps: rest.steps.filter(isOwn) }));
      assert.deepEqual(told, known, `${helpers}: ${text}`);
    }
  }
});
