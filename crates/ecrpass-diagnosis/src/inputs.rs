//! What `doctor` is asked about: the images that will be pulled or pushed, where each is named, and who really pulls.
//!
//! People have a compose file, a manifest or a task definition, not an image reference, and whose permissions count
//! differs: for a pod they are the node's, for an ECS task the execution role's, for a Lambda function the service's.

mod cloudformation;
mod cluster;
mod compose;
mod context;
mod custom_resource;
mod deployment_file;
mod dockerfile;
mod dot_env;
mod ecs;
mod error;
mod file_position;
mod helm_values;
mod image_fields;
mod kubeconfig;
mod kubernetes;
mod lambda;
pub mod named_registries;
mod near;
pub mod notices;
mod objects;
mod pod_messages;
mod pods;
pub mod policies;
mod pull_secret;
mod pull_secret_reader;
mod puller;
mod reference;
pub mod secret_text;
mod target;
mod terraform;
pub(crate) mod tree;
mod typed;
mod variables;

#[cfg(test)]
mod properties;

pub use deployment_file::{BuildFile, DeploymentFile, DeploymentKind};
pub use dot_env::dot_env;
pub use error::TargetError;
pub use file_position::FilePosition;
pub use kubeconfig::{EksCluster, eks_clusters};
pub use pod_messages::PodMessage;
pub use pods::{Container, MAX_PODS, NodeSeen, PodSeen, pods};
pub use pull_secret::{LoginTrouble, PullSecret, SecretContents, SecretLogin};
pub use puller::{AppRunnerService, EcsTask, Function, Launch, Pod, Puller};
pub use target::Target;
pub use typed::parse;
pub use variables::default_of;

use self::context::Context;
use self::error::MAX_TEXT;
use self::tree::Node;

/// Reads a file. Its name helps to tell what it is; the content decides. `variable` knows what `docker compose` would
/// find in the environment and in `.env`.
///
/// # Errors
/// [`TargetError`], which says what is wrong, where, and what to do next.
pub fn read(
    name: &str,
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<DeploymentFile, TargetError> {
    read_in_cluster(name, text, variable, None)
}

/// The same for a file of a cluster whose service accounts and secrets are given as kubectl prints them in JSON.
///
/// # Errors
/// [`TargetError`] as for [`read`].
pub fn read_in_cluster(
    name: &str,
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    around: Option<&str>,
) -> Result<DeploymentFile, TargetError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > MAX_TEXT {
        return Err(TargetError::TooLarge { file: name.to_owned(), megabytes: MAX_TEXT >> 20 });
    }
    let mut context = Context::new(name, text, variable);
    let kind = if dockerfile::is_dockerfile(name, text) {
        if text.len() > dockerfile::MAX_TEXT {
            return Err(TargetError::TooLarge {
                file: name.to_owned(),
                megabytes: dockerfile::MAX_TEXT >> 20,
            });
        }
        dockerfile::read(&mut context, text);
        DeploymentKind::Dockerfile
    } else {
        let documents = tree::read(name, text).map_err(|error| context.syntax(error))?;
        read_tree(&mut context, &documents, around)?
    };
    let document = context.finish(kind)?;
    let is_empty = document.targets.is_empty()
        && document.messages.is_empty()
        && document.dockerfiles.is_empty()
        && document.continued.is_empty();
    if is_empty {
        return Err(TargetError::NoImage { file: name.to_owned(), kind });
    }
    Ok(document)
}

fn read_tree(
    context: &mut Context,
    documents: &[Node],
    around: Option<&str>,
) -> Result<DeploymentKind, TargetError> {
    let by_values = || {
        let is_values = documents.iter().any(|document| helm_values::is_values(context.file(), document));
        is_values.then_some(DeploymentKind::HelmValues)
    };
    let Some(kind) = documents.iter().find_map(kind_of).or_else(by_values) else {
        return Err(TargetError::UnknownKind { file: context.file().to_owned() });
    };
    match kind {
        DeploymentKind::Kubernetes => kubernetes::read(context, documents, around),
        DeploymentKind::Compose => documents.iter().for_each(|document| compose::read(context, document)),
        DeploymentKind::EcsTaskDefinition => {
            documents.iter().for_each(|document| ecs::definition(context, document))
        }
        DeploymentKind::EcsTasks => documents.iter().for_each(|document| ecs::tasks(context, document)),
        DeploymentKind::LambdaFunction => {
            documents.iter().for_each(|document| lambda::read(context, document))
        }
        DeploymentKind::HelmValues => {
            documents.iter().for_each(|document| helm_values::read(context, document));
        }
        DeploymentKind::CloudFormation => {
            documents.iter().for_each(|document| cloudformation::read(context, document));
        }
        DeploymentKind::Terraform => documents.iter().for_each(|document| terraform::read(context, document)),
        DeploymentKind::Dockerfile => {}
    }
    Ok(kind)
}

/// What only files of one kind have. `services` stands in two: a mapping in compose, a list of ECS.
fn kind_of(document: &Node) -> Option<DeploymentKind> {
    let has = |path: &[&str]| document.at(path).is_some();
    let is_list = |key: &str| document.get(key).is_some_and(|value| value.items().is_some());
    if cloudformation::is_template(document) {
        Some(DeploymentKind::CloudFormation)
    } else if terraform::is_terraform(document) {
        Some(DeploymentKind::Terraform)
    } else if has(&["containerDefinitions"])
        || has(&["taskDefinition", "containerDefinitions"])
        || ecs::are_containers(document)
    {
        Some(DeploymentKind::EcsTaskDefinition)
    } else if (has(&["kind"]) && has(&["apiVersion"]))
        || has(&["spec", "containers"])
        || has(&["spec", "template", "spec", "containers"])
        || custom_resource::is_kustomization(document)
    {
        Some(DeploymentKind::Kubernetes)
    } else if is_list("tasks") || is_list("services") {
        Some(DeploymentKind::EcsTasks)
    } else if has(&["Configuration", "FunctionName"])
        || has(&["Code", "ImageUri"])
        || (has(&["FunctionName"]) && has(&["PackageType"]))
    {
        Some(DeploymentKind::LambdaFunction)
    } else if document.get("services").is_some_and(|services| services.members().is_some())
        || is_list("include")
    {
        Some(DeploymentKind::Compose)
    } else {
        None
    }
}
