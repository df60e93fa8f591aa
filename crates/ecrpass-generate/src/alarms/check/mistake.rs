//! The mistakes that are known, why each is one, and which causes go unseen with it.

use ecrpass_core::DiagnosisId as D;

use super::level::Level;

/// A known mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mistake {
    /// A rule on absent data is missing.
    AbsenceNotWatched,
    /// Only errors are looked for, and the sign is a warning.
    ErrorsOnly,
    /// No such event is ever sent.
    EventNeverSent,
    /// A dimension with as many values as there are calls.
    HighCardinality,
    /// Only containers that are no init containers are looked at.
    InitContainersMissing,
    /// A pattern for `ecr` that Secrets Manager meets, too.
    MatchesSecretsManager,
    /// No data means trouble where nothing was to be counted.
    MissingDataAlarms,
    /// No data means nothing where it means that nobody looks.
    MissingDataIgnored,
    /// A metric that does not exist.
    NoSuchMetric,
    /// One of the agent's four names.
    OneAgentName,
    /// One of two spellings of a refusal.
    OneErrorCode,
    /// One of two places that a reason stands in.
    OnePlaceOfReason,
    /// One of two reasons that take turns.
    OneReason,
    /// Events that are not delivered to a rule of this state.
    ReadEventsNotDelivered,
    /// A reason that flips resets the time.
    ReasonNotAggregated,
    /// One of two names of a metric of the kubelet.
    RenamedMetric,
    /// One run that fails is an alarm.
    SingleRun,
    /// A threshold that one failing pod never reaches.
    ThresholdNeverReached,
    /// Calls that are averaged.
    UsageNotSummed,
    /// It takes too long.
    WaitsTooLong,
    /// The event has another detail-type.
    WrongDetailType,
    /// CloudTrail's name for a call is another one.
    WrongEventName,
}

impl Mistake {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::AbsenceNotWatched,
        Self::ErrorsOnly,
        Self::EventNeverSent,
        Self::HighCardinality,
        Self::InitContainersMissing,
        Self::MatchesSecretsManager,
        Self::MissingDataAlarms,
        Self::MissingDataIgnored,
        Self::NoSuchMetric,
        Self::OneAgentName,
        Self::OneErrorCode,
        Self::OnePlaceOfReason,
        Self::OneReason,
        Self::ReadEventsNotDelivered,
        Self::ReasonNotAggregated,
        Self::RenamedMetric,
        Self::SingleRun,
        Self::ThresholdNeverReached,
        Self::UsageNotSummed,
        Self::WaitsTooLong,
        Self::WrongDetailType,
        Self::WrongEventName,
    ];

    /// Its name.
    pub const fn id(self) -> &'static str {
        match self {
            Self::AbsenceNotWatched => "absence-not-watched",
            Self::ErrorsOnly => "errors-only",
            Self::EventNeverSent => "event-never-sent",
            Self::HighCardinality => "high-cardinality",
            Self::InitContainersMissing => "init-containers-missing",
            Self::MatchesSecretsManager => "matches-secretsmanager",
            Self::MissingDataAlarms => "missing-data-alarms",
            Self::MissingDataIgnored => "missing-data-ignored",
            Self::NoSuchMetric => "no-such-metric",
            Self::OneAgentName => "one-agent-name",
            Self::OneErrorCode => "one-error-code",
            Self::OnePlaceOfReason => "one-place-of-reason",
            Self::OneReason => "one-reason",
            Self::ReadEventsNotDelivered => "read-events-not-delivered",
            Self::ReasonNotAggregated => "reason-not-aggregated",
            Self::RenamedMetric => "renamed-metric",
            Self::SingleRun => "single-run",
            Self::ThresholdNeverReached => "threshold-never-reached",
            Self::UsageNotSummed => "usage-not-summed",
            Self::WaitsTooLong => "waits-too-long",
            Self::WrongDetailType => "wrong-detail-type",
            Self::WrongEventName => "wrong-event-name",
        }
    }

    /// How bad it usually is.
    pub const fn level(self) -> Level {
        match self {
            Self::EventNeverSent
            | Self::MatchesSecretsManager
            | Self::MissingDataIgnored
            | Self::NoSuchMetric
            | Self::OneAgentName
            | Self::OnePlaceOfReason
            | Self::OneReason
            | Self::ReadEventsNotDelivered
            | Self::ReasonNotAggregated
            | Self::ThresholdNeverReached
            | Self::WaitsTooLong
            | Self::WrongDetailType
            | Self::WrongEventName
            | Self::ErrorsOnly => Level::Error,
            Self::AbsenceNotWatched
            | Self::HighCardinality
            | Self::InitContainersMissing
            | Self::MissingDataAlarms
            | Self::OneErrorCode
            | Self::RenamedMetric
            | Self::UsageNotSummed => Level::Warning,
            Self::SingleRun => Level::Note,
        }
    }

    /// Why it is one.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::AbsenceNotWatched => {
                "A canary that no longer runs has no series, and a comparison with nothing is never true: no alarm, and nobody looks."
            }
            Self::ErrorsOnly => {
                "What says it surely is a warning: ECS's SERVICE_TASK_START_IMPAIRED has the type WARN, and agents and kubelets log failed pulls as warnings, too."
            }
            Self::EventNeverSent => "AWS sends no such event, so the rule never fires.",
            Self::HighCardinality => {
                "Every value is a metric of its own that is paid for, and each has so few datapoints that no alarm can be put on it."
            }
            Self::InitContainersMissing => {
                "kube-state-metrics has a metric of its own for init containers: a pod that waits for the image of one is in no series of this rule."
            }
            Self::MatchesSecretsManager => {
                "`secretsmanager` contains `ecr`: most of what this matches are secrets that were read."
            }
            Self::MissingDataAlarms => {
                "There is no datapoint while nothing happens, which is the normal case: this alarms all the time."
            }
            Self::MissingDataIgnored => {
                "A canary that no longer runs sends nothing; unless missing data counts as a failure, the alarm keeps its last state for ever."
            }
            Self::NoSuchMetric => {
                "Nothing ever has this name: the alarm has no data and never changes its state."
            }
            Self::OneAgentName => {
                "ECS's agents call it CannotPullContainerError, CannotPullECRContainerError, CannotPullImageManifestError or CannotPullContainerAuthError, and a text follows: only the beginning `CannotPull` matches all."
            }
            Self::OneErrorCode => {
                "The same refusal is recorded as AccessDenied and as AccessDeniedException, by call and by service."
            }
            Self::OnePlaceOfReason => {
                "On Fargate the reason is the task's stoppedReason; on EC2 that is `Task failed to start`, and the reason is a container's. Fields beside each other must all match: it takes `$or`."
            }
            Self::OneReason => {
                "A container that cannot pull is in ErrImagePull and ImagePullBackOff by turns, and only the present one has a series: with `for` the time starts again at every try."
            }
            Self::ReadEventsNotDelivered => {
                "EventBridge delivers CloudTrail's events of Get*, List* and Describe* calls only to rules in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS; GetAuthorizationToken is one of them."
            }
            Self::ReasonNotAggregated => {
                "Only the present reason has a series, and it flips at every try: each series is too short-lived for `for`. The reason has to be aggregated away first."
            }
            Self::RenamedMetric => {
                "kubelet_credential_provider_plugin_errors became kubelet_credential_provider_plugin_errors_total: a cluster has one of them, and after an upgrade the other."
            }
            Self::SingleRun => "One failed run may be AWS's own passing failure; three of five are not.",
            Self::ThresholdNeverReached => {
                "It is 1 for a pod that fails, and an average over pods is less: one failing pod never reaches this."
            }
            Self::UsageNotSummed => {
                "CallCount counts calls: only its sum over a minute can be compared with a quota."
            }
            Self::WaitsTooLong => {
                "A deploy that does not pull is an outage after minutes; five are enough to tell it from a slow pull."
            }
            Self::WrongDetailType => {
                "The event that is named comes with another detail-type, so the rule never fires."
            }
            Self::WrongEventName => {
                "CloudTrail records the name with the version of the API, so this name never occurs."
            }
        }
    }

    /// The causes that go unseen.
    pub const fn misses(self) -> &'static [D] {
        match self {
            Self::InitContainersMissing
            | Self::OneReason
            | Self::ReasonNotAggregated
            | Self::RenamedMetric
            | Self::ThresholdNeverReached
            | Self::WaitsTooLong => {
                &[D::KubeletCredentialProviderMissing, D::K8sPullSecretExpired, D::IamMissingPullAction]
            }
            Self::ErrorsOnly | Self::OneAgentName | Self::OnePlaceOfReason => {
                &[D::EcsExecutionRoleMissing, D::IamMissingPullAction, D::NetworkTimeoutEcrApi]
            }
            Self::OneErrorCode => &[D::IamMissingPullAction, D::ExplicitDenyPolicy],
            Self::ReadEventsNotDelivered => &[D::IamMissingGetAuthorizationToken],
            Self::EventNeverSent | Self::WrongEventName => &[D::LambdaRepoPolicyMissing, D::TagNotFound],
            Self::WrongDetailType => &[D::EcsExecutionRoleMissing],
            Self::NoSuchMetric => &[D::IamMissingPullAction],
            Self::UsageNotSummed => &[D::Throttled],
            Self::AbsenceNotWatched | Self::MissingDataIgnored => &[D::KubeletCredentialProviderMissing],
            Self::SingleRun => &[D::AwsServiceTransient],
            Self::HighCardinality | Self::MatchesSecretsManager | Self::MissingDataAlarms => &[],
        }
    }
}
