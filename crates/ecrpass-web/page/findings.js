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
  const { kind } = analysis;
  const isQuoted = here.quotes.includes(kind);
  const findings = analysis.report.findings;
  const changes = analysis.corrected?.changes ?? 0;
  const cards = findings.map((finding, index) => findingCard(finding, analysis.marks[index] ?? [], analysis.quoted[index] ?? [], index < changes, isQuoted));
  const { breaks_off: damage } = analysis;
  panel.replaceChildren(
    ...(damage ? [el("p", { class: "elsewhere-page" }, ...prose(damage))] : []),
    ...(cards.length || damage ? [...cards, ...elsewhere(analysis)] : [...elsewhere(analysis), calm(here.nothing[kind])]),
    ...(analysis.report.checks ? seen(analysis.report) : []),
    ...(here.commands[kind] ? [asJson(analysis.report, here.commands[kind])] : []));
}

/** What the other page reads, and the way there. */
const elsewhere = ({ other_page: what }) => (what
  ? [el("p", { class: "elsewhere-page" }, here.other[what], " ", el("a", { href: here.other.page }, "The other page"), " reads it: paste it there.")]
  : []);

const calm = (sentences) => el("div", { class: "calm" }, ...sentences.map((text) => el("p", {}, text)));

/** The same for programs, as a command prints it. */
function asJson(report, command) {
  const json = el("pre", { tabindex: "0", role: "region", "aria-label": "JSON" });
  const details = el("details", { class: "json" }, el("summary", {}, "The same as JSON"), el("p", {}, "As ", el("code", {}, `ecrpass ${command} --format json`), " prints it. ", copyButton(() => pretty(report), "Copy", "JSON")), json);
  details.addEventListener("toggle", () => (json.textContent = details.open ? pretty(report) : ""));
  return details;
}

const pretty = (value) => JSON.stringify(value, null, 2);

/** The corrected file: what changes in it, with the secrets hidden; with what may change how something works, if wanted. */
function showCorrected(panel, analysis, withFurther = false) {
  const { further } = analysis;
  const corrected = withFurther ? further : analysis.corrected;
  const rows = corrected.hunks.flatMap((hunk, index) => [
    ...(index ? [el("tr", { class: "gap" }, el("td", { colspan: "3" }, "⋯"))] : []),
    ...hunk.lines.map(({ sign, number, text }) =>
      el("tr", { class: { "-": "old", "+": "new", " ": "same" }[sign] },
        el("td", { class: "number" }, String(number)),
        el("td", { class: "sign" }, { "-": "−", "+": "+", " ": "" }[sign], sign === " " ? null : el("span", { class: "off-screen" }, sign === "-" ? "removed" : "added")),
        el("td", { class: "code" }, text))),
  ]);
  const left = analysis.report.findings.length - corrected.changes;
  const choice = further && el("label", { class: "choice" },
    el("input", { type: "checkbox", id: "with-further", checked: withFurther, onchange: ({ target }) => {
      showCorrected(panel, analysis, target.checked);
      byId("with-further").focus();
    } }),
    "Also the edits that may change how something works: look at each");
  panel.replaceChildren(...[
    el("p", {}, corrected.changes
      ? `${count(corrected.changes, "finding")} corrected, without touching anything else.${left > 0 ? ` ${count(left, "thing")} left to you.` : ""}`
      : "Nothing can be corrected without a decision by you."),
    choice,
    ...(corrected.changes ? [
      el("div", { class: "diff", tabindex: "0", role: "region", "aria-label": "What changes" }, el("table", {}, el("caption", { class: "off-screen" }, "What changes, line by line"), el("thead", { class: "off-screen" }, el("tr", {}, el("th", {}, "Line"), el("th", {}, "Change"), el("th", {}, "Text"))), el("tbody", {}, ...rows))),
      el("p", { class: "buttons" }, copyButton(() => corrected.text, "Copy the file"), downloadButton(() => corrected.text, corrected.name)),
      el("p", { class: "hint" }, "Secrets are hidden in this view. The copied and downloaded files hold them as they are, other registries' logins too."),
    ] : []),
  ].filter(Boolean));
}
