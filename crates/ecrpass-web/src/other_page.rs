//! What a text is that the other page reads: people paste what they have, and the page that has little to say of it says
//! where to take it. Nothing but that sentence depends on it, so a look at the text is enough.

/// How much of a text is looked at, in bytes.
#[cfg(feature = "explain")]
const LOOKED_AT: usize = 64 * 1024;

/// The keys at the top of files of a repository; of each group all have to be there.
#[cfg(feature = "explain")]
const KEYS: [&[&str]; 9] = [
    &["on", "jobs"],
    &["services"],
    &["apiVersion", "kind"],
    &["stages"],
    &["pipelines"],
    &["version", "phases"],
    &["version", "jobs"],
    &["Resources"],
    &["steps"],
];

/// What the page for files and trails would read this as: `file`, `trail` or `denial`.
#[cfg(feature = "explain")]
pub(crate) fn of_audit(text: &str) -> Option<&'static str> {
    let is_denial = text.contains("is not authorized to perform: ");
    of_files(text).or(is_denial.then_some("denial"))
}

#[cfg(feature = "explain")]
fn of_files(text: &str) -> Option<&'static str> {
    let text = head(text.trim_start_matches('\u{feff}').trim_start());
    if text.starts_with(['{', '[']) {
        let is_trail = text.contains("\"eventSource\"") || text.contains("\"CloudTrailEvent\"");
        return is_trail.then_some("trail");
    }
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let begins = |word: &str| lines().any(|line| line.starts_with(word));
    let first = lines().next().unwrap_or_default();
    let is_script = first.starts_with("#!") || first.starts_with("#cloud-config");
    let is_dockerfile = begins("FROM ") && ["RUN ", "COPY ", "CMD ", "ENTRYPOINT "].into_iter().any(begins);
    let is_code = first.starts_with("pipeline {")
        || lines().any(|line| line.starts_with("resource \"") && line.ends_with('{'));
    let has =
        |key: &&str| lines().any(|line| line.strip_prefix(*key).is_some_and(|rest| rest.starts_with(':')));
    // What a cluster tells of a pod is an answer, and no file.
    let is_told = lines().any(|line| line.starts_with("status:") || line.starts_with("kind: Event"));
    let is_tree = KEYS.iter().any(|keys| keys.iter().all(has)) && !is_told;
    (is_script || is_dockerfile || is_code || is_tree).then_some("file")
}

#[cfg(feature = "explain")]
fn head(text: &str) -> &str {
    let mut end = text.len().min(LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// What the page for failures would read this as.
#[cfg(feature = "audit")]
pub(crate) fn of_explain(text: &str) -> Option<&'static str> {
    use ecrpass_diagnosis::input_kind::InputKind;

    match crate::kind_of("", text) {
        InputKind::Nothing => None,
        kind => Some(crate::word(kind)),
    }
}

#[cfg(all(test, feature = "explain"))]
mod tests {
    use super::*;

    #[test]
    fn files_and_trails_are_told_from_logs() {
        for (text, expected) in [
            ("name: x\non: push\njobs:\n  a: {}\n", Some("file")),
            ("# x\nFROM alpine\nRUN x\n", Some("file")),
            ("services:\n  a:\n    image: x\n", Some("file")),
            ("apiVersion: v1\nkind: Pod\nspec: {}\n", Some("file")),
            ("apiVersion: v1\nkind: Pod\nstatus:\n  phase: Pending\n", None),
            ("resource \"aws_ecr_repository\" \"a\" {\n}\n", Some("file")),
            ("#!/bin/sh\ndocker push x\n", Some("file")),
            ("\u{feff}{\"Records\":[{\"eventSource\":\"ecr.amazonaws.com\"}]}", Some("trail")),
            ("{\"detail-type\":\"ECS Task State Change\"}", None),
            ("Step 1/2 : FROM alpine\ndenied: no\n", None),
            ("User: x is not authorized to perform: ecr:PutImage\n", Some("denial")),
            ("from here on it fails\n", None),
            ("time=\"x\" level=error msg=\"401\"\nerror: x\n", None),
            ("", None),
        ] {
            assert_eq!(of_audit(text), expected, "{text}");
        }
    }
}
