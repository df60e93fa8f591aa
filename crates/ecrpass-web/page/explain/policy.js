// What a pasted policy allows: a task, a caller and a repository, the verdict, and the statement that decides.

const policy = (() => {
  const panel = byId("panel-policy");
  /** Empty is what the document suggests. */
  const chosen = { layer: "", task: "", principal: "", repository: "" };
  const LAYER = { identity: "the caller's own (identity)", repository: "a repository's", registry: "a registry's", boundary: "a permissions boundary", scp: "a service control policy", rcp: "a resource control policy", session: "a session policy", endpoint: "a VPC endpoint's", trust: "a role's trust policy" };
  const VERDICT = {
    allowed: ["good", "✓", "Allowed."],
    depends: ["bad", "?", "It depends on what is not known here."],
    "implicitly-denied": ["bad", "✕", "Denied: no statement allows it."],
    "explicitly-denied": ["bad", "✕", "Denied by a statement."],
  };
  let asked = "";

  const field = (label, control) => el("label", { class: "field" }, el("span", {}, label), control);
  const select = (name, value, options, label = (option) => option) =>
    el("select", { id: `policy-${name}`, onchange: ({ target }) => { chosen[name] = target.value; answer(); } },
      ...options.map((option) => el("option", { value: option, selected: option === value }, label(option))));
  const text = (name, value) =>
    el("input", { type: "text", id: `policy-${name}`, spellcheck: "false", autocomplete: "off", placeholder: value, value: chosen[name], oninput: ({ target }) => { chosen[name] = target.value; answer(); } });

  /** The question, with what the document suggests; drawn once for a text, so that typing keeps the focus. */
  function draw(told) {
    panel.replaceChildren(
      el("div", { class: "fields" },
        field("Task", select("task", told.task, told.tasks)),
        field("This policy is", select("layer", told.layer, told.layers, (layer) => LAYER[layer])),
        field("Caller", text("principal", told.principal)),
        field("Repository or image", text("repository", told.repository))),
      el("div", { id: "verdict" }));
  }

  const places = (marks) => marks.length > 0 && el("button", { type: "button", class: "place", onclick: () => input.show(marks[0]) }, `line ${marks[0].line}`);

  function row({ action, resource, verdict, sid, marks, depends_on: conditions }) {
    const [kind, sign] = VERDICT[verdict];
    const statement = sid === undefined ? "" : sid ? `statement ${sid}` : "a statement";
    const words = {
      allowed: statement ? `allowed by ${statement}` : "allowed",
      depends: `${statement || "it"} depends on ${conditions.join(", ")}`,
      "implicitly-denied": "no statement allows it",
      "explicitly-denied": `denied by ${statement || "a statement"}`,
    }[verdict];
    return el("li", { class: kind === "good" ? "found" : verdict === "depends" ? "missed" : "broken" },
      el("span", { class: "sign", "aria-hidden": "true" }, sign),
      el("strong", {}, action), resource === "*" ? " on * " : " ", el("span", {}, words), " ", places(marks));
  }

  function result(told) {
    const [kind, sign, words] = VERDICT[told.verdict] ?? ["bad", "?", told.unanswered];
    const problems = told.problems.map((problem) => el("li", { class: problem.severity === "error" ? "broken" : "missed" },
      el("span", { class: "sign", "aria-hidden": "true" }, SEVERITY[problem.severity][0]),
      el("span", {}, `${SEVERITY[problem.severity][1]}: ${problem.text} `), places(problem.marks)));
    const listed = told.documents.map(({ layer, label, marks }) => el("li", { class: "found" }, el("span", {}, `${label ?? LAYER[layer]}${label ? `: ${LAYER[layer]}` : ""} `), places(marks)));
    const missing = told.missing.map((gap) => el("li", { class: "missed" }, el("span", {}, gap)));
    return [
      el("p", { class: `outcome ${kind}`, role: "status" }, el("span", { class: "sign", "aria-hidden": "true" }, sign), el("span", {}, words)),
      problems.length > 0 && el("h3", {}, "Wrong in the document"),
      problems.length > 0 && el("ul", { class: "steps" }, ...problems),
      listed.length > 0 && el("h3", {}, `${listed.length} documents, decided together`),
      listed.length > 0 && el("ul", { class: "steps" }, ...listed),
      missing.length > 0 && el("h3", {}, "Not in this text"),
      missing.length > 0 && el("ul", { class: "steps" }, ...missing),
      told.requests.length > 0 && el("h3", {}, "Action by action"),
      told.requests.length > 0 && el("ul", { class: "steps" }, ...told.requests.map(row)),
      told.assumed && el("p", { class: "hint" }, told.assumed, " ", el("code", {}, "ecrpass policy evaluate"), " decides over all policies together."),
    ].filter(Boolean);
  }

  /** Marks the statements that decide against, or else those that allow, and what is wrong. */
  function mark(told) {
    const against = told.requests.filter(({ verdict }) => verdict !== "allowed");
    const deciding = (against.some(({ marks }) => marks.length) ? against : told.requests).flatMap(({ verdict, marks }) =>
      marks.map((one) => ({ ...one, severity: verdict === "allowed" ? "note" : verdict === "depends" ? "warning" : "error" })));
    const wrong = told.problems.flatMap(({ severity, marks }) => marks.map((one) => ({ ...one, severity })));
    const seen = new Set();
    input.mark([...wrong, ...deciding].filter(({ line, from }) => !seen.has(`${line}:${from}`) && seen.add(`${line}:${from}`)), false);
  }

  async function answer() {
    const text = input.text();
    const told = await engine.ask({ job: "policy", text, question: chosen });
    if (!told?.layers || text !== input.text()) return;
    if (asked !== text || !byId("verdict")) draw(told);
    asked = text;
    for (const name of ["principal", "repository"]) byId(`policy-${name}`).placeholder = told[name];
    byId("verdict").replaceChildren(...result(told));
    mark(told);
  }

  /** Shows the panel for the text there is. */
  function show() {
    if (asked !== input.text()) Object.assign(chosen, { layer: "", principal: "", repository: "" });
    return answer();
  }

  return { show };
})();
