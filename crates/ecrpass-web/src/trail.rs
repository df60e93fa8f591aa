//! Pasted or opened records of CloudTrail: who fails at ECR since when and the change before, as `ecrpass trail` has it.
//! Of a record or two, which have no before and after, what `ecrpass explain` says of them.

use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::finding::{Confidence, Findings};
use ecrpass_trail::accumulator::Accumulator;
use ecrpass_trail::answers::{Wanted, answer};
use ecrpass_trail::explain::{LARGEST, explain_pasted};
use ecrpass_trail::report::charts::bars;
use ecrpass_trail::report::text::title;
use ecrpass_trail::report::{Incident, Report};
use ecrpass_trail::scan::{Part, Scanner};
use ecrpass_trail::seen::Seen;
use serde::Serialize;

use crate::json;
use crate::marks::{Mark, in_evidence};

/// What the page shows.
#[derive(Serialize)]
struct Answer {
    kind: &'static str,
    /// What the command line prints.
    report: Report,
    /// Of each incident, what is shown of it.
    incidents: Vec<Shown>,
    /// What single records say, where there is no incident.
    explained: Findings,
    /// The words in their evidence that say it.
    quoted: Vec<Vec<Option<Mark>>>,
    /// Records stand where they stand: nothing in them is marked.
    marks: [(); 0],
}

/// An incident in words.
#[derive(Serialize)]
struct Shown {
    title: String,
    /// How many calls failed in each part of the time.
    chart: String,
    /// Of each of its causes, how sure it is.
    causes: Vec<&'static str>,
}

/// The names that records have, and hardly anything else.
const TELLING: [&str; 3] = ["eventSource", "CloudTrailEvent", "\"Records\""];

/// Who fails by the records of a text, as JSON; none where it holds none, unless `kind` says that it is a `trail`.
pub fn trail(text: &str, kind: &str, source: &str) -> Option<String> {
    let is_chosen = kind == "trail";
    if !is_chosen && (!kind.is_empty() || !TELLING.iter().any(|word| text.contains(word))) {
        return None;
    }
    let seen = Seen::default();
    let mut scanner = Scanner::new(Accumulator::default(), &seen);
    scanner.read_part(source, text.as_bytes(), Part::Whole);
    let (accumulator, tally) = scanner.finish();
    if !is_chosen && tally.records == 0 {
        return None;
    }
    let mut report = answer(accumulator.finish(), &Wanted::default());
    report.add_reading(&tally, seen.late());
    let explained = match report.incidents.as_slice() {
        [] if tally.records > 0 && text.len() <= LARGEST => {
            explain_pasted(source, text, || explain(source, text))
        }
        _ => Vec::new(),
    };
    Some(json(&Answer {
        kind: "trail",
        incidents: report.incidents.iter().map(shown).collect(),
        report,
        quoted: in_evidence(&explained),
        explained: Findings::new(explained),
        marks: [],
    }))
}

fn shown(incident: &Incident) -> Shown {
    let sure = |confidence| match confidence {
        Confidence::Certain => "Cause",
        Confidence::Likely => "Likely cause",
        Confidence::Possible => "Possible cause",
    };
    let has_chart = incident.chart.iter().any(|count| *count > 0);
    Shown {
        title: title(incident),
        chart: if has_chart { bars(&incident.chart) } else { String::new() },
        causes: incident.causes.iter().map(|cause| sure(cause.confidence)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn record(time: &str, id: u32, name: &str, more: &str) -> String {
        let source = if name == "DetachRolePolicy" { "iam.amazonaws.com" } else { "ecr.amazonaws.com" };
        let region = if name == "DetachRolePolicy" { "us-east-1" } else { "eu-west-1" };
        format!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","arn":"arn:aws:sts::444455556666:assumed-role/node/i-1","accountId":"444455556666","sessionContext":{{"sessionIssuer":{{"type":"Role","arn":"arn:aws:iam::444455556666:role/node"}}}}}},"eventTime":"2026-11-26T{time}Z","eventSource":"{source}","eventName":"{name}","awsRegion":"{region}","sourceIPAddress":"10.0.0.1","userAgent":"x",{more}"responseElements":null,"eventID":"00000000-0000-4000-8000-{id:012}","eventType":"AwsApiCall","recipientAccountId":"444455556666"}}"#
        )
    }

    fn denied(time: &str, id: u32) -> String {
        record(
            time,
            id,
            "GetAuthorizationToken",
            r#""errorCode":"AccessDenied","errorMessage":"User: arn:aws:sts::444455556666:assumed-role/node/i-1 is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action","requestParameters":null,"#,
        )
    }

    fn answered(text: &str) -> Value {
        serde_json::from_str(&trail(text, "", "trail.json").unwrap()).unwrap()
    }

    #[test]
    fn an_incident_comes_with_the_change_before_it() {
        let mut records: Vec<String> = (0..20)
            .map(|n| {
                record(&format!("08:{n:02}:00"), n, "GetAuthorizationToken", r#""requestParameters":null,"#)
            })
            .collect();
        records.push(record(
            "09:07:14",
            100,
            "DetachRolePolicy",
            r#""requestParameters":{"roleName":"node","policyArn":"arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"},"#,
        ));
        records.extend((0..20).map(|n| denied(&format!("09:{:02}:30", n + 10), 200 + n)));
        let answer = answered(&format!("{{\"Records\":[{}]}}", records.join(",")));
        assert_eq!(answer["report"]["incidents"][0]["causes"][0]["event"], "DetachRolePolicy", "{answer}");
        assert!(answer["incidents"][0]["title"].as_str().unwrap().starts_with("role node is refused at"));
        assert_eq!(answer["incidents"][0]["causes"][0], "Likely cause");
        assert!(answer["incidents"][0]["chart"].as_str().unwrap().contains('█'));
        assert_eq!(answer["explained"]["findings"], serde_json::json!([]));
    }

    #[test]
    fn a_single_record_is_explained() {
        let answer = answered(&denied("09:08:16", 1));
        let found = answer["explained"]["findings"].as_array().unwrap();
        let incidents = answer["report"]["incidents"].as_array().unwrap();
        assert!(!found.is_empty() || !incidents.is_empty(), "{answer}");
        assert_eq!(answer["report"]["totals"]["records"], 1);
    }

    #[test]
    fn other_texts_hold_no_records() {
        for text in ["", "{\"Records\":[]}", "eventSource = ecr", "name: x\non: push\njobs: {}\n"] {
            assert_eq!(trail(text, "", "x"), None, "{text}");
        }
        assert_eq!(trail("{\"eventSource\": 1}", "file", "x"), None);
        assert!(trail("", "trail", "x").is_some(), "whoever says that it is one is answered");
    }
}
