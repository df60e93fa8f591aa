//! What the repair of a client's configuration found, as findings.

use ecrpass_clients::repair::{Change, Repair, Safety};
use ecrpass_core::DiagnosisId;
use ecrpass_json::InvalidDocument;

use crate::catalogue;
use crate::finding::{Confidence, Details, Evidence, Finding, Fix, FixExtent, OwnCommand, Severity};

/// What a repair found, what is repaired first; `applied` when the changes have been made in the file. One by one: of a
/// large file, they are many times as large as the file.
pub fn findings<'a>(
    repair: &'a Repair,
    source: &'a str,
    applied: bool,
) -> impl Iterator<Item = Finding> + 'a {
    let changed = repair.changes.iter().map(move |change| finding(change, source, applied));
    changed.chain(repair.left.iter().map(move |change| finding(change, source, false)))
}

/// That a text is no configuration.
pub fn invalid(document: &InvalidDocument, source: &str) -> Finding {
    let place = (document.place.line, document.place.column);
    let evidence = at(source, place, &document.excerpt);
    let entry = catalogue::find(DiagnosisId::ConfigJsonInvalid);
    let explanation = match document.is_limit {
        true => "Nothing is known to be wrong with it: ecrpass reads no more of a file, the clients do.",
        false => "Clients warn and go on as if the file were empty, or stop.",
    };
    let (title, explanation) = (document.message.clone(), explanation.to_owned());
    Finding {
        help: "ecrpass resolve <registry> --client all".to_owned(),
        ..entry.found_in_words(
            title,
            explanation,
            Confidence::Certain,
            evidence,
            Details::default(),
            Vec::new(),
        )
    }
}

/// Evidence at a place in a file.
fn at(source: &str, (line, column): (usize, usize), text: &str) -> Vec<Evidence> {
    let (line, column) = (Some(line), Some(column));
    vec![Evidence { source: source.to_owned(), line, column, text: text.to_owned(), mark: None, label: None }]
}

fn finding(change: &Change, source: &str, applied: bool) -> Finding {
    let fix = match change.safety {
        Safety::Safe => Fix::automatic(&change.fix, OwnCommand::Fix { extent: FixExtent::Safe }),
        Safety::Unsafe => Fix::own(&change.fix, OwnCommand::Fix { extent: FixExtent::Unsafe }),
        Safety::Manual => Fix::by_hand(&change.fix),
    };
    let evidence = at(source, (change.place.line, change.place.column), &change.problem);
    let fixes = vec![Fix { applied, ..fix }];
    let explanation = format!("{} at {source}:{}.", change.problem, change.place);
    let (title, entry) = (change.problem.clone(), catalogue::find(change.id));
    Finding {
        severity: if change.safety == Safety::Unsafe { Severity::Warning } else { Severity::Error },
        help: "ecrpass fix --help".to_owned(),
        ..entry.found_in_words(title, explanation, Confidence::Certain, evidence, Details::default(), fixes)
    }
}
