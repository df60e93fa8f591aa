// What this page reads: failures and configurations. Which tabs each kind of text has, and what is said of it.

const here = {
  /** What can be chosen, should the text be taken for something else. */
  choices: { config: "docker or podman configuration", dockercfg: "legacy .dockercfg", regctl: "regctl configuration", log: "error or log", policy: "IAM, repository or endpoint policy" },
  kinds: { config: "a docker or podman configuration", dockercfg: "a legacy .dockercfg", regctl: "a regctl configuration", log: "an error or log", notice: "an event or alarm", policy: "a policy", other: "nothing this page looks at" },
  /** What the other page reads, and where it is. */
  other: { page: "audit.html", file: "This looks like a file of a repository.", trail: "These look like records of CloudTrail.", bundle: "This is a bundle of ecrpass doctor.", denial: "A denial by AWS has more to tell: which policy decides, and what to add to it." },
  tabs: [["findings", "Findings"], ["corrected", "Corrected file"], ["login", "Who logs in"], ["policy", "What it allows"], ["share", "Safe copy"]],
  visible({ kind, corrected }) {
    if (kind === "policy") return ["policy", "share"];
    if (kind === "other") return ["findings", "share"];
    return ["findings", ...(corrected ? ["corrected", "login"] : []), "share"];
  },
  show: {
    login: (panel, analysis) => login.show(analysis),
    policy: () => policy.show(),
  },
  /** Whether findings quote their evidence: it is not marked in the text alone. */
  quotes: ["log", "notice"],
  count: (kind, number) => (kind === "log" || kind === "notice" ? count(number, "cause") : count(number, "finding")),
  commands: { log: "explain", notice: "explain", config: "fix --config -", dockercfg: "fix --config -", regctl: "fix --config -" },
  nothing: {
    other: ["The page detects what it is from the text; Kind overrides that."],
    log: ["No ECR failure that ecrpass knows was found.", "If the login still fails, paste the configuration, or more of the log: the lines before the last error often show the cause."],
    notice: ["Nothing in it says that an image could not be pulled or pushed."],
    config: ["Nothing in this file keeps a login to ECR from working.", "“Who logs in” shows which credentials each client takes from it."],
  },
  safeNames: { config: "config-safe.json", dockercfg: "config-safe.json", regctl: "config-safe.json", log: "log-safe.txt", notice: "event-safe.json", policy: "policy-safe.json", other: "safe.txt" },
};
here.nothing.dockercfg = here.nothing.regctl = here.nothing.config;
