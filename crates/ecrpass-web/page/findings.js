// The findings: a card for each, and the corrected file.

const SEVERITY = { error: ["✕", "Error"], warning: ["!", "Warning"], note: ["i", "Note"] };
const CONFIDENCE = { certain: "certain", likely: "likely", possible: "possible: one of several" };

function findingCard(finding, marks, quoted, isFixed, isLog) {
  const [sign, word] = SEVERITY[finding.severity];
  const kind = finding.confidence === "possible" ? "possible" : finding.severity;
  const badge = el("p", { class: `badge ${kind}` },
    el("span", { class: "sign", "aria-hidden": "true" }, sign),
    isLog ? `${word}, ${CONFIDENCE[finding.confidence]}` : word,
    isFixed && el("button", { type: "button", class: "corrected", onclick: showTab("corrected") }, "fixed in the corrected file"));
  const places = el("p", { class: "places" }, ...marks.map((mark) =>
    el("button", { type: "button", class: "place", onclick: () => input.show(mark) }, `line ${mark.line}`)));
  const quotes = isLog
    ? el("div", { class: "quotes" }, ...finding.evidence.map((evidence, index) => quote(evidence, quoted[index], finding.severity)))
    : null;
  const explanation = isLog || finding.explanation.indexOf(finding.title) < 0
    ? finding.explanation.split("\n\n").map((paragraph) => el("p", {}, ...prose(paragraph)))
    : [];
  return el("article", { class: `finding ${kind}` },
    el("div", { class: "head" }, badge, marks.length ? places : null),
    el("h3", {}, ...prose(sentence(finding.title))),
    quotes,
    ...explanation,
    fixes(finding.fixes, isFixed, isLog),
    confirm(finding.confirm ?? []),
    finding.consequences?.length > 0 && el("ul", { class: "consequences" }, ...finding.consequences.map((text) => el("li", {}, ...prose(text)))),
    finding.impact && section("Meanwhile", finding.impact),
    finding.after && section("Afterwards", finding.after),
    finding.alternatives.length > 0 && el("p", { class: "more" }, "Looks the same: ", ...commas(finding.alternatives)),
    el("p", { class: "id" }, el("code", {}, finding.id)));
}

/** What opens a tab, and takes the focus there: the button is on a panel that closes. */
const showTab = (name) => () => {
  byId(`tab-${name}`).click();
  byId(`tab-${name}`).focus();
};

/** With a capital, unless it begins with a name. */
const sentence = (text) => (/^[a-z]+ /.test(text) ? text[0].toUpperCase() + text.slice(1) : text);

const commas = (names) => names.flatMap((name, index) => [index ? ", " : "", el("code", {}, name)]);

const section = (title, text) => el("details", { class: "more" }, el("summary", {}, title), ...text.split("\n\n").map((paragraph) => el("p", {}, ...prose(paragraph))));

/** A line of the log as it may be shown: its secrets are out already. */
function quote(evidence, mark, severity) {
  const words = mark
    ? [evidence.text.slice(0, mark.from), el("mark", { class: severity }, evidence.text.slice(mark.from, mark.to)), evidence.text.slice(mark.to)]
    : [evidence.text];
  const isHere = evidence.source === input.source();
  const place = isHere ? [evidence.line] : [evidence.source, evidence.line, evidence.column];
  return el("div", { class: isHere ? "quote" : "quote elsewhere" }, el("span", { class: "number" }, place.filter(Boolean).join(":")), el("code", {}, ...words));
}

/** A reader of a configuration may have nothing installed: the corrected file, or an editor, does it as well. */
function fixes(all, isFixed, isLog) {
  const isOurs = (fix) => !isLog && /^ecrpass (fix|audit --fix)/.test(fix.command ?? "");
  const how = isFixed ? "Or, where ecrpass is installed:" : "By hand, or where ecrpass is installed:";
  const item = (fix) => el("li", {}, el("p", {}, ...prose(fix.summary)),
    isOurs(fix) && isFixed && el("p", {}, "It is done in ", el("button", { type: "button", class: "link", onclick: showTab("corrected") }, "the corrected file"), ": put that in its place."),
    isOurs(fix) && el("p", { class: "hint" }, how),
    fix.command && command(fix.command));
  return all.length > 0 && el("div", { class: "fixes" }, el("h4", {}, all.length > 1 ? "How to fix it, the best first" : "How to fix it"), el("ol", {}, ...all.map(item)));
}

/** What only shows whether it is this. */
function confirm(all) {
  const item = (fix) => el("li", {}, el("p", {}, ...prose(fix.summary)), fix.command && command(fix.command));
  return all.length > 0 && el("details", { class: "more" }, el("summary", {}, "How to confirm it"), el("ul", {}, ...all.map(item)));
}

const command = (text) => el("div", { class: "command" }, el("pre", {}, el("code", {}, text)), copyButton(text, "Copy", text));

/** What a bundle proves, step by step, and what every check said. */
function seen({ checks, proven }) {
  const sign = (works) => (works === true ? ["found", "✓", "works: "] : works === false ? ["broken", "✕", "fails: "] : ["missed", "·", "not seen: "]);
  const step = ({ stage, works, detail }) => {
    const [kind, mark, said] = sign(works);
    return el("li", { class: kind }, el("span", { class: "sign", "aria-hidden": "true" }, mark), el("span", { class: "off-screen" }, said), el("strong", {}, stage.replaceAll("-", " ")), " ", el("span", {}, ...prose(detail)));
  };
  const row = (check) => el("tr", {}, el("th", { scope: "row" }, el("code", {}, check.id)), el("td", {}, check.outcome), el("td", {}, ...prose(check.why)));
  return [
    ...proven.map((one) => el("section", { class: "proven" }, el("h3", {}, `What was seen for ${one.subject}`), one.puller && el("p", {}, ...prose(one.puller)), el("ol", { class: "steps" }, ...one.steps.map(step)))),
    el("details", { class: "more" }, el("summary", {}, `All ${checks.length} checks`), el("div", { class: "table", tabindex: "0", role: "region", "aria-label": "All checks" }, el("table", {}, el("thead", {}, el("tr", {}, ...["Check", "Says", "Why"].map((title) => el("th", { scope: "col" }, title)))), el("tbody", {}, ...checks.map(row))))),
  ];
}

function showFindings(panel, analysis) {
  if (analysis.problem) {
    panel.replaceChildren(el("div", { class: "finding" }, el("h3", {}, "This bundle cannot be read"), el("p", {}, ...prose(analysis.problem))));
    return;
  }
  // A bundle's findings have their evidence elsewhere too: on the other machine.
  const isLog = analysis.kind === "log" || analysis.kind === "bundle";
  const findings = analysis.report.findings;
  const changes = analysis.corrected?.changes ?? 0;
  const cards = findings.map((finding, index) => findingCard(finding, analysis.marks[index] ?? [], analysis.quoted[index] ?? [], index < changes, isLog));
  const isFile = analysis.kind === "file";
  const source = isFile ? "audit --format json FILE" : analysis.kind === "bundle" ? "doctor --replay FILE --format json" : isLog ? "explain --format json" : "fix --config - --format json";
  const json = el("pre", { tabindex: "0", role: "region", "aria-label": "JSON" });
  const details = el("details", { class: "json" }, el("summary", {}, "The same as JSON"), el("p", {}, "As ", el("code", {}, `ecrpass ${source}`), " prints it. ", copyButton(() => pretty(analysis.report), "Copy", "JSON")), json);
  details.addEventListener("toggle", () => (json.textContent = details.open ? pretty(analysis.report) : ""));
  const nothing = analysis.kind === "bundle" ? el("div", { class: "calm" }, el("p", {}, "Nothing that was recorded explains a failure.")) : isLog
    ? el("div", { class: "calm" }, el("p", {}, "No ECR failure that ecrpass knows was found."), el("p", {}, "If the login still fails, paste the configuration, or more of the log: the lines before the last error often show the cause."))
    : isFile ? el("div", { class: "calm" }, el("p", {}, "No login to ECR in this file leaks, or will fail, as far as the file itself shows."), el("p", {}, "What it includes and calls is looked at by ecrpass audit in the repository."))
    : el("div", { class: "calm" }, el("p", {}, "Nothing in this file keeps a login to ECR from working."), el("p", {}, "“Who logs in” shows which credentials each client takes from it."));
  panel.replaceChildren(...(cards.length ? cards : [nothing]), ...(analysis.report.checks ? seen(analysis.report) : []), details);
}

const pretty = (value) => JSON.stringify(value, null, 2);

/** The corrected file: what changes in it, with the secrets hidden. */
function showCorrected(panel, analysis) {
  const { corrected } = analysis;
  const name = { dockercfg: ".dockercfg", file: "corrected.txt" }[analysis.kind] ?? "config.json";
  const rows = corrected.hunks.flatMap((hunk, index) => [
    ...(index ? [el("tr", { class: "gap" }, el("td", { colspan: "3" }, "⋯"))] : []),
    ...hunk.lines.map(({ sign, number, text }) =>
      el("tr", { class: { "-": "old", "+": "new", " ": "same" }[sign] },
        el("td", { class: "number" }, String(number)),
        el("td", { class: "sign" }, { "-": "−", "+": "+", " ": "" }[sign], sign === " " ? null : el("span", { class: "off-screen" }, sign === "-" ? "removed" : "added")),
        el("td", { class: "code" }, text))),
  ]);
  const left = analysis.report.findings.length - corrected.changes;
  panel.replaceChildren(
    el("p", {}, corrected.changes
      ? `${count(corrected.changes, "finding")} corrected, without touching anything else.${left ? ` ${count(left, "thing")} left to you.` : ""}`
      : "Nothing can be corrected without a decision by you."),
    corrected.changes ? el("div", { class: "diff", tabindex: "0", role: "region", "aria-label": "What changes" }, el("table", {}, el("caption", { class: "off-screen" }, "What changes, line by line"), el("thead", { class: "off-screen" }, el("tr", {}, el("th", {}, "Line"), el("th", {}, "Change"), el("th", {}, "Text"))), el("tbody", {}, ...rows))) : null,
    corrected.changes ? el("p", { class: "buttons" }, copyButton(() => corrected.text, "Copy the file"), downloadButton(() => corrected.text, name)) : null,
    corrected.changes ? el("p", { class: "hint" }, "Secrets are hidden in this view. The copied and downloaded files contain the real logins of other registries.") : null,
  );
}
