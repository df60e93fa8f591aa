//! What a line says went wrong, and with what, in whatever words its program has for it. The catalogue's table of what is
//! known in general asks for these, where no signature knows the program's own sentence.

use std::sync::OnceLock;

use aho_corasick::Input;
use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::contiguous::NFA;

use super::failure_words::{FAILURES, NO_FAILURE, THINGS};

/// The failures that another host may have as well: the line itself has to name ECR's.
const OF_HOSTS: [&str; 6] =
    ["@fails-trust", "@fails-name", "@fails-network", "@fails-midway", "@fails-server", "@fails-platform"];

/// The tags of a line in lower case: what failed, and with what; none if it tells of no failure of a registry's.
/// `answered` is the tag of the status that it says a registry answered with.
pub fn failure(line: &str, names_ecr: bool, answered: Option<&str>) -> Option<[&'static str; 2]> {
    let (mut failure, mut thing) = (FAILURES.len(), THINGS.len());
    for (start, text) in texts(line) {
        match text.checked_sub(NO_FAILURE.len()) {
            None => return None,
            Some(text) => {
                let group = groups().get(text).copied()?;
                match group.checked_sub(FAILURES.len()) {
                    Some(of_things) => thing = thing.min(of_things),
                    None if begins_a_word(line, start) && !is_an_option(line, start) => {
                        failure = failure.min(group)
                    }
                    None => {}
                }
            }
        }
    }
    let said = FAILURES.get(failure).map(|(tag, _)| *tag);
    let failure = match (answered, said) {
        (Some("@answered-401"), _) => "@fails-identity",
        (Some("@answered-403"), said) if said != Some("@fails-expired") => "@fails-access",
        (Some("@answered-404"), _) => "@fails-missing",
        (Some("@answered-400"), None | Some("@fails-somehow")) => "@fails-request",
        (Some("@answered-429"), _) => "@fails-rate",
        (Some("@answered-5xx"), None | Some("@fails-somehow" | "@fails-midway")) => "@fails-server",
        (_, said) => said?,
    };
    if OF_HOSTS.contains(&failure) && !names_ecr {
        return None;
    }
    let thing = THINGS.get(thing).map(|(tag, _)| *tag).or_else(|| names_ecr.then_some("@with-image"))?;
    Some([failure, thing])
}

/// Whether it is an option of a command, as `--timeout 300s`.
fn is_an_option(line: &str, start: usize) -> bool {
    let before = line.get(..start).unwrap_or_default();
    let word = before.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
    word.starts_with("--")
}

fn begins_a_word(line: &str, start: usize) -> bool {
    let before = line.get(..start).and_then(|before| before.chars().next_back());
    line.get(start..).is_some_and(|text| !text.starts_with(|c: char| c.is_ascii_alphanumeric()))
        || !before.is_some_and(|c| c.is_ascii_alphanumeric())
}

/// Where the texts of a line begin, with their numbers: those that make it no failure first.
fn texts(line: &str) -> impl Iterator<Item = (usize, usize)> {
    static TEXTS: OnceLock<Option<NFA>> = OnceLock::new();
    let texts = TEXTS.get_or_init(|| {
        let groups = FAILURES.iter().chain(&THINGS).flat_map(|(_, texts)| *texts);
        NFA::new(NO_FAILURE.iter().chain(groups)).ok()
    });
    let found = texts.iter().filter_map(move |texts| texts.try_find_overlapping_iter(Input::new(line)).ok());
    found.flatten().map(|found| (found.start(), found.pattern().as_usize()))
}

/// Of each text of the groups, the number of its group.
fn groups() -> &'static [usize] {
    static GROUPS: OnceLock<Vec<usize>> = OnceLock::new();
    GROUPS.get_or_init(|| {
        let groups = FAILURES.iter().chain(&THINGS).enumerate();
        groups.flat_map(|(group, (_, texts))| texts.iter().map(move |_| group)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_told_by_any_words_for_it() {
        for (line, expected) in [
            ("the image could not be found in the registry", Some(["@fails-missing", "@with-image"])),
            ("datasource unauthorized: registry host/app", Some(["@fails-identity", "@with-image"])),
            ("we do not have permission to pull the image", Some(["@fails-access", "@with-image"])),
            ("unable to push host/app: bad request", Some(["@fails-request", "@with-push"])),
            ("failed to log in to host", Some(["@fails-somehow", "@with-login"])),
            ("ecr token: request timed out", None),
            ("configmap \"web\" not found", None),
            ("readiness probe failed: connection refused", None),
            ("unable to find image 'host/app:1' locally", None),
            ("remote: repository not found", None),
            ("the image was pulled", None),
        ] {
            assert_eq!(failure(line, false, None), expected, "{line}");
        }
        let expected = Some(["@fails-network", "@with-api"]);
        assert_eq!(failure("ecr token: request timed out", true, None), expected);
        let expected = Some(["@fails-midway", "@with-push"]);
        assert_eq!(failure("docker push of host exited with code 1: eof", true, None), expected);
        let expected = Some(["@fails-access", "@with-image"]);
        assert_eq!(failure("tags list of host (statuscode=403)", true, Some("@answered-403")), expected);
    }
}
