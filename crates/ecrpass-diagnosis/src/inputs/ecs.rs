//! Task definitions of ECS, and what its tasks and services say went wrong.
//!
//! Sources: ECS API reference, `TaskDefinition`, `ContainerDefinition`, `Task`, `Container`, `ServiceEvent`.

use super::context::Context;
use super::puller::{EcsTask, Launch, Puller};
use super::tree::Node;

/// A task definition, bare or in the output of `describe-task-definition`; or its `containerDefinitions` alone.
pub fn definition(context: &mut Context, document: &Node) {
    let definition = document.get("taskDefinition").unwrap_or(document);
    let family = definition.owned("family").map(|family| match definition.text_of("revision") {
        Some(revision) => format!("{family}:{revision}"),
        None => family,
    });
    let task = EcsTask {
        family,
        role: definition.owned("executionRoleArn"),
        launch: launch(definition.items_of("requiresCompatibilities")),
        repository_credentials: None,
    };
    let platform = definition
        .get("runtimePlatform")
        .and_then(|on| platform(on.text_of("operatingSystemFamily"), on.text_of("cpuArchitecture")));
    let found = definition.items().unwrap_or_else(|| definition.items_of("containerDefinitions"));
    containers(context, found, &task, &platform, None);
}

/// Whether a document is a list of container definitions.
pub fn are_containers(document: &Node) -> bool {
    let is_container = |one: &Node| one.text_of("image").is_some() && one.get("name").is_some();
    document.items().is_some_and(|items| !items.is_empty() && items.iter().all(is_container))
}

/// Container definitions of a task. `at` is where they stand, if that is a text within the file.
pub fn containers(
    context: &mut Context,
    containers: &[Node],
    task: &EcsTask,
    platform: &Option<String>,
    at: Option<usize>,
) {
    for container in containers {
        let Some(image) = container.get("image") else { continue };
        let secret = container.at(&["repositoryCredentials", "credentialsParameter"]);
        let task = EcsTask {
            repository_credentials: secret.and_then(Node::text).map(str::to_owned),
            ..task.clone()
        };
        let text = image.text().unwrap_or_default();
        let at = at.unwrap_or(image.at);
        if let Some(target) = context.image_text(text, at, Puller::EcsTaskExecutionRole(task)) {
            target.platform = platform.clone();
        }
    }
}

/// The output of `describe-tasks` or `describe-services`.
pub fn tasks(context: &mut Context, document: &Node) {
    for task in document.items_of("tasks") {
        let arn = task.text_of("taskDefinitionArn").unwrap_or_default();
        let puller = EcsTask {
            family: arn.rsplit_once('/').map(|(_, family)| family.to_owned()),
            role: task.get("overrides").and_then(|overrides| overrides.owned("executionRoleArn")),
            launch: task.get("launchType").map_or(Launch::Unknown, |kind| launch(std::slice::from_ref(kind))),
            repository_credentials: None,
        };
        for container in task.items_of("containers") {
            if let Some(image) = container.get("image")
                && let Some(target) = context.image(image, Puller::EcsTaskExecutionRole(puller.clone()))
                && puller.role.is_none()
            {
                target.notes.push(
                    "a running task does not show its execution role: see `aws ecs describe-task-definition`"
                        .to_owned(),
                );
            }
            context.message(container, "", "reason");
        }
        context.message(task, "stopCode", "stoppedReason");
    }
    for service in document.items_of("services") {
        for event in service.items_of("events") {
            context.message(event, "", "message");
        }
        for deployment in service.items_of("deployments") {
            context.message(deployment, "rolloutState", "rolloutStateReason");
        }
    }
}

/// What a task must be able to run on; only one of them tells where it does.
pub fn launch(compatibilities: &[Node]) -> Launch {
    match compatibilities {
        [one] => match one.text() {
            Some("FARGATE") => Launch::Fargate,
            Some("EC2") => Launch::Ec2,
            Some("EXTERNAL") => Launch::External,
            _ => Launch::Unknown,
        },
        _ => Launch::Unknown,
    }
}

/// The platform in the words of the OCI; `None` where the architecture is not named.
pub fn platform(system: Option<&str>, architecture: Option<&str>) -> Option<String> {
    let system = match system {
        Some(family) if family.starts_with("WINDOWS") => "windows",
        _ => "linux",
    };
    let architecture = match architecture? {
        "ARM64" => "arm64",
        "X86_64" => "amd64",
        _ => return None,
    };
    Some(format!("{system}/{architecture}"))
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentKind, Launch, Puller, read};

    #[test]
    fn task_definitions_name_the_execution_role() {
        let text = r#"{
	"taskDefinition": {
		"family": "web", "revision": 7,
		"executionRoleArn": "arn:aws:iam::123456789012:role/exec",
		"taskRoleArn": "arn:aws:iam::123456789012:role/task",
		"requiresCompatibilities": ["FARGATE"],
		"compatibilities": ["EC2", "FARGATE"],
		"runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
		"containerDefinitions": [
			{"name": "app", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"},
			{"name": "side", "image": "registry.example.com/side",
			 "repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s"}}
		]
	}
}"#;
        let document = read("task.json", text, &|_| None).unwrap();
        assert_eq!(document.kind, DeploymentKind::EcsTaskDefinition);
        let [app, side] = document.targets.as_slice() else { panic!("{document:?}") };
        assert_eq!(app.platform.as_deref(), Some("linux/arm64"));
        assert_eq!(app.place.as_ref().map(|place| (place.line, place.column)), Some((10, 30)));
        let Puller::EcsTaskExecutionRole(task) = &app.puller else { panic!("{app:?}") };
        assert_eq!((task.family.as_deref(), task.launch), (Some("web:7"), Launch::Fargate));
        assert_eq!(
            app.puller.sentence(),
            "Pulled by ECS on Fargate for task `web:7`, with the task execution role `arn:aws:iam::123456789012:role/exec`; the task role does not pull"
        );
        assert!(side.puller.sentence().contains("secret:s`, which the execution role"));
    }

    #[test]
    fn container_definitions_may_stand_alone() {
        let text = r#"[{"name": "app", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"}]"#;
        let document = read("containers.json", text, &|_| None).unwrap();
        assert_eq!((document.kind, document.targets.len()), (DeploymentKind::EcsTaskDefinition, 1));
    }

    #[test]
    fn stopped_tasks_tell_why() {
        let text = r#"{"tasks": [{"launchType": "FARGATE", "stopCode": "TaskFailedToStart",
            "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7",
            "stoppedReason": "CannotPullContainerError: pull image manifest has been retried 5 time(s)",
            "containers": [{"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"}]}], "failures": []}"#;
        let document = read("-", text, &|_| None).unwrap();
        assert_eq!((document.kind, document.targets.len()), (DeploymentKind::EcsTasks, 1));
        assert!(document.messages[0].1.starts_with("TaskFailedToStart: CannotPullContainerError"));
        let services = r#"{"services": [{"events": [{"message": "(service web) is unhealthy"}]}]}"#;
        assert_eq!(read("-", services, &|_| None).unwrap().messages.len(), 1);
    }
}
