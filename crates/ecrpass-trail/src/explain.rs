//! A record of CloudTrail, or a few of them, that somebody pasted: which cause each failure is.
//!
//! Of one record there is no before and after: that is `trail`'s answer, and the finding says so.

use std::collections::BTreeMap;

use ecrpass_core::redact::redact;
use ecrpass_core::{CommandLine, DiagnosisId, Partition};
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::examination::explain_notice;
use ecrpass_diagnosis::finding::{Confidence, Details, Evidence, Finding, Fix, Situation, safe};
use ecrpass_iam::denial::{self, Reason};

use crate::accumulator::Accumulator;
use crate::answers::refused;
use crate::scan::{Part, Scanner};
use crate::seen::Seen;
use crate::series::with_caller;

/// A text larger than this is a trail, in bytes.
pub const LARGEST: usize = 2 << 20;

/// What somebody's text says who pasted it: an event, a task or an alarm by itself; else the words in it, which `words` reads
/// as those of a log, and the records in it.
pub fn explain_pasted(source: &str, text: &str, words: impl FnOnce() -> Vec<Finding>) -> Vec<Finding> {
    explain_notice(source, text)
        .unwrap_or_else(|| decided(words(), explain(source, text).unwrap_or_default()))
}

/// What a record of CloudTrail allows to conclude counts more than what its words leave open. Where they leave nothing
/// open, it still knows where more is recorded.
fn decided(mut found: Vec<Finding>, concluded: Vec<Finding>) -> Vec<Finding> {
    if found.first().is_none_or(|first| first.confidence != Confidence::Certain) {
        return if concluded.is_empty() { found } else { concluded };
    }
    if let (Some(first), Some(read)) = (found.first_mut(), concluded.into_iter().next())
        && first.id == read.id
    {
        let known: Vec<_> = first.confirm.iter().map(Fix::command).collect();
        first.confirm.extend(read.confirm.into_iter().filter(|fix| !known.contains(&fix.command())));
    }
    found
}

/// What the records of a text say; `None` where it holds none. Calls that succeeded, and answers such as that a tag is not
/// there yet, are no findings.
pub fn explain(source: &str, text: &str) -> Option<Vec<Finding>> {
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']);
    // The names that every record has: others need not be parsed.
    let is_likely = is_json && (text.contains("eventSource") || text.contains("CloudTrailEvent"));
    if text.len() > LARGEST || !is_likely {
        return None;
    }
    let seen = Seen::default();
    let mut scanner = Scanner::new(Accumulator::default(), &seen);
    scanner.read_part(source, text.as_bytes(), Part::Whole);
    let (accumulator, tally) = scanner.finish();
    if tally.records == 0 {
        return None;
    }
    let evidence = accumulator.finish();
    let mut found: BTreeMap<(DiagnosisId, String), Finding> = BTreeMap::new();
    for refused in refused(&evidence) {
        let Some(id) = refused.id else { continue };
        let key = (id, refused.case.principal.to_owned());
        let finding = finding(source, id, &refused.case);
        match found.get_mut(&key) {
            Some(known) => known.evidence.extend(finding.evidence),
            None => {
                found.insert(key, finding);
            }
        }
    }
    let mut found: Vec<Finding> = found.into_values().collect();
    found.sort_by_key(|finding| finding.confidence);
    Some(found)
}

fn finding(source: &str, id: DiagnosisId, case: &crate::answers::Case<'_>) -> Finding {
    let kind = case.kinds.first();
    let message = kind.map(|kind| with_caller(&kind.of.denial)).unwrap_or_default();
    let denied = denial::parse(&message);
    let registry = case.registry;
    let domain = Partition::of_region(case.region).map_or("amazonaws.com", Partition::dns_suffix);
    let repositories = case.repositories();
    let is_private =
        kind.is_some_and(|kind| kind.of.source.as_ref() == "ecr.amazonaws.com") && !case.region.is_empty();
    let is_account = ecrpass_core::account::is_account_id(registry);
    let host = (is_private && is_account).then(|| format!("{registry}.dkr.ecr.{}.{domain}", case.region));
    let details = Details {
        host: host.as_deref().and_then(safe),
        account: safe(registry),
        region: safe(case.region),
        repository: repositories.first().and_then(|name| safe(name)).filter(|_| repositories.len() == 1),
        principal: safe(case.principal),
        action: denied.and_then(|denied| safe(denied.action)),
        ..Details::default()
    };
    let evidence = case.kinds.iter().flat_map(|kind| {
        kind.firsts.iter().map(|first| {
            let (call, error, message) = (&kind.of.call, &kind.of.error, redact(&first.message));
            Evidence::new(source, format!("{call}: {error}: {message} (event {})", first.id))
        })
    });
    let is_said = case.reason != Reason::Unsaid || case.failure != crate::failure::Failure::Denied;
    let confidence = match id {
        // It may be in another region: one record does not know.
        DiagnosisId::RepositoryNotFound => Confidence::Likely,
        _ if is_said => Confidence::Certain,
        _ => Confidence::Likely,
    };
    let entry = catalogue::find(id);
    let situation = Situation::of(&details);
    let mut fixes: Vec<Fix> = entry.fixes(&situation).collect();
    let confirmation = entry.confirmation(&situation).filter(|_| confidence != Confidence::Certain);
    if let Some(confirmation) = confirmation {
        fixes.insert(0, confirmation);
    }
    let who = crate::who::Who::of(case.principal).name();
    let command = CommandLine::shell("ecrpass trail --principal").word(who).shell_word("./AWSLogs");
    let trail =
        Fix::run("see since when, and which change came just before, in the files of the trail", command);
    fixes.push(Fix { looks: true, ..trail });
    entry.found(confidence, evidence.take(20).collect(), details, fixes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::444455556666:assumed-role/node/i-1","accountId":"444455556666","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::444455556666:role/node"}}},"eventTime":"2026-11-26T09:08:16Z","eventSource":"ecr.amazonaws.com","eventName":"GetAuthorizationToken","awsRegion":"eu-west-1","sourceIPAddress":"10.0.0.1","userAgent":"x","errorCode":"AccessDenied","errorMessage":"User: arn:aws:sts::444455556666:assumed-role/node/i-1 is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action","requestParameters":null,"responseElements":null,"eventID":"fe06d466-0718-40ee-b4b8-323060c3186e","eventType":"AwsApiCall","recipientAccountId":"444455556666"}"#;

    fn ids(text: &str) -> Option<Vec<String>> {
        explain("stdin", text).map(|found| found.into_iter().map(|finding| finding.id).collect())
    }

    #[test]
    fn a_record_is_explained_however_it_is_wrapped() {
        let expected = Some(vec!["iam-missing-get-authorization-token".to_owned()]);
        assert_eq!(ids(RECORD), expected);
        assert_eq!(ids(&format!("\u{feff}\n{{\"Records\":[{RECORD}]}}")), expected);
        assert_eq!(ids(&format!("[{RECORD},{RECORD}]")), expected);
        assert_eq!(
            ids(&format!("{{\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":{RECORD}}}")),
            expected
        );
        let looked_up =
            serde_json::json!({ "Events": [{ "EventId": "x", "CloudTrailEvent": RECORD }] }).to_string();
        assert_eq!(ids(&looked_up), expected);
    }

    #[test]
    fn the_finding_knows_whose_case_it_is() {
        let finding = explain("record.json", RECORD).unwrap().remove(0);
        let details = finding.details.unwrap();
        assert_eq!(details.host.as_deref(), Some("444455556666.dkr.ecr.eu-west-1.amazonaws.com"));
        assert_eq!(details.principal.as_deref(), Some("arn:aws:iam::444455556666:role/node"));
        assert_eq!(
            (finding.confidence, details.action.as_deref()),
            (Confidence::Certain, Some("ecr:GetAuthorizationToken"))
        );
        assert!(finding.evidence[0].text.contains("fe06d466-0718-40ee-b4b8-323060c3186e"));
        let looks: Vec<String> = finding.confirm.iter().filter_map(Fix::command).collect();
        assert!(looks.contains(&"ecrpass trail --principal node ./AWSLogs".to_owned()), "{looks:?}");
    }

    #[test]
    fn what_is_known_for_certain_stays_and_learns_where_more_is_recorded() {
        let known = explain("stdin", RECORD).unwrap().remove(0);
        let words = |id: &str, confidence| Finding {
            confidence,
            confirm: Vec::new(),
            ..Finding { id: id.to_owned(), title: "by its words".to_owned(), ..known.clone() }
        };
        let said = |words| explain_pasted("stdin", RECORD, || words).remove(0);
        let certain = said(vec![words(&known.id, Confidence::Certain)]);
        assert_eq!((certain.title.as_str(), &certain.confirm), ("by its words", &known.confirm));
        let another = said(vec![words("token-expired", Confidence::Certain)]);
        assert_eq!((another.id.as_str(), another.confirm.len()), ("token-expired", 0));
        for open in [vec![], vec![words(&known.id, Confidence::Possible)]] {
            assert_eq!(said(open), known);
        }
        let log = vec![words("token-expired", Confidence::Possible)];
        assert_eq!(explain_pasted("stdin", "no record", || log.clone()), log);
    }

    #[test]
    fn a_call_that_succeeded_is_no_finding_and_other_texts_are_none() {
        let fine = RECORD.replace("\"errorCode\":\"AccessDenied\",", "");
        assert_eq!(ids(&fine), Some(Vec::new()));
        for text in [
            "",
            "{}",
            "no basic auth credentials",
            "{\"eventSource\": 1}",
            "[1, \"eventSource\"]",
            "eventSource",
        ] {
            assert_eq!(ids(text), None, "{text}");
        }
    }
}
