// What this page reads: files of a repository, records of CloudTrail, denials and bundles. Which tabs each has, and what is
// said of it.

const here = {
  /** What can be chosen, should the text be taken for something else. */
  choices: { file: "workflow, Dockerfile, manifest, policy, script", trail: "records of CloudTrail", denial: "denial by AWS", bundle: "bundle of ecrpass doctor" },
  kinds: { file: "a file of a repository", trail: "records of CloudTrail", denial: "a denial by AWS", bundle: "a bundle of ecrpass doctor", other: "nothing this page looks at" },
  /** What the other page reads, and where it is. */
  other: {
    page: "ecrpass.html",
    config: "This is a docker or podman configuration.",
    dockercfg: "This is a docker configuration.",
    regctl: "This is a regctl configuration.",
    policy: "This holds policies.",
    log: "This looks like an error or a log.",
  },
  tabs: [["findings", "Findings"], ["corrected", "Corrected file"], ["trail", "Who fails"], ["denial", "Denied by AWS"], ["share", "Safe copy"]],
  visible({ kind, corrected }) {
    if (kind === "trail" || kind === "denial") return [kind, "share"];
    if (kind === "other") return ["findings"];
    return ["findings", ...(corrected ? ["corrected"] : []), "share"];
  },
  show: { trail: showTrail, denial: showDenials },
  quotes: ["bundle"],
  count: (kind, number) => count(number, "finding"),
  commands: { file: "audit FILE", bundle: "doctor --replay FILE" },
  nothing: {
    file: ["No login to ECR in this file leaks, or will fail, as far as the file itself shows.", "What it includes and calls is looked at by ecrpass audit in the repository."],
    bundle: ["Nothing that was recorded explains a failure."],
    other: ["Should it be a file of a repository after all, choose so under Kind."],
  },
  safeNames: { file: "file-safe.txt", trail: "trail-safe.json", denial: "denial-safe.txt", bundle: "bundle-safe.json" },
};
