//! The questions for CloudWatch Logs Insights, whose language has no joins, no `coalesce` over conditions in `stats`, and
//! no distinct count of pairs: each record counts.
//!
//! Source: CloudWatch Logs User Guide, "CloudWatch Logs Insights query syntax".

use super::questions::Question;
use crate::change::changing_calls;

const CALLS: &str = "filter eventSource in [\"ecr.amazonaws.com\", \"ecr-public.amazonaws.com\"] and userIdentity.type != \"AWSAccount\"";

/// One name for each principal.
const WHO: &str = "fields coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn, userIdentity.invokedBy, userIdentity.accountId) as who";

/// A question.
pub fn query(question: Question) -> String {
    let lines: Vec<String> = match question {
        Question::Errors => vec![
            WHO.to_owned(),
            format!("{CALLS} and ispresent(errorCode)"),
            "stats count_distinct(eventID) as n by who, errorCode, bin(1h) as hour".to_owned(),
            "sort who, errorCode, hour".to_owned(),
            "limit 10000".to_owned(),
        ],
        Question::Denials => vec![
            WHO.to_owned(),
            format!("{CALLS} and errorCode like /AccessDenied|Unauthorized/"),
            "stats count(*) as n, earliest(eventTime) as since, latest(eventTime) as last, latest(errorMessage) as message by who, eventName, awsRegion".to_owned(),
            "sort n desc".to_owned(),
            "limit 1000".to_owned(),
        ],
        Question::Peaks => vec![
            CALLS.to_owned(),
            "stats count(*) as n by recipientAccountId, awsRegion, eventName, eventTime".to_owned(),
            "filter n >= 20".to_owned(),
            "sort n desc".to_owned(),
            "limit 100".to_owned(),
        ],
        Question::Keys => vec![
            WHO.to_owned(),
            format!("{CALLS} and userIdentity.accessKeyId like /^AKIA/"),
            "stats count(*) as n, earliest(eventTime) as since, latest(eventTime) as last by who, userIdentity.accessKeyId".to_owned(),
            "sort who".to_owned(),
        ],
        Question::Sources => vec![
            WHO.to_owned(),
            format!("{CALLS} and eventName = \"GetAuthorizationToken\""),
            "stats count(*) as n, earliest(eventTime) as since, latest(eventTime) as last by who, sourceIPAddress, userAgent, vpcEndpointId".to_owned(),
            "sort n asc".to_owned(),
            "limit 1000".to_owned(),
        ],
        Question::Seen => vec![
            WHO.to_owned(),
            CALLS.to_owned(),
            "stats count(*) as n, earliest(eventTime) as since, latest(eventTime) as last by who, recipientAccountId, awsRegion".to_owned(),
            "sort last asc".to_owned(),
            "limit 10000".to_owned(),
        ],
        Question::Changes => {
            let of_service = |(source, calls): (&str, std::collections::BTreeSet<&str>)| {
                let calls: Vec<String> = calls.iter().map(|call| format!("\"{call}\"")).collect();
                format!("(eventSource = \"{source}\" and eventName in [{}])", calls.join(", "))
            };
            let services: Vec<String> = changing_calls().into_iter().map(of_service).collect();
            vec![
                "fields eventTime, recipientAccountId, awsRegion, eventName, userIdentity.arn, eventID".to_owned(),
                format!("filter not ispresent(errorCode) and (\n  {}\n)", services.join("\n  or ")),
                "sort eventTime desc".to_owned(),
                "limit 10000".to_owned(),
            ]
        }
    };
    lines.join("\n| ")
}
