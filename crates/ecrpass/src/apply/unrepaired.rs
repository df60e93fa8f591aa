//! What `ecrpass fix` would have to do on this machine, as findings: nobody is told that nothing is wrong while it finds
//! something.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use ecrpass_core::environment::Environment;
use ecrpass_diagnosis::finding::{Finding, Severity};

use super::around_files;
use super::helper_logins::HelperLogins;
use super::repair::{Options, repair_file};
use crate::system::files;
use crate::system::machine::LocalMachine;

/// Whatever is left to do in this user's files, if they can be looked through in time.
pub fn findings_within(
    left: Duration,
    environment: &Arc<dyn Environment>,
    offline: bool,
) -> Option<Vec<Finding>> {
    let (tell, told) = mpsc::channel();
    let environment = Arc::clone(environment);
    thread::spawn(move || tell.send(findings(environment.as_ref(), offline)));
    told.recv_timeout(left).ok()
}

/// The same, whichever client reads them, however long it takes.
fn findings(environment: &dyn Environment, offline: bool) -> Vec<Finding> {
    let paths = files::present(environment);
    let helper = HelperLogins::new(environment, offline);
    let options = Options { dry_run: true, with_unsafe: false };
    let mut all = Vec::new();
    let matters = |finding: &Finding| finding.severity != Severity::Note;
    for path in &paths {
        // What cannot be read is told where it is looked for.
        if let Ok(file) = repair_file(environment, path, &options, &helper, &mut |_| {})
            && file.is_left()
        {
            all.extend(few_alike(file.findings(path).filter(matters)));
        }
    }
    all.extend(
        around_files::findings(&LocalMachine::looking(environment), &paths).into_iter().filter(matters),
    );
    all
}

/// How many entries of a file are told of that have the same cause.
const MOST_ALIKE: usize = 10;

/// The first few findings of each cause; the last of them says how many more there are.
fn few_alike(findings: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for finding in findings {
        let count = counts.entry(finding.id.clone()).or_default();
        *count += 1;
        if *count <= MOST_ALIKE {
            kept.push(finding);
        }
    }
    for (id, count) in counts {
        let Some(more) = count.checked_sub(MOST_ALIKE).filter(|more| *more > 0) else { continue };
        if let Some(last) = kept.iter_mut().rfind(|finding| finding.id == id) {
            let have = if more == 1 { "entry has" } else { "entries have" };
            last.consequences.push(format!("{more} more {have} it, too: ecrpass fix --dry-run lists all."));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_alike_a_few_are_told_and_the_rest_is_counted() {
        let findings = |count: usize| {
            let one = |number| {
                Finding::outside_catalogue(
                    format!("cause-{}", number % 2),
                    Severity::Error,
                    "It is so",
                    "help",
                )
            };
            few_alike((0..count).map(one))
        };
        let all = findings(2 * MOST_ALIKE);
        assert_eq!(all.len(), 2 * MOST_ALIKE);
        assert!(all.iter().all(|finding| finding.consequences.is_empty()));
        let few = findings(30_001);
        assert_eq!(few.len(), 2 * MOST_ALIKE);
        let said: Vec<&String> = few.iter().flat_map(|finding| &finding.consequences).collect();
        let counted =
            |more: usize| format!("{more} more entries have it, too: ecrpass fix --dry-run lists all.");
        assert_eq!(said, [&counted(14_991), &counted(14_990)]);
    }
}
