// Puts it together: what changes on the page when the text does.

(() => {
  const KIND = { config: "docker or podman configuration", dockercfg: "legacy .dockercfg", log: "error or log", policy: "policy", bundle: "bundle of ecrpass doctor", file: "file of a repository" };
  const TABS = [["findings", "Findings"], ["corrected", "Corrected file"], ["login", "Who logs in"], ["policy", "What it allows"], ["share", "Safe copy"]];
  let analysis = null;
  let open = "findings";

  const panel = (name) => byId(`panel-${name}`);

  function visible() {
    if (!analysis || analysis.kind === "nothing") return [];
    if (analysis.kind === "policy") return TABS.filter(([name]) => ["policy", "share"].includes(name));
    return TABS.filter(([name]) => name !== "policy" && (analysis.corrected || !["corrected", "login"].includes(name)) && (name !== "login" || analysis.kind !== "file"));
  }

  /** Draws the tabs; those that are there already keep their place, and the focus. */
  function drawTabs() {
    const all = visible();
    if (all.length && !all.some(([name]) => name === open)) open = all[0][0];
    const number = analysis?.report?.findings.length;
    byId("tabs").hidden = all.length === 0;
    const there = [...byId("tabs").children].map(({ id }) => id).join();
    if (there !== all.map(([name]) => `tab-${name}`).join()) {
      byId("tabs").replaceChildren(...all.map(([name]) =>
        el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, onclick: () => choose(name), onkeydown: walk })));
    }
    for (const [name, label] of all) {
      const tab = byId(`tab-${name}`);
      tab.setAttribute("aria-selected", String(name === open));
      tab.tabIndex = name === open ? 0 : -1;
      tab.textContent = name === "findings" ? `${label} (${number})` : label;
    }
    for (const [name] of TABS) panel(name).hidden = name !== open || all.length === 0;
  }

  /** Arrow keys, Home and End, as tabs are walked everywhere. */
  function walk(event) {
    const names = visible().map(([name]) => name);
    const at = names.indexOf(open);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(names[(to + names.length) % names.length]);
    byId(`tab-${open}`).focus();
  }

  function choose(name) {
    open = name;
    drawTabs();
    fill();
  }

  function fill() {
    if (!analysis || analysis.kind === "nothing") return;
    if (open === "findings") showFindings(panel("findings"), analysis);
    if (open === "corrected") showCorrected(panel("corrected"), analysis);
    if (open === "login") login.show(analysis);
    if (open === "policy") policy.show();
    if (open === "share") share();
  }

  async function share() {
    const asked = input.text();
    const shared = await engine.ask({ job: "share", text: asked, kind: byId("kind").value });
    if (!shared || open !== "share" || asked !== input.text()) return;
    if (shared.failed || typeof shared.text !== "string") {
      // Nothing that could be taken for a safe copy.
      panel("share").replaceChildren(el("p", {}, `No safe copy could be made of this text (${shared.failed ?? "no answer"}).`));
      return;
    }
    const name = { log: "log-safe.txt", bundle: "bundle-safe.json", policy: "policy-safe.json", file: "file-safe.txt" }[analysis.kind] ?? "config-safe.json";
    const text = shared.text;
    // A view, not the copy: of megabytes only the beginning.
    const shown = text.length > 200_000 ? `${text.slice(0, 200_000)}\n⋯` : text;
    panel("share").replaceChildren(
      el("p", {}, "Tokens, keys, account ids, the names in ARNs, hosts and e-mail addresses are replaced, the same value always by the same stand-in. The copy gives the same findings as the original."),
      el("p", { class: "buttons" }, copyButton(text, "Copy the safe copy"), downloadButton(text, name)),
      el("pre", { class: "safe", tabindex: "0", role: "region", "aria-label": "The safe copy" }, shown),
      el("p", { class: "hint" }, "Names of repositories, images and profiles stay. Read it before you share it."));
  }

  function say() {
    const kind = KIND[analysis.kind];
    const findings = analysis.report.findings;
    const corrected = analysis.corrected?.changes ?? 0;
    if (analysis.kind === "nothing") return "";
    if (analysis.kind === "policy") return "Read as a policy.";
    if (analysis.problem) return "Read as a bundle: it cannot be read.";
    if (analysis.kind === "bundle") return `Read as a ${kind}: ${count(findings.length, "finding")}, ${count(analysis.report.checks.length, "check")}.`;
    if (!findings.length) return analysis.kind === "log" ? "Read as an error or log: nothing found." : `Read as a ${kind}: nothing wrong.`;
    const found = analysis.kind === "log" ? count(findings.length, "cause") : count(findings.length, "finding");
    return `Read as ${analysis.kind === "log" ? "an" : "a"} ${kind}: ${found}${corrected ? `, ${corrected} fixed in the corrected file` : ""}.`;
  }

  async function changed() {
    const section = byId("results");
    section.setAttribute("aria-busy", "true");
    const text = input.text();
    // What is shown of an older text is nobody's any more.
    panel("share").replaceChildren();
    panel("corrected").replaceChildren();
    const answer = await engine.ask({ job: "analyze", text, kind: byId("kind").value, source: input.source() });
    if (!answer) return; // a newer text is on its way
    if (answer.failed) {
      analysis = null;
      drawTabs();
      byId("status").textContent = `The page could not examine this text (${answer.failed}). Nothing was sent anywhere. Try ecrpass explain on the command line.`;
      section.setAttribute("aria-busy", "false");
      return;
    }
    analysis = answer;
    analysis.marks = analysis.marks.map((marks, index) => marks.map((mark) => ({ ...mark, severity: analysis.report.findings[index].severity })));
    const marks = analysis.marks.flat();
    input.mark(marks, analysis.kind === "log");
    if (analysis.stretches) input.showHeld(analysis.stretches, marks);
    byId("empty").hidden = analysis.kind !== "nothing";
    byId("status").textContent = say();
    if (!byId("kind").value) byId("kind").options[0].textContent = analysis.kind === "nothing" ? "detected from the text" : `detected from the text: ${KIND[analysis.kind]}`;
    drawTabs();
    fill();
    section.setAttribute("aria-busy", "false");
  }

  input.onChange(changed);
  byId("kind").addEventListener("change", changed);
})();
