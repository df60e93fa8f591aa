// What this page reads: files of a repository, and records of CloudTrail. Which tabs each has, and what is said of it.

const here = {
  /** What can be chosen, should the text be taken for something else. */
  choices: { file: "workflow, Dockerfile, manifest, policy, script", trail: "records of CloudTrail" },
  kinds: { file: "a file of a repository", trail: "records of CloudTrail", other: "nothing this page looks at" },
  /** What the other page reads, and where it is. */
  other: {
    page: "ecrpass.html",
    config: "This is a docker or podman configuration.",
    dockercfg: "This is a docker configuration.",
    bundle: "This is a bundle of ecrpass doctor.",
    policy: "This holds policies.",
    log: "This looks like an error or a log.",
  },
  tabs: [["findings", "Findings"], ["corrected", "Corrected file"], ["trail", "Who fails"], ["share", "Safe copy"]],
  visible({ kind, corrected }) {
    if (kind === "trail") return ["trail", "share"];
    if (kind === "other") return ["findings"];
    return ["findings", ...(corrected ? ["corrected"] : []), "share"];
  },
  show: { trail: showTrail },
  quotes: [],
  count: (kind, number) => count(number, "finding"),
  commands: { file: "audit FILE" },
  nothing: {
    file: ["No login to ECR in this file leaks, or will fail, as far as the file itself shows.", "What it includes and calls is looked at by ecrpass audit in the repository."],
    other: ["Should it be a file of a repository after all, choose so under Kind."],
  },
  safeNames: { file: "file-safe.txt", trail: "trail-safe.json" },
};
