//! Templates of CloudFormation and SAM, and what `cdk synth` writes: the images of ECS tasks, functions, batch jobs and
//! App Runner services.
//!
//! Sources: CloudFormation template reference, `AWS::ECS::TaskDefinition`, `AWS::Lambda::Function`,
//! `AWS::AppRunner::Service`, `AWS::Batch::JobDefinition`; SAM, `AWS::Serverless::Function`.

mod intrinsics;
mod policies;

use self::intrinsics::{Filled, Template};
pub use self::policies::{TemplatePolicy, TemplatePolicyKind};
use super::context::Context;
use super::puller::{AppRunnerService, EcsTask, Function, Launch, Puller};
use super::tree::Node;
use super::{ecs, lambda};

/// Whether a document is one.
pub fn is_template(document: &Node) -> bool {
    let resources = document.get("Resources").and_then(Node::members).unwrap_or_default();
    resources.iter().any(|(_, resource)| {
        resource.text_of("Type").is_some_and(|kind| kind.starts_with("AWS::") || kind.starts_with("Custom::"))
    })
}

/// Reads a document.
pub fn read(context: &mut Context, document: &Node) {
    let template = Template::new(context, document);
    for (name, resource) in document.get("Resources").and_then(Node::members).unwrap_or_default() {
        let Some(properties) = resource.get("Properties") else { continue };
        match resource.text_of("Type").unwrap_or_default() {
            "AWS::ECS::TaskDefinition" => task_definition(context, &template, name, properties),
            "AWS::Batch::JobDefinition" => job_definition(context, &template, name, properties),
            "AWS::Lambda::Function" => {
                function(context, &template, name, properties, properties.at(&["Code", "ImageUri"]));
            }
            "AWS::Serverless::Function" => {
                function(context, &template, name, properties, properties.get("ImageUri"));
            }
            "AWS::AppRunner::Service" => app_runner(context, &template, name, properties),
            _ => {}
        }
    }
}

/// The IAM policies of a document.
pub fn policies(context: &Context, document: &Node) -> Vec<TemplatePolicy> {
    policies::read(&Template::new(context, document), document)
}

fn task_definition(context: &mut Context, template: &Template, name: &str, properties: &Node) {
    let task = EcsTask {
        family: Some(shown(template, properties.get("Family")).unwrap_or_else(|| name.to_owned())),
        role: shown(template, properties.get("ExecutionRoleArn")),
        launch: ecs::launch(properties.items_of("RequiresCompatibilities")),
        repository_credentials: None,
    };
    let platform = properties.get("RuntimePlatform").and_then(|platform| {
        ecs::platform(platform.text_of("OperatingSystemFamily"), platform.text_of("CpuArchitecture"))
    });
    for container in properties.items_of("ContainerDefinitions") {
        let Some(image) = container.get("Image") else { continue };
        let secret = container.at(&["RepositoryCredentials", "CredentialsParameter"]);
        let task = EcsTask { repository_credentials: shown(template, secret), ..task.clone() };
        push(context, template, image, Puller::EcsTaskExecutionRole(task), platform.clone());
    }
}

fn job_definition(context: &mut Context, template: &Template, name: &str, properties: &Node) {
    let Some(container) = properties.get("ContainerProperties") else { return };
    let capabilities = properties.items_of("PlatformCapabilities");
    let is_fargate = capabilities.iter().any(|one| one.text() == Some("FARGATE"));
    let task = EcsTask {
        family: Some(shown(template, properties.get("JobDefinitionName")).unwrap_or_else(|| name.to_owned())),
        role: shown(template, container.get("ExecutionRoleArn")),
        launch: if is_fargate { Launch::Fargate } else { Launch::Unknown },
        repository_credentials: None,
    };
    if let Some(image) = container.get("Image") {
        push(context, template, image, Puller::EcsTaskExecutionRole(task), None);
    }
}

fn function(context: &mut Context, template: &Template, name: &str, properties: &Node, image: Option<&Node>) {
    let function = Function {
        function: shown(template, properties.get("FunctionName")).unwrap_or_else(|| name.to_owned()),
        role: shown(template, properties.get("Role")),
    };
    let platform = lambda::platform(properties.items_of("Architectures"));
    if let Some(image) = image {
        push(context, template, image, Puller::LambdaService(function), platform);
    }
}

fn app_runner(context: &mut Context, template: &Template, name: &str, properties: &Node) {
    let source = properties.get("SourceConfiguration");
    let role = source.and_then(|source| source.at(&["AuthenticationConfiguration", "AccessRoleArn"]));
    let service = AppRunnerService {
        service: shown(template, properties.get("ServiceName")).unwrap_or_else(|| name.to_owned()),
        role: shown(template, role),
    };
    if let Some(image) = source.and_then(|source| source.at(&["ImageRepository", "ImageIdentifier"])) {
        push(context, template, image, Puller::AppRunner(service), None);
    }
}

/// A value for people: what is only known later is named.
fn shown(template: &Template, node: Option<&Node>) -> Option<String> {
    Some(template.fill(node?).text).filter(|text| !text.is_empty())
}

/// Adds an image as far as it is known before the stack is there.
fn push(context: &mut Context, template: &Template, node: &Node, puller: Puller, platform: Option<String>) {
    let filled = template.fill(node);
    if filled.text.is_empty() {
        return;
    }
    let notes = filled.unknown.iter().map(|name| format!("`{name}` is only known when the stack is created"));
    let notes = notes.collect();
    let target = context.push(known(&filled), node.at, notes);
    target.puller = puller;
    target.platform = platform;
    if filled.text.starts_with("${") {
        target.host.clear();
        target.registry = None;
        target.repository = None;
    }
}

/// The part of an image reference in front of what is not known: whole names only.
fn known(filled: &Filled) -> &str {
    let text = filled.text.as_str();
    let Some(before) = text.find("${").and_then(|at| text.get(..at)) else { return text };
    let tag = before.rfind([':', '@']).filter(|at| before.get(*at..).is_some_and(|tag| !tag.contains('/')));
    let path = || before.find('/').filter(|_| before.contains('.'));
    tag.or_else(path).and_then(|end| before.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentKind, Puller, read};

    const ECR: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    fn variable(name: &str) -> Option<String> {
        match name {
            "AWS_REGION" => Some("eu-west-1".to_owned()),
            "AWS_ACCOUNT_ID" => Some("123456789012".to_owned()),
            _ => None,
        }
    }

    const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Tag: {Type: String, Default: v1}
  Digest: {Type: String}
Resources:
  Role: {Type: "AWS::IAM::Role"}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      ExecutionRoleArn: !GetAtt Role.Arn
      RuntimePlatform: {CpuArchitecture: ARM64}
      ContainerDefinitions:
        - Name: web
          Image: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:${Tag}"
        - Image: !Join ["/", [!Ref Registry, "x"]]
        - Image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/plain
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      Architectures: [arm64]
      ImageUri:
        Fn::Sub:
          - "${Host}/fn:${Digest}"
          - Host: !Join [".", [!Ref "AWS::AccountId", dkr.ecr, !Ref "AWS::Region", amazonaws.com]]
  Service:
    Type: AWS::AppRunner::Service
    Properties:
      SourceConfiguration:
        ImageRepository: {ImageIdentifier: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/s:2"}
"#;

    #[test]
    fn templates_are_filled_in_as_far_as_is_known() {
        let document = read("template.yaml", TEMPLATE, &variable).unwrap();
        assert_eq!(document.kind, DeploymentKind::CloudFormation);
        let found: Vec<_> = document
            .targets
            .iter()
            .map(|target| {
                let place = target.place.as_ref().unwrap();
                (target.to_string(), target.platform.as_deref().unwrap_or("-"), place.line)
            })
            .collect();
        assert_eq!(
            found,
            [
                (format!("{ECR}/web:v1"), "linux/arm64", 16),
                (String::new(), "linux/arm64", 17),
                (format!("{ECR}/plain"), "linux/arm64", 18),
                (format!("{ECR}/fn"), "linux/arm64", 25),
                (format!("{ECR}/s:2"), "-", 32),
            ]
        );
        assert_eq!(document.targets[1].notes, ["`Registry` is only known when the stack is created"]);
        let Puller::EcsTaskExecutionRole(task) = &document.targets[0].puller else { panic!() };
        assert_eq!(task.role.as_deref(), Some("${Role.Arn}"));
        let Puller::AppRunner(service) = &document.targets[4].puller else { panic!() };
        assert_eq!((service.service.as_str(), service.role.as_deref()), ("Service", None));
    }

    #[test]
    fn json_and_cdk_are_read_too() {
        let json = r#"{"Resources": {"T": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": [
            {"Image": {"Fn::Sub": "123456789012.dkr.ecr.eu-west-1.${AWS::URLSuffix}/cdk-assets:abc"}},
            {"Image": {"Fn::Join": ["", ["123456789012.dkr.ecr.", {"Ref": "AWS::Region"}, ".amazonaws.com/a:", {"Ref": "Nobody"}]]}}
        ]}}}}"#;
        let document = read("stack.template.json", json, &variable).unwrap();
        let found: Vec<String> = document.targets.iter().map(ToString::to_string).collect();
        assert_eq!(found, [format!("{ECR}/cdk-assets:abc"), format!("{ECR}/a")]);
    }
}
