//! Tasks and services of ECS, and jobs of Batch, which run as tasks.

use ecrpass_core::{CommandLine, DiagnosisId};

use super::super::tree::Node;
use super::notice::Notice;
use super::reader::Reader;
use crate::finding::{Confidence, keep};

/// What a log of ECS has in it.
const ECS: &str = "ecs stoppedReason";

/// A task, as `describe-tasks` prints it or an event has it.
pub fn task(reader: &mut Reader<'_>, task: &Node) {
    let definition = task.text_of("taskDefinitionArn").unwrap_or_default();
    let family = definition.rsplit_once('/').map_or(definition, |(_, family)| family);
    let mut notice = Notice::new(ECS, format!("ECS task {family}"));
    notice.in_region_of(task.text_of("taskArn").or(Some(definition)));
    notice.time = task.owned("stoppedAt").or_else(|| task.owned("stoppingAt"));
    if let Some(role) = task.at(&["overrides", "executionRoleArn"]).and_then(Node::text) {
        keep(&mut notice.details.principal, role);
    }
    keep(&mut notice.details.task, family);
    keep(&mut notice.details.cluster, last(task.text_of("clusterArn")));
    // Tasks of a service are in a group that is named after it.
    let service = task.text_of("group").and_then(|group| group.strip_prefix("service:"));
    keep(&mut notice.details.service, service.unwrap_or_default());
    reader.say(&mut notice, task.text_of("stopCode"), task.get("stoppedReason"));
    for container in task.items_of("containers") {
        notice.about_image(container.text_of("image"));
        reader.say(&mut notice, None, container.get("reason"));
    }
    for attachment in task.items_of("attachments") {
        for detail in attachment.items_of("details").iter().filter(|detail| {
            detail.text_of("name").is_some_and(|name| name.to_ascii_lowercase().contains("reason"))
        }) {
            reader.say(&mut notice, None, detail.get("value"));
        }
    }
    reader.keep(notice);
}

/// A service, as `describe-services` prints it.
pub fn service(reader: &mut Reader<'_>, service: &Node) {
    let mut notice =
        Notice::new(ECS, format!("ECS service {}", service.text_of("serviceName").unwrap_or_default()));
    notice.in_region_of(service.text_of("serviceArn"));
    for deployment in service.items_of("deployments") {
        reader.say(&mut notice, deployment.text_of("rolloutState"), deployment.get("rolloutStateReason"));
        if deployment.text_of("rolloutState") == Some("FAILED")
            && let Some(at) = deployment.get("rolloutState")
        {
            does_not_start(reader, &mut notice, at, "its deployment failed");
        }
    }
    for event in service.items_of("events") {
        reader.say(&mut notice, None, event.get("message"));
        let text = event.text_of("message").unwrap_or_default();
        if text.contains("unable to consistently start tasks")
            && let Some(at) = event.get("message")
        {
            does_not_start(reader, &mut notice, at, text);
        }
    }
    let cluster = service.text_of("clusterArn").and_then(|arn| arn.rsplit('/').next());
    keep(&mut notice.details.task, last(service.text_of("taskDefinition")));
    stopped_tasks(&mut notice, cluster, service.text_of("serviceName"));
    reader.keep(notice);
}

/// What happened to a service or to one of its deployments.
pub fn service_action(reader: &mut Reader<'_>, event: &Node, detail: &Node) {
    let resource = event.items_of("resources").iter().find_map(Node::text);
    let service = resource.and_then(|arn| arn.rsplit('/').next());
    let mut notice = Notice::new(ECS, format!("ECS service {}", service.unwrap_or_default()));
    notice.in_region_of(resource);
    let name = detail.text_of("eventName").unwrap_or_default();
    reader.say(&mut notice, Some(name), detail.get("reason"));
    if matches!(name, "SERVICE_TASK_START_IMPAIRED" | "SERVICE_DEPLOYMENT_FAILED")
        && let Some(at) = detail.get("eventName")
    {
        does_not_start(reader, &mut notice, at, name);
    }
    let of_arn = resource.and_then(|arn| arn.rsplit('/').nth(1).filter(|part| !part.contains(':')));
    let cluster = detail.text_of("clusterArn").and_then(|arn| arn.rsplit('/').next()).or(of_arn);
    stopped_tasks(&mut notice, cluster, service);
    reader.keep(notice);
}

/// The name at the end of an ARN.
fn last(arn: Option<&str>) -> &str {
    arn.and_then(|arn| arn.rsplit('/').next()).unwrap_or_default()
}

/// Tasks do not start; the reason is not said here.
fn does_not_start(reader: &Reader<'_>, notice: &mut Notice, at: &Node, text: &str) {
    for id in [
        DiagnosisId::EcsExecutionRoleMissing,
        DiagnosisId::IamMissingPullAction,
        DiagnosisId::NetworkTimeoutEcrApi,
        DiagnosisId::TagNotFound,
    ] {
        reader.hint(notice, id, Confidence::Possible, at, text);
    }
}

/// Where the reason is said.
fn stopped_tasks(notice: &mut Notice, cluster: Option<&str>, service: Option<&str>) {
    keep(&mut notice.details.cluster, cluster.unwrap_or_default());
    keep(&mut notice.details.service, service.unwrap_or_default());
    let (Some(cluster), Some(service)) = (cluster, service) else { return };
    let list = CommandLine::shell("aws ecs list-tasks --desired-status STOPPED --cluster")
        .word(cluster)
        .word("--service-name")
        .word(service)
        .spliced(CommandLine::shell(" --query taskArns --output text"));
    notice.next(
        "see why its tasks stopped: aws ecs describe-tasks with these, and ecrpass explain what it prints",
        &list,
    );
}

/// A job of Batch.
pub fn job(reader: &mut Reader<'_>, job: &Node) {
    let mut notice = Notice::new(ECS, format!("Batch job {}", job.text_of("jobName").unwrap_or_default()));
    notice.in_region_of(job.text_of("jobArn"));
    notice.about_image(job.at(&["container", "image"]).and_then(Node::text));
    if let Some(role) = job.at(&["container", "executionRoleArn"]).and_then(Node::text) {
        keep(&mut notice.details.principal, role);
    }
    reader.say(&mut notice, None, job.get("statusReason"));
    reader.say(&mut notice, None, job.at(&["container", "reason"]));
    for attempt in job.items_of("attempts") {
        reader.say(&mut notice, None, attempt.get("statusReason"));
        reader.say(&mut notice, None, attempt.at(&["container", "reason"]));
    }
    reader.keep(notice);
}
