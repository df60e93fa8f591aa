//! What IAM, ECR and Lambda refused, by CloudTrail: as events, and as filters on its log group.
//!
//! What never reaches IAM (an expired password, a way that is blocked, an endpoint's policy) is in no trail: the canary
//! sees that.

use ecrpass_core::DiagnosisId as D;

use crate::alarms::family::Family;
use crate::alarms::signal::{Signal, Urgency};
use crate::alarms::value::{Value, list, map};
use crate::alarms::watch::{EventRule, MetricFilter, Watch};

/// The services of ECR, as records name them. A pattern with `*ecr*` would be Secrets Manager's, too.
const SERVICES: [&str; 2] = ["ecr.amazonaws.com", "ecr-public.amazonaws.com"];

/// The same, as events name them.
const SOURCES: [&str; 2] = ["aws.ecr", "aws.ecr-public"];

/// The calls by which a function gets its image, as Lambda's records name them.
const LAMBDA_CALLS: [&str; 2] = ["CreateFunction20150331", "UpdateFunctionCode20150331v2"];

/// What was refused, and how its code begins.
struct Question {
    name: &'static str,
    codes: &'static [&'static str],
    cause: D,
    others: &'static [D],
    urgency: Urgency,
    summary: &'static str,
    meaning: &'static str,
    /// How many records in five minutes make an alarm.
    threshold: u32,
}

const QUESTIONS: [Question; 5] = [
    Question {
        name: "EcrDenied",
        codes: &["AccessDenied"],
        cause: D::IamMissingPullAction,
        others: &[
            D::IamMissingGetAuthorizationToken,
            D::CrossAccountRepoPolicyMissing,
            D::ExplicitDenyPolicy,
        ],
        urgency: Urgency::Critical,
        summary: "ECR refused a caller",
        meaning: "The record names principal, action and the policy that decided.",
        threshold: 1,
    },
    Question {
        name: "EcrThrottled",
        codes: &["Throttling", "RequestLimitExceeded", "TooManyRequests"],
        cause: D::Throttled,
        others: &[],
        urgency: Urgency::Warning,
        summary: "ECR throttles this account",
        meaning: "Calls are limited by the second: averages of a minute do not show it.",
        threshold: 5,
    },
    Question {
        name: "EcrKeyRefused",
        codes: &["KmsException"],
        cause: D::KmsKeyAccessDenied,
        others: &[],
        urgency: Urgency::Critical,
        summary: "ECR cannot use the key of a repository",
        meaning: "No image of that repository can be pulled or pushed.",
        threshold: 1,
    },
    Question {
        name: "EcrUpstreamFails",
        codes: &["UnableToGetUpstream"],
        cause: D::PullThroughCacheError,
        others: &[],
        urgency: Urgency::Warning,
        summary: "A pull-through cache does not reach its upstream",
        meaning: "Images that are not in the cache yet cannot be pulled; its secret may have expired.",
        threshold: 1,
    },
    Question {
        name: "EcrQuotaReached",
        codes: &["LimitExceeded"],
        cause: D::QuotaExceeded,
        others: &[],
        urgency: Urgency::Warning,
        summary: "A quota of ECR is reached",
        meaning: "Pushes fail until something is deleted or the quota is raised.",
        threshold: 1,
    },
];

/// Refusals of ECR, as events and as filters.
pub fn of_ecr() -> Vec<Signal> {
    QUESTIONS.iter().flat_map(|question| [question.event(), question.filter()]).collect()
}

impl Question {
    fn signal(&self, end: &str, watch: Watch) -> Signal {
        Signal {
            name: format!("{}{end}", self.name),
            family: Family::Cloudtrail,
            cause: self.cause,
            others: self.others,
            urgency: self.urgency,
            summary: self.summary.to_owned(),
            meaning: self.meaning,
            watch,
        }
    }

    fn event(&self) -> Signal {
        let codes = self.codes.iter().map(|code| map([("prefix", Value::from(*code))])).collect();
        let detail = map([("eventSource", list(SERVICES)), ("errorCode", Value::List(codes))]);
        // GetAuthorizationToken is among them, which other rules are not told of.
        self.signal(
            "",
            Watch::Event(EventRule { pattern: through_cloudtrail(&SOURCES, detail), reads: true }),
        )
    }

    fn filter(&self) -> Signal {
        let pattern = format!(
            "{{ {} && {} }}",
            any("$.eventSource", &SERVICES.map(str::to_owned)),
            any("$.errorCode", &self.codes.iter().map(|code| format!("{code}*")).collect::<Vec<_>>())
        );
        let filter = MetricFilter { pattern, period: 300, threshold: self.threshold };
        self.signal("Logged", Watch::Filter(filter))
    }
}

/// Images that Lambda refused when a function got them. No event tells of a function's state: the canary asks for it.
pub fn of_lambda() -> Vec<Signal> {
    let signal = |name: &str, watch| Signal {
        name: name.to_owned(),
        family: Family::Lambda,
        cause: D::LambdaRepoPolicyMissing,
        others: &[D::TagNotFound, D::ManifestTypeUnsupported],
        urgency: Urgency::Warning,
        summary: "Lambda refused to create a function or to update its code".to_owned(),
        meaning: "The record's errorMessage says whether it was the image. A function that loses its image later makes no event.",
        watch,
    };
    let detail = map([
        ("eventSource", list(["lambda.amazonaws.com"])),
        ("eventName", list(LAMBDA_CALLS)),
        ("errorCode", Value::List(vec![map([("exists", Value::Bool(true))])])),
    ]);
    let pattern = format!(
        "{{ ($.eventSource = \"lambda.amazonaws.com\") && {} && ($.errorCode = \"*\") }}",
        any("$.eventName", &LAMBDA_CALLS.map(str::to_owned))
    );
    vec![
        signal(
            "LambdaRefused",
            Watch::Event(EventRule { pattern: through_cloudtrail(&["aws.lambda"], detail), reads: false }),
        ),
        signal("LambdaRefusedLogged", Watch::Filter(MetricFilter { pattern, period: 300, threshold: 1 })),
    ]
}

fn through_cloudtrail(sources: &[&str], detail: Value) -> Value {
    map([
        ("source", list(sources.iter().copied())),
        ("detail-type", list(["AWS API Call via CloudTrail"])),
        ("detail", detail),
    ])
}

/// A field that is one of some values.
fn any(field: &str, values: &[String]) -> String {
    let one: Vec<String> = values.iter().map(|value| format!("({field} = \"{value}\")")).collect();
    if one.len() == 1 { one.concat() } else { format!("({})", one.join(" || ")) }
}
