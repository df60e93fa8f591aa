// What the tests of the pages share: a browser, a page opened as a file or from a server that counts, the native program.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A variable that `cargo xtask web --test` sets. */
function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with cargo xtask web --test`);
  return value;
}

export const PAGE = given("ECRPASS_PAGE");
export const AUDIT_PAGE = given("ECRPASS_AUDIT_PAGE");
/** Of each page, the most it may measure as it is and compressed, in bytes. */
export const LIMITS = given("ECRPASS_PAGE_LIMITS").split(" ").map((limits) => limits.split(":").map(Number));
export const NATIVE = given("ECRPASS");
export const FIXTURES = fileURLToPath(new URL("../../../ecrpass-diagnosis/tests/fixtures/diagnosis/", import.meta.url));

const require = createRequire(join(given("ECRPASS_BROWSER_TOOLS"), "node_modules", "x.js"));
const { chromium } = require("playwright-core");
export const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Debian's Chromium, kept from calling home so that every request in the log is the page's. */
export const launch = () =>
  chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });

export const fileUrl = pathToFileURL(PAGE).href;
export const auditUrl = pathToFileURL(AUDIT_PAGE).href;

/** The pages by their addresses at a server. */
const SERVED = { "/": PAGE, "/ecrpass.html": PAGE, "/audit.html": AUDIT_PAGE };

/** Serves the pages, and counts everything that anybody asks of it. */
export async function serve() {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const file = SERVED[request.url];
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": "text/html" }).end(readFileSync(file));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${server.address().port}/`, requests, close: () => server.close() };
}

/** Opens the page, and fails the test for any error or refusal in its console. */
export async function open(context, url = fileUrl) {
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => {
    // Chromium does not know this directive, and says so; browsers that do keep to it.
    if (message.text().includes("directive 'webrtc'")) return;
    if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
  });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  await page.goto(url);
  return page;
}

/** Waits until the page has said what it thinks of the newest text. */
export const settled = (page) => page.waitForSelector('#results[aria-busy="false"]');

/** Puts a text into the field as typing does. */
export async function enter(page, text) {
  await page.fill("#input", text);
  await settled(page);
}

/** Puts an example of the page's own into the field. */
export async function example(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
  await settled(page);
}

export const status = (page) => page.textContent("#status");

/** Chooses a tab of the results. */
export const tab = (page, name) => page.click(`#tab-${name}`);

/** The findings as the page hands them out. */
export async function json(page) {
  const details = page.locator("#panel-findings details.json");
  if (!(await details.evaluate((element) => element.open))) await details.locator("summary").click();
  return JSON.parse(await details.locator("pre").textContent());
}

const home = mkdtempSync(join(tmpdir(), "ecrpass-web-"));

/** Runs the native program on a machine that has nothing; exit status 1 means that something was found. */
export function native(words, stdin = "", environment = {}, cwd = undefined) {
  const { status, stdout, stderr, error } = spawnSync(NATIVE, words, {
    input: stdin,
    cwd,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { HOME: home, PATH: "/nonexistent", ...environment },
  });
  if (error) throw error;
  if (status > 1) throw new Error(`ecrpass ${words.join(" ")}: ${stderr}`);
  return stdout;
}

/** Every section of every fixture of the catalogue: name and text. */
export function sections() {
  return readdirSync(FIXTURES).sort().flatMap((file) => {
    const [, ...parts] = `\n${readFileSync(join(FIXTURES, file), "utf8")}`.split("\n=== ");
    return parts.map((part) => {
      const end = part.indexOf("\n");
      return { name: `${file}: ${part.slice(0, end)}`, text: part.slice(end + 1) };
    });
  });
}

/**
 * The fixtures of the audit's rules that are one file whose name alone says what it is, without what is filled in: the
 * page sees of a file its name and nothing around it.
 */
export function auditFixtures() {
  const known = /(^|\/)(Dockerfile|Jenkinsfile|Makefile|compose\.ya?ml|docker-compose\.ya?ml|\.github\/workflows\/[^/]+\.ya?ml|buildspec\.yml|\.gitlab-ci\.yml|bitbucket-pipelines\.yml|\.env|[^/]+\.(sh|tf|ps1|mk))$/;
  const directory = fileURLToPath(new URL("../../../ecrpass-audit/tests/fixtures/", import.meta.url));
  const rules = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return rules.flatMap((rule) => readdirSync(join(directory, rule)).filter((file) => /^(hit|near)-/.test(file)).flatMap((file) => {
    const whole = readFileSync(join(directory, rule, file), "utf8");
    const parts = `\n${whole}`.split("\n--- ").slice(1);
    const [path] = parts[0]?.split("\n", 1) ?? [""];
    if (parts.length !== 1 || whole.startsWith("=== ") || whole.includes("@@") || !known.test(path)) return [];
    const text = parts[0].slice(path.length + 1).replaceAll(/[ \t]*# <-(?: (?:note|warning|error))?(?=[ \t]*(?:# <-|$))/gm, "");
    return [{ fixture: `${rule}/${file}`, path, text }];
  }));
}

/** Puts texts into the field one after the other, and takes the JSON the page shows for each; a file's name with it. */
export const shown = (page, texts, kind = "", name = "") =>
  page.evaluate(async ([texts, kind, name]) => {
    const field = document.getElementById("input");
    const results = document.getElementById("results");
    document.getElementById("kind").value = kind;
    const settled = () => new Promise((done) => {
      const look = () => (results.getAttribute("aria-busy") === "false" ? done() : setTimeout(look));
      look();
    });
    const all = [];
    for (const text of texts) {
      if (name) {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], name));
        results.setAttribute("aria-busy", "true");
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
      } else {
        field.value = text;
        field.dispatchEvent(new InputEvent("input"));
      }
      await settled();
      const details = document.querySelector(".panel:not([hidden]) details.json");
      details.open = true;
      await new Promise((done) => details.addEventListener("toggle", done, { once: true }));
      all.push(JSON.parse(details.querySelector("pre").textContent));
    }
    return all;
  }, [texts, kind, name]);

/** Broken configurations, with logins that have expired (EXPIRED) and that have not (LIVE). */
export function configurations() {
  const login = (expiration) => {
    const password = Buffer.from(JSON.stringify({ payload: "p", expiration })).toString("base64");
    return Buffer.from(`AWS:${password}`).toString("base64");
  };
  const source = readFileSync(new URL("../../../ecrpass-clients/tests/repair.rs", import.meta.url), "utf8");
  // The guides' configurations stand in the core's test as raw strings.
  const raw = [...source.matchAll(/r#"([^]*?)"#/g)].map(([, text]) => text).filter((text) => text.trim().startsWith("{"));
  const extra = ["{", "[]", "{}", "", '{"auths": {"HOST": {"auth": "%%%"}}}', '{"auths": {"HOST": {"auth": "QVdTOnA"}}}', '\ufeff{"credsStore": "ecr-login"}'];
  return [...raw, ...extra].map((text) =>
    text
      .replaceAll("EXPIRED", login(1_700_000_000))
      .replaceAll("LIVE", login(4_000_000_000))
      .replaceAll("HOST", "123456789012.dkr.ecr.us-east-1.amazonaws.com")
      .replaceAll("OTHER", "210987654321.dkr.ecr.eu-west-1.amazonaws.com"));
}
