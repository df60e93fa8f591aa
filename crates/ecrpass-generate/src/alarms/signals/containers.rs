//! Containers that do not start for want of their image: by Container Insights, and by ECS's events.

use ecrpass_core::DiagnosisId as D;

use crate::alarms::family::Family;
use crate::alarms::settings::Settings;
use crate::alarms::signal::{Signal, Urgency};
use crate::alarms::value::{Value, list, map};
use crate::alarms::watch::{
    Comparison, Dimension, EventRule, Held, Metric, MetricAlarm, Missing, Parameter, Source, Statistic, Watch,
};

/// What the reasons of ECS's agents begin with when a pull fails: four names have this in common.
const CANNOT_PULL: &str = "CannotPull";

/// What Fargate says when the execution role gets no login.
const NO_LOGIN: &str = "ResourceInitializationError: unable to pull";

/// Pods of EKS clusters with enhanced Container Insights.
pub fn of_clusters(settings: &Settings) -> Vec<Signal> {
    let alarm = |number: Option<usize>, dimension: Dimension, cluster: Option<&str>| Signal {
        name: format!("PodsCannotPull{}", number.map(|number| number.to_string()).unwrap_or_default()),
        family: Family::ContainerInsights,
        cause: D::KubeletCredentialProviderMissing,
        others: &[D::IamMissingPullAction, D::K8sPullSecretExpired, D::TagNotFound],
        urgency: Urgency::Critical,
        summary: match cluster {
            Some(cluster) => format!("A pod of the cluster {cluster} does not get its image"),
            None => "A pod does not get its image".to_owned(),
        },
        meaning: "For five minutes, at least one waits with ErrImagePull, ImagePullBackOff or InvalidImageName.",
        watch: Watch::Metric(MetricAlarm {
            source: Source::One(Metric {
                namespace: "ContainerInsights".to_owned(),
                name: "pod_container_status_waiting_reason_image_pull_error".to_owned(),
                dimensions: vec![dimension],
                // One failing pod among hundreds never lifts an average.
                statistic: Statistic::Maximum,
            }),
            period: 60,
            held: Held { datapoints: 5, of: 5 },
            comparison: Comparison::AtLeast,
            threshold: 1,
            missing: Missing::NotBreaching,
        }),
    };
    if settings.clusters.is_empty() {
        return vec![alarm(None, Dimension::Open("ClusterName", Parameter::Cluster), None)];
    }
    let of = |(number, cluster): (usize, &String)| {
        let number = (settings.clusters.len() > 1).then_some(number + 1);
        alarm(number, Dimension::Fixed("ClusterName", cluster.clone()), Some(cluster))
    };
    settings.clusters.iter().enumerate().map(of).collect()
}

/// Tasks, services and deployments of ECS.
pub fn of_ecs(settings: &Settings) -> Vec<Signal> {
    let event = |detail_type: &str, detail: Value| {
        let pattern =
            map([("source", list(["aws.ecs"])), ("detail-type", list([detail_type])), ("detail", detail)]);
        Watch::Event(EventRule { pattern, reads: false })
    };
    let named = |name: &str| map([("eventName", list([name]))]);
    let prefixes =
        || Value::List([CANNOT_PULL, NO_LOGIN].map(|prefix| map([("prefix", Value::from(prefix))])).to_vec());
    // On Fargate it is the task's reason, on EC2 a container's, and the task's is `Task failed to start`.
    let stopped = map([
        ("lastStatus", list(["STOPPED"])),
        (
            "$or",
            Value::List(vec![
                map([("stoppedReason", prefixes())]),
                map([("containers", map([("reason", prefixes())]))]),
            ]),
        ),
    ]);
    let signal = |name: &str, others, urgency, summary: &str, meaning, watch| Signal {
        name: name.to_owned(),
        family: Family::Ecs,
        cause: D::EcsExecutionRoleMissing,
        others,
        urgency,
        summary: summary.to_owned(),
        meaning,
        watch,
    };
    let mut all = vec![
        signal(
            "EcsCannotPull",
            &[D::IamMissingPullAction, D::NetworkTimeoutEcrApi, D::TagNotFound],
            Urgency::Critical,
            "An ECS task stopped because its image was not pulled",
            "Its reason says why: save the event, and ecrpass explain it.",
            event("ECS Task State Change", stopped),
        ),
        signal(
            "EcsStartImpaired",
            &[D::IamMissingPullAction, D::NetworkTimeoutEcrApi],
            Urgency::Critical,
            "An ECS service cannot start tasks, again and again",
            "ECS says so as a warning, not an error, and gives no reason: its stopped tasks do.",
            event("ECS Service Action", named("SERVICE_TASK_START_IMPAIRED")),
        ),
        signal(
            "EcsDeploymentFailed",
            &[D::IamMissingPullAction, D::TagNotFound],
            Urgency::Critical,
            "A deployment of an ECS service failed",
            "The circuit breaker stopped it; the reasons of its stopped tasks say why.",
            event("ECS Deployment State Change", named("SERVICE_DEPLOYMENT_FAILED")),
        ),
    ];
    let many = settings.services.len() > 1;
    for (number, wanted) in settings.services.iter().enumerate() {
        let count = |name: &str| Metric {
            namespace: "ECS/ContainerInsights".to_owned(),
            name: name.to_owned(),
            dimensions: vec![
                Dimension::Fixed("ClusterName", wanted.cluster.clone()),
                Dimension::Fixed("ServiceName", wanted.service.clone()),
            ],
            statistic: Statistic::Average,
        };
        let metrics = vec![("desired", count("DesiredTaskCount")), ("running", count("RunningTaskCount"))];
        let number = if many { (number + 1).to_string() } else { String::new() };
        all.push(signal(
            &format!("EcsTasksMissing{number}"),
            &[D::IamMissingPullAction, D::TagNotFound],
            Urgency::Critical,
            &format!("The ECS service {}/{} runs fewer tasks than it should", wanted.cluster, wanted.service),
            "For five minutes; the reasons of its stopped tasks say why.",
            Watch::Metric(MetricAlarm {
                source: Source::Math("desired - running", metrics),
                period: 60,
                held: Held { datapoints: 5, of: 5 },
                comparison: Comparison::AtLeast,
                threshold: 1,
                missing: Missing::NotBreaching,
            }),
        ));
    }
    all
}
