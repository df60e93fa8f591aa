//! A task definition for Fargate names an image of ECR and no execution role: ECS refuses it.

use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::Registry;
use ecrpass_diagnosis::finding::Severity;

use crate::hit::{Hit, Spot};
use crate::infrastructure::datum::{Datum, DatumKind};
use crate::infrastructure::stack::Resource;
use crate::infrastructure::{InScope, beside};
use crate::known::Known;
use crate::rule::{Examined, Rule};

/// `ecs-execution-role-missing`
pub static RULE: Rule = Rule { id: DiagnosisId::EcsExecutionRoleMissing, look };

/// The types of task definitions.
const KINDS: [&str; 5] = [
    "aws_ecs_task_definition",
    "AWS::ECS::TaskDefinition",
    "ecs:task",
    "aws:ecs:TaskDefinition",
    "aws:ecs/taskDefinition:TaskDefinition",
];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(stack) = examined.models.stack() else { return Vec::new() };
    let resources = stack.stack.resources.iter().filter(|resource| !resource.is_off && resource.is(&KINDS));
    resources.filter_map(|resource| task(examined, &stack, resource)).collect()
}

fn task(examined: &Examined<'_>, stack: &InScope<'_>, resource: &Resource) -> Option<Hit> {
    let role = resource.property(&["execution_role_arn", "ExecutionRoleArn", "executionRoleArn"]);
    // A role that a variable names is there.
    if role.is_some_and(|role| !role.is_null()) {
        return None;
    }
    let launch = resource.property(&[
        "requires_compatibilities",
        "RequiresCompatibilities",
        "requiresCompatibilities",
    ])?;
    let compatible = stack.scope.follow(launch).datum.each().iter().find(|datum| {
        let known = stack.scope.known(datum);
        matches!(known.exactly(), Some("FARGATE" | "EXTERNAL" | "MANAGED_INSTANCES"))
    })?;
    let image = image(examined, stack, resource)?;
    let path = &examined.file.path;
    let mut spots = vec![Spot::new(path, compatible.bytes.clone(), "the task's own role does not pull")];
    spots.extend(image.spot);
    if !resource.bytes.is_empty() {
        spots.push(Spot::new(path, resource.bytes.clone(), "without an execution role"));
    }
    let title = "a task that is not launched on EC2 pulls from ECR with its execution role, and it has none";
    Some(Hit::new(Severity::Error, title, spots).about(image.registry))
}

/// An image of ECR in a task.
struct EcrImage {
    spot: Option<Spot>,
    registry: Option<Registry>,
}

fn image(examined: &Examined<'_>, stack: &InScope<'_>, resource: &Resource) -> Option<EcrImage> {
    let containers =
        resource.property(&["container_definitions", "ContainerDefinitions", "containerDefinitions"])?;
    let mut found = None;
    let mut look = |value: &Datum, known: &Known| {
        if found.is_none() && is_private(known) {
            let registry = known.alternatives().find_map(|image| Registry::parse(image).ok());
            let spot = Spot::new(&examined.file.path, value.bytes.clone(), "an image of ECR");
            found = Some(EcrImage { spot: Some(spot), registry });
        }
    };
    let mut visit = |key: &str, datum: &Datum| match &datum.kind {
        DatumKind::Text(_) | DatumKind::Template(_) | DatumKind::Reference(_)
            if key.eq_ignore_ascii_case("image") =>
        {
            look(datum, &stack.scope.known(datum));
        }
        DatumKind::Call(name, _)
            if key.eq_ignore_ascii_case("image") && (name == "join" || name == "format") =>
        {
            look(datum, &stack.scope.known(datum));
        }
        _ => {}
    };
    stack.scope.follow(containers).datum.walk("", &mut visit);
    if found.is_none() {
        // JSON in a here-document, or in a file beside it.
        let text = stack.scope.passage(containers).map(|passage| passage.text().to_owned());
        let text = text.or_else(|| Some(beside::file(examined.tree, stack, containers)?.text.clone()))?;
        let is_ecr = text.split('"').any(|word| is_private(&Known::one_of([word.to_owned()])));
        if is_ecr {
            found = Some(EcrImage { spot: None, registry: None });
        }
    }
    found
}

/// Whether an image is of a private registry of ECR, on every run.
fn is_private(image: &Known) -> bool {
    let mut alternatives = image.alternatives().peekable();
    alternatives.peek().is_some()
        && alternatives.all(|image| {
            let host = image.split('/').next().unwrap_or_default();
            if let Ok(registry) = Registry::parse(host) {
                return !registry.is_public();
            }
            // A repository that the files declare, or an account and region that are put in.
            let is_declared = image.contains(".repository_url}")
                && (image.contains("ecr") || image.contains("registry") || image.contains("repo"))
                || image.contains(".RepositoryUri}");
            let suffixes = ["amazonaws.com", "${AWS::URLSuffix}", ".dns_suffix}"];
            let is_host = image.contains(".dkr.ecr.") && suffixes.iter().any(|suffix| host.contains(suffix));
            (is_declared || is_host) && !image.contains("aws_ecrpublic_repository")
        })
}
