// Who fails at ECR by the records of CloudTrail, since when, and the change before.

function showTrail(panel, { report, incidents, explained, quoted }) {
  const clock = (time) => time.replace("T", " ").replace("Z", " UTC");
  const number = (value) => value.toLocaleString("en-US");
  const calls = (value) => `${number(value)} ${value === 1 ? "call" : "calls"}`;

  const change = (heading, { event, object, time, by, account, event_id: id, why, confirm: look }) => el("div", { class: "change" },
    el("p", {}, el("strong", {}, `${heading}: ${event}`), ` of ${object}, ${clock(time)}`),
    el("p", {}, `By ${by} in account ${account}, event `, el("code", {}, id), ". ", ...prose(sentence(why)), "."),
    look && command(look));

  function card(incident, { title, chart, causes }) {
    const isOver = Boolean(incident.ended);
    const place = [incident.principal, `account ${incident.account}`, incident.region, incident.repository && `repository ${incident.repository}`, incident.registry && `registry ${incident.registry}`].filter(Boolean);
    const [sign, word] = isOver ? ["✓", "Over"] : ["✕", "Goes on"];
    return el("article", { class: `finding ${isOver ? "over" : ""}` },
      el("p", { class: `badge ${isOver ? "over" : ""}` }, el("span", { class: "sign", "aria-hidden": "true" }, sign), word),
      el("h3", {}, sentence(title)),
      el("p", { class: "hint" }, place.join(" · ")),
      incident.error && el("p", {}, el("code", {}, incident.error), `, ${calls(incident.count)}`),
      chart && el("p", { class: "chart", role: "img", "aria-label": "How many calls failed when, from the first record to the last" }, chart),
      incident.message && el("div", { class: "quotes" }, el("div", { class: "quote" }, el("code", {}, incident.message))),
      el("p", {}, ...prose(sentence(incident.why))),
      incident.works_in && el("p", {}, `The same repository works in ${incident.works_in}.`),
      incident.last_seen && el("p", {}, `Last seen ${clock(incident.last_seen)}.`),
      incident.source && el("p", {}, `From ${incident.source.address} with ${incident.source.agents.join(", ")}.`),
      ...incident.causes.map((cause, index) => change(causes[index], cause)),
      !incident.causes.length && incident.id && incident.signal === "errors" && el("p", {}, "No change in these records explains it."),
      ...(incident.context ?? []).map((cause) => change("Came with it", cause)),
      incident.ended?.by && change("Ended by", incident.ended.by),
      incident.id && el("p", { class: "id" }, el("code", {}, incident.id)));
  }

  const table = (title, heads, rows) => rows.length > 0 && el("details", { class: "more" }, el("summary", {}, `${title} (${rows.length})`),
    el("div", { class: "table", tabindex: "0", role: "region", "aria-label": title }, el("table", {},
      el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, cell))))))));
  const listed = (title, items) => items.length > 0 && el("details", { class: "more" }, el("summary", {}, title), el("ul", {}, ...items.map((text) => el("li", {}, ...prose(text)))));

  const { totals } = report;
  const found = explained.findings;
  const nobody = totals.ecr_events
    ? "No incident: nobody is refused again and again, and nobody fell silent after a change."
    : "No call of ECR is in these records.";
  panel.replaceChildren(...[
    el("p", {}, `${calls(totals.ecr_events)} of ECR, ${number(totals.ecr_errors)} refused; ${number(totals.records)} records read.`,
      report.from && ` From ${clock(report.from)} until ${clock(report.until)}: nothing is known of what came later.`),
    !report.incidents.length && calm([nobody]),
    ...report.incidents.map((incident, index) => card(incident, incidents[index])),
    found.length > 0 && el("h3", {}, "Refused calls, each by its record"),
    ...found.map((finding, index) => findingCard(finding, [], quoted[index], false, true)),
    listed("Files that are missing", report.lacks.map(({ files, why }) => `${files}: ${why}`)),
    listed("Less than exact", report.warnings),
    listed("Skipped", report.skipped.map(({ count, why, first }) => `${number(count)} × ${why}, first ${first}`)),
    table("Most calls within a second", ["Calls", "Call", "When", "Account", "Region", "Default quota"], report.peaks.map((peak) => [number(peak.peak_per_second), peak.api, clock(peak.at), peak.account, peak.region, peak.quota_per_second ? number(peak.quota_per_second) : ""])),
    table("Keys that never expire", ["Key", "Whose", "Calls", "First", "Last"], report.long_lived_keys.map((key) => [key.access_key_id ?? "hidden by the registry", key.principal, number(key.calls), clock(key.first), clock(key.last)])),
    table("All refused calls of ECR", ["Hour", "Calls", "Error", "Who"], report.errors.map((row) => [clock(row.hour), number(row.count), row.error, row.principal])),
    listed("What no trail shows", report.cannot_show),
    asJson(report, "trail"),
  ].filter(Boolean));
}
