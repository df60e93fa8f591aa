//! What a job may do: `id-token: write`, beside what it may do already.

use ecrpass_audit::jobs::edits::token_allowed;
use ecrpass_audit::yaml::{Key, Node};

use crate::convert::lines;
use crate::convert::work::Work;

/// Lets the job have a token.
pub fn allow(text: &str, root: &Node, key: &Key, job: &Node, work: &mut Work) {
    let own = job.entry("permissions");
    let outer = root.entry("permissions");
    // A job's block replaces the workflow's.
    let Some((place, block)) = own.or(outer) else {
        return default(text, key, job, work);
    };
    let is_there = block.text_of("id-token") == Some("write") || block.text() == Some("write-all");
    if is_there {
        return;
    }
    match (own.is_some(), block.members()) {
        (true, Some(_)) => {
            if let Some(replacement) = token_allowed(text, &place.bytes, block) {
                work.edit(vec![replacement]);
            }
        }
        // For this job alone, with what the workflow's has.
        (false, Some(members)) => {
            let others = members.iter().filter(|(key, _)| key.text != "id-token");
            let kept = others.filter_map(|(key, value)| Some(format!("{}: {}", key.text, value.text()?)));
            insert(text, job, kept.collect(), work);
        }
        (true, None) => {
            work.need(format!(
                "The permissions of the job `{}` are `{}`: write them as a list, with id-token: write.",
                key.text,
                block.text().unwrap_or_default()
            ));
        }
        (false, None) => default(text, key, job, work),
    }
}

/// Without a block the repository's default holds, which never has a token in it.
fn default(text: &str, key: &Key, job: &Node, work: &mut Work) {
    work.need(format!(
        "The job `{}` had the repository's default permissions, and has these now: contents: read, id-token: write. Add what else it takes.",
        key.text
    ));
    insert(text, job, vec!["contents: read".to_owned()], work);
}

/// Above the steps: nothing else of a conversion changes that line.
fn insert(text: &str, job: &Node, kept: Vec<String>, work: &mut Work) {
    let Some((key, _)) = job.entry("steps") else { return };
    let indent = lines::column(text, key.bytes.start);
    let mut new = vec!["permissions:".to_owned()];
    new.extend(kept.iter().map(|member| format!("  {member}")));
    new.push("  id-token: write".to_owned());
    work.edit(vec![lines::before(text, key.bytes.start, &indent, &new)]);
}
