//! What `terraform show -json` and `tofu show -json` print of a state or a plan: the images of ECS tasks, functions,
//! services and Kubernetes objects.
//!
//! Sources: Terraform, "JSON Output Format"; the AWS, Kubernetes and Helm providers' resources.

use super::context::Context;
use super::puller::{AppRunnerService, EcsTask, Function, Launch, Pod, Puller};
use super::tree::{self, Node};
use super::{ecs, image_fields, kubernetes, lambda};

/// Modules within modules: nobody nests them deeper.
const MAX_MODULES: usize = 32;

/// Whether a document is one.
pub fn is_terraform(document: &Node) -> bool {
    document.get("format_version").is_some()
        && [["values", "root_module"], ["planned_values", "root_module"]]
            .iter()
            .any(|path| document.at(path).is_some())
}

/// Reads the state, or what a plan will make of it.
pub fn read(context: &mut Context, document: &Node) {
    for values in ["planned_values", "values"] {
        if let Some(module) = document.at(&[values, "root_module"]) {
            read_module(context, module, 0);
            return;
        }
    }
}

fn read_module(context: &mut Context, module: &Node, depth: usize) {
    for resource in module.items_of("resources") {
        let Some(values) = resource.get("values") else { continue };
        read_resource(context, resource, values);
    }
    if depth < MAX_MODULES {
        for child in module.items_of("child_modules") {
            read_module(context, child, depth + 1);
        }
    }
}

fn read_resource(context: &mut Context, resource: &Node, values: &Node) {
    let kind = resource.text_of("type").unwrap_or_default();
    let address = resource.owned("address").unwrap_or_else(|| kind.to_owned());
    match kind {
        "aws_ecs_task_definition" => task_definition(context, values),
        "aws_batch_job_definition" => job_definition(context, values),
        "aws_lambda_function" => function(context, values),
        "aws_apprunner_service" => app_runner(context, values),
        "kubernetes_manifest" => {
            if let Some(manifest) = values.get("manifest").or_else(|| values.get("object")) {
                kubernetes::read(context, std::slice::from_ref(manifest), None);
            }
        }
        "helm_release" => {
            let pod = Pod { object: address, namespace: values.owned("namespace"), ..Pod::default() };
            for text in values.items_of("values") {
                for document in inner(text) {
                    for image in image_fields::images(&document) {
                        context.image_text(&image.text, text.at, Puller::Kubelet(pod.clone()));
                    }
                }
            }
        }
        _ if kind.starts_with("kubernetes_") => {
            let namespace = first(values, "metadata").and_then(|metadata| metadata.owned("namespace"));
            let pod = Pod { object: address, namespace, ..Pod::default() };
            for image in values.get("spec").map(image_fields::images).unwrap_or_default() {
                context.image_text(&image.text, image.at, Puller::Kubelet(pod.clone()));
            }
        }
        _ => {}
    }
}

fn task_definition(context: &mut Context, values: &Node) {
    let family = values.owned("family").map(|family| match values.text_of("revision") {
        Some(revision) => format!("{family}:{revision}"),
        None => family,
    });
    let task = EcsTask {
        family,
        role: values.owned("execution_role_arn"),
        launch: ecs::launch(values.items_of("requires_compatibilities")),
        repository_credentials: None,
    };
    let platform = first(values, "runtime_platform").and_then(|platform| {
        ecs::platform(platform.text_of("operating_system_family"), platform.text_of("cpu_architecture"))
    });
    let Some(text) = values.get("container_definitions") else { return };
    for document in inner(text) {
        ecs::containers(context, document.items().unwrap_or_default(), &task, &platform, Some(text.at));
    }
}

fn job_definition(context: &mut Context, values: &Node) {
    let is_fargate = values.items_of("platform_capabilities").iter().any(|one| one.text() == Some("FARGATE"));
    let Some(text) = values.get("container_properties") else { return };
    for container in inner(text) {
        let task = EcsTask {
            family: values.owned("name"),
            role: container.owned("executionRoleArn"),
            launch: if is_fargate { Launch::Fargate } else { Launch::Unknown },
            repository_credentials: None,
        };
        ecs::containers(context, std::slice::from_ref(&container), &task, &None, Some(text.at));
    }
}

fn function(context: &mut Context, values: &Node) {
    let function =
        Function { function: values.owned("function_name").unwrap_or_default(), role: values.owned("role") };
    let platform = lambda::platform(values.items_of("architectures"));
    if let Some(image) = values.get("image_uri")
        && let Some(target) = context.image(image, Puller::LambdaService(function))
    {
        target.platform = platform;
    }
}

fn app_runner(context: &mut Context, values: &Node) {
    let Some(source) = first(values, "source_configuration") else { return };
    let role = first(source, "authentication_configuration").and_then(|auth| auth.owned("access_role_arn"));
    let service = AppRunnerService { service: values.owned("service_name").unwrap_or_default(), role };
    if let Some(image) = first(source, "image_repository").and_then(|from| from.get("image_identifier")) {
        context.image(image, Puller::AppRunner(service));
    }
}

/// A block, which Terraform writes as a list of one.
fn first<'a>(of: &'a Node, key: &str) -> Option<&'a Node> {
    of.items_of(key).first()
}

/// The documents in a text within the file; none where it is none.
fn inner(text: &Node) -> Vec<Node> {
    tree::read("", text.text().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentKind, Puller, read};

    const ECR: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    #[test]
    fn states_and_plans_name_images_in_all_modules() {
        let state = format!(
            r#"{{"format_version": "1.0", "terraform_version": "1.9.0", "values": {{"root_module": {{
  "resources": [
    {{"address": "aws_ecs_task_definition.web", "type": "aws_ecs_task_definition", "values": {{
      "family": "web", "revision": 3, "requires_compatibilities": ["FARGATE"],
      "execution_role_arn": "arn:aws:iam::123456789012:role/exec",
      "runtime_platform": [{{"cpu_architecture": "ARM64", "operating_system_family": "LINUX"}}],
      "container_definitions": "[{{\"name\":\"web\",\"image\":\"{ECR}/web:1\"}}]"}}}},
    {{"address": "aws_lambda_function.f", "type": "aws_lambda_function", "values": {{
      "function_name": "thumbs", "image_uri": "{ECR}/thumbs:2", "architectures": ["x86_64"]}}}},
    {{"address": "helm_release.redis", "type": "helm_release", "values": {{
      "values": ["image:\n  registry: {ECR}\n  repository: redis\n  tag: 7\n"]}}}}
  ],
  "child_modules": [{{"resources": [
    {{"address": "module.k.kubernetes_deployment_v1.api", "type": "kubernetes_deployment_v1", "values": {{
      "metadata": [{{"namespace": "shop"}}],
      "spec": [{{"template": [{{"spec": [{{"container": [{{"image": "{ECR}/api:4"}}]}}]}}]}}]}}}},
    {{"address": "module.k.aws_apprunner_service.s", "type": "aws_apprunner_service", "values": {{
      "service_name": "s", "source_configuration": [{{
        "authentication_configuration": [{{"access_role_arn": "arn:aws:iam::123456789012:role/access"}}],
        "image_repository": [{{"image_identifier": "{ECR}/s:5"}}]}}]}}}}
  ]}}]}}}}}}"#
        );
        for text in [
            state.clone(),
            state.replace("\"values\": {\"root_module\"", "\"planned_values\": {\"root_module\""),
        ] {
            let document = read("state.json", &text, &|_| None).unwrap();
            assert_eq!(document.kind, DeploymentKind::Terraform);
            let found: Vec<_> = document
                .targets
                .iter()
                .map(|target| {
                    let platform = target.platform.as_deref().unwrap_or("-");
                    (target.to_string(), platform, target.place.as_ref().unwrap().line)
                })
                .collect();
            assert_eq!(
                found,
                [
                    (format!("{ECR}/web:1"), "linux/arm64", 7),
                    (format!("{ECR}/thumbs:2"), "linux/amd64", 9),
                    (format!("{ECR}/redis:7"), "-", 11),
                    (format!("{ECR}/api:4"), "-", 16),
                    (format!("{ECR}/s:5"), "-", 20),
                ]
            );
            let Puller::EcsTaskExecutionRole(task) = &document.targets[0].puller else { panic!() };
            assert_eq!(task.role.as_deref(), Some("arn:aws:iam::123456789012:role/exec"));
            assert!(document.targets[4].puller.sentence().contains("access role `arn:aws:iam"));
        }
    }
}
