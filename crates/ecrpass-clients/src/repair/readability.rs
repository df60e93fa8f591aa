//! What keeps clients from reading a configuration to its end.

use ecrpass_core::DiagnosisId;
use ecrpass_core::redact::redact;
use ecrpass_json::Edit;

use super::change::{Change, Safety};
use super::meaning::host_of;
use super::view::{Proposal, View};
use crate::docker_config::ProblemKind;

pub(super) fn propose(view: &View<'_>, proposals: &mut Vec<Proposal>) {
    for problem in &view.config.problems {
        let manual = |fix: &str| {
            let change = Change {
                id: DiagnosisId::ConfigJsonInvalid,
                place: view.place(problem.offset),
                problem: redact(&problem.message).into_owned(),
                fix: fix.to_owned(),
                safety: Safety::Manual,
                optional: false,
            };
            Proposal { change, offset: 0, edit: None, waits: false }
        };
        proposals.push(match problem.kind {
            ProblemKind::ByteOrderMark => view.proposal(
                DiagnosisId::ConfigJsonInvalid,
                0,
                problem.message.clone(),
                "remove the byte order mark",
                Safety::Safe,
                Some(Edit::ByteOrderMark),
            ),
            ProblemKind::WrongType | ProblemKind::WrongDockerType | ProblemKind::WrongFormerType => {
                manual("correct it by hand; until then docker decodes no stored logins")
            }
            ProblemKind::DuplicateKey => manual("keep one of them; clients use the last"),
            ProblemKind::DuplicateObject => {
                manual("put their entries into one; Go's clients (docker, podman) join them, others use the last only")
            }
            ProblemKind::NullAfterObject => manual("remove it, or the entries that it stands for"),
            ProblemKind::TrailingText => manual("remove what stands there"),
            // Those of ECR's are removed with the entry; others are not ours to touch.
            ProblemKind::Undecodable if is_ours(view, problem.offset) => continue,
            ProblemKind::Undecodable => manual("log in to that registry again; docker stops reading there"),
            ProblemKind::UnusualCase => continue,
        });
    }
}

/// Whether a problem lies in an entry of an ECR registry.
fn is_ours(view: &View<'_>, offset: usize) -> bool {
    // The entries stand in the file's order.
    let after = view.config.auths.partition_point(|entry| entry.span.start <= offset);
    let entry = after.checked_sub(1).and_then(|index| view.config.auths.get(index));
    entry.is_some_and(|entry| offset <= entry.span.end && host_of(&entry.key).is_some())
}
