// Puts it together: what changes on the page when the text does.

(() => {
  let analysis = null;
  let open = "findings";
  /** How often the text or its kind has changed: an older text's answer never says that the page is ready. */
  let changes = 0;

  /** What each tab shows; `here` has those that are this page's alone. */
  const show = { findings: showFindings, corrected: showCorrected, share, ...here.show };

  function visible() {
    if (!analysis || analysis.kind === "nothing") return [];
    const names = here.visible(analysis);
    return here.tabs.filter(([name]) => names.includes(name));
  }

  /** Draws the tabs; those that are there already keep their place, and the focus. */
  function drawTabs() {
    const all = visible();
    if (all.length && !all.some(([name]) => name === open)) open = all[0][0];
    const number = analysis?.report?.findings?.length;
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
    for (const [name] of here.tabs) panel(name).hidden = name !== open || all.length === 0;
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

  /** Fills the open tab; done once what the tab asks on its own is answered too. */
  async function fill() {
    if (analysis && analysis.kind !== "nothing") await show[open](panel(open), analysis);
  }

  async function share(panel, { kind }) {
    const asked = input.text();
    const shared = await engine.ask({ job: "share", text: asked, kind: byId("kind").value });
    if (!shared || open !== "share" || asked !== input.text()) return;
    if (shared.failed || typeof shared.text !== "string") {
      // Nothing that could be taken for a safe copy.
      panel.replaceChildren(el("p", {}, `No safe copy could be made of this text (${shared.failed ?? "no answer"}).`));
      return;
    }
    const text = shared.text;
    // A view, not the copy: of megabytes only the beginning.
    const shown = text.length > 200_000 ? `${text.slice(0, 200_000)}\n⋯` : text;
    panel.replaceChildren(
      el("p", {}, "Tokens, keys, account ids, the names in ARNs, hosts and e-mail addresses are replaced, the same value always by the same stand-in. The copy gives the same findings as the original."),
      el("p", { class: "buttons" }, copyButton(text, "Copy the safe copy"), downloadButton(text, here.safeNames[kind])),
      el("pre", { class: "safe", tabindex: "0", role: "region", "aria-label": "The safe copy" }, shown),
      el("p", { class: "hint" }, "Names of repositories, images and profiles stay. Read it before you share it."));
  }

  function say() {
    const { kind, report } = analysis;
    const read = `Read as ${here.kinds[kind]}`;
    if (kind === "nothing") return "";
    if (kind === "other") return "This page does not look at such a text.";
    if (kind === "denial") return `${read}: ${count(analysis.denials.length, "denial")}.`;
    if (kind === "policy") return `${read}.`;
    if (kind === "trail") return `${read}: ${report.totals.records} read, ${count(report.incidents.length, "incident")}.`;
    if (analysis.problem) return `${read}: it cannot be read.`;
    const found = report.findings.length;
    if (kind === "bundle") return `${read}: ${count(found, "finding")}, ${count(report.checks.length, "check")}.`;
    if (!found && analysis.breaks_off) return `${read}: it breaks off.`;
    if (!found) return here.quotes.includes(kind) ? `${read}: nothing found.` : `${read}: nothing wrong.`;
    const corrected = analysis.corrected?.changes ?? 0;
    return `${read}: ${here.count(kind, found)}${corrected ? `, ${corrected} fixed in the corrected file` : ""}.`;
  }

  async function changed() {
    const section = byId("results");
    const change = ++changes;
    section.setAttribute("aria-busy", "true");
    const text = input.text();
    // What is shown of an older text is nobody's any more.
    panel("share").replaceChildren();
    panel("corrected").replaceChildren();
    const answer = await engine.ask({ job: "analyze", text, kind: byId("kind").value, source: input.source() });
    if (!answer || change !== changes) return; // a newer text is on its way
    if (answer.failed) {
      analysis = null;
      drawTabs();
      byId("status").textContent = `The page could not examine this text (${answer.failed}). Nothing was sent anywhere. The command line does the same.`;
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
    if (!byId("kind").value) byId("kind").options[0].textContent = ["nothing", "other"].includes(analysis.kind) ? "detected from the text" : `detected from the text: ${here.kinds[analysis.kind].replace(/^an? /, "")}`;
    drawTabs();
    await fill();
    if (change === changes) section.setAttribute("aria-busy", "false");
  }

  input.onChange(changed);
  byId("kind").addEventListener("change", changed);
})();
