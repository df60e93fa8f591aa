// Who supplies the credentials: one client step by step, and all of them at a glance.

const login = (() => {
  const panel = byId("panel-login");
  const chosen = { registry: "", client: "docker", operation: "pull", file: "docker", helpers: "ok", home: "~" };
  let clients = [];
  let typed = false;
  let analysis = null;
  let clientSelect;

  const field = (label, control) => el("label", { class: "field" }, el("span", {}, label), control);

  function select(name, options) {
    const control = el("select", { onchange: ({ target }) => { chosen[name] = target.value; ask(); } },
      ...options.map(([value, label]) => el("option", { value, selected: chosen[name] === value }, label)));
    return control;
  }

  function draw() {
    const registry = el("input", { type: "text", list: "registries", spellcheck: "false", autocomplete: "off", value: chosen.registry, placeholder: "123456789012.dkr.ecr.us-east-1.amazonaws.com", oninput: ({ target }) => { chosen.registry = target.value; typed = true; ask(); } });
    panel.replaceChildren(
      el("div", { class: "fields" },
        field("Registry or image", registry),
        el("datalist", { id: "registries" }, ...analysis.registries.map((value) => el("option", { value }))),
        field("Client", (clientSelect = select("client", clients.map(({ id, title }) => [id, title])))),
        field("Operation", select("operation", [["pull", "pull"], ["push", "push"], ["build", "build"], ["login", "login"], ["create", "create a container"]])),
        field("This file is", select("file", [["docker", "~/.docker/config.json"], ["podman", "podman's auth.json"], ["helm", "Helm's registry/config.json"], ["dockercfg", "~/.dockercfg"], ["regclient", "regctl's config.json"]])),
        field("Its helpers", select("helpers", [["ok", "have an answer"], ["notfound", "say they have none"], ["error", "fail"], ["missing", "are not installed"]]))),
      el("div", { id: "answer" }),
    );
    ask();
  }

  /** Asks for the chosen client; the button of `pressed` keeps the focus, and its table stays open. */
  async function ask(pressed) {
    const answer = byId("answer");
    if (!answer) return;
    if (!chosen.registry.trim()) {
      answer.replaceChildren(el("p", { class: "hint" }, "Enter a registry."));
      return;
    }
    const told = await engine.ask({ job: "resolve", text: input.text(), question: chosen });
    if (!told || !byId("answer")) return;
    if (!told.report) {
      byId("answer").replaceChildren(el("p", { class: "hint" }, "That is not a registry's host."));
      return;
    }
    const isOpen = byId("answer").querySelector("details")?.open;
    byId("answer").replaceChildren(...result(told));
    if (isOpen) byId("answer").querySelector("details").open = true;
    if (pressed) byId("answer").querySelector(`[data-client="${CSS.escape(pressed)}"]`)?.focus();
  }

  function result({ report, works, mark, others }) {
    const rules = report.steps.find(({ step }) => step === "rules")?.detail;
    const steps = report.steps.filter(({ step }) => step !== "rules").map((step) =>
      el("li", { class: step.found ? "found" : "missed" },
        el("span", { class: "sign", "aria-hidden": "true" }, step.found ? "✓" : "·"),
        el("span", { class: "off-screen" }, step.found ? "found: " : "not found: "),
        el("strong", {}, step.step), " ", el("span", {}, step.detail)));
    const row = (other) => el("tr", { class: other.works ? "works" : "fails" },
      el("th", { scope: "row" }, el("button", { type: "button", class: "link", "data-client": other.client, onclick: () => { chosen.client = other.client; clientSelect.value = other.client; ask(other.client); } }, other.title)),
      el("td", {}, el("span", { "aria-hidden": "true" }, other.works ? "✓ " : "✕ "), other.works ? "works: " : "fails: ", OUTCOME[other.outcome]),
      el("td", {}, other.helper ?? ""));
    return [
      el("p", { class: `outcome ${works ? "good" : "bad"}`, role: "status" },
        el("span", { class: "sign", "aria-hidden": "true" }, works ? "✓" : "✕"), el("span", {}, report.summary, works || !report.expires_at ? null : ` It expired at ${report.expires_at}.`)),
      mark && el("p", {}, el("button", { type: "button", class: "place", onclick: () => input.show(mark) }, `line ${mark.line}`)),
      el("h3", {}, "Step by step"),
      el("ol", { class: "steps" }, ...steps),
      el("details", { class: "more" }, el("summary", {}, "All clients"), el("div", { class: "table", tabindex: "0", role: "region", "aria-label": "All clients" },
        el("table", {}, el("thead", {}, el("tr", {}, ...["Client", "Sends", "Helper"].map((title) => el("th", { scope: "col" }, title)))), el("tbody", {}, ...others.map(row))))),
      el("p", { class: "hint" }, "Taken for a Linux machine that holds nothing but this file. ", el("code", {}, "ecrpass resolve"), " looks at the real one.", rules && [" The rules are those of ", el("code", {}, rules), "."]),
    ].filter(Boolean);
  }

  const OUTCOME = { helper: "what the helper answers", store: "what the store answers", auths: "the stored login", environment: "a variable", anonymous: "nothing", error: "nothing: it stops" };

  /** Shows the panel for a new text. */
  async function show(next) {
    if (!clients.length) clients = (await engine.ask({ job: "clients" }))?.clients ?? [];
    const isNew = analysis?.registries.join() !== next.registries.join() || analysis?.kind !== next.kind;
    analysis = next;
    if (isNew && !(typed && analysis.registries.includes(chosen.registry))) {
      chosen.registry = analysis.registries[0] ?? "";
      chosen.file = { dockercfg: "dockercfg", regctl: "regclient", config: chosen.file === "podman" ? "podman" : "docker" }[analysis.kind] ?? chosen.file;
    }
    if (isNew || !byId("answer")) draw();
    else ask();
  }

  return { show };
})();
