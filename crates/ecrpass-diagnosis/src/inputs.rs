//! What `doctor` is asked about: the images that will be pulled or pushed, where each is named, and who really pulls.
//!
//! People have a compose file, a manifest or a task definition, not an image reference, and whose permissions count
//! differs: for a pod they are the node's, for an ECS task the execution role's, for a Lambda function the service's.

mod compose;
mod context;
mod dockerfile;
mod dot_env;
mod ecs;
mod error;
mod kubernetes;
mod lambda;
mod lines;
pub mod mentions;
mod puller;
mod reference;
mod tree;
mod typed;
mod variables;

#[cfg(test)]
mod properties;

use std::fmt;

pub use dot_env::dot_env;
use ecrpass_core::registry::Registry;
pub use error::TargetError;
pub use puller::{EcsTask, Function, Launch, Pod, Puller};
use serde::{Deserialize, Serialize};
pub use typed::parse;

use self::context::Context;
use self::tree::Node;

/// The longest text that is read, in bytes: a large cluster's pods as JSON have some ten megabytes.
const MAX_TEXT: usize = 32 << 20;

/// An image or a registry somebody will pull from or push to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The registry host with its port, as written; `docker.io` for a bare name. Empty if a variable took it away.
    pub host: String,
    /// The registry, if ECR serves it.
    #[serde(with = "registry_by_host", default)]
    pub registry: Option<Registry>,
    /// The repository, as the registry names it: `library/alpine` for a bare `alpine`.
    pub repository: Option<String>,
    /// The tag, if there is one.
    pub tag: Option<String>,
    /// The digest, if there is one.
    pub digest: Option<String>,
    /// Where it is named; `None` if it was typed.
    pub place: Option<Place>,
    /// The platforms wanted, for example `linux/arm64`; several are separated by commas.
    pub platform: Option<String>,
    /// Whether it is built and pushed, not only pulled.
    pub pushes: bool,
    /// Who pulls it.
    pub puller: Puller,
    /// What is odd about the reference: unset variables, an impossible host, a scheme in front.
    pub notes: Vec<String>,
}

impl Target {
    /// The image as one text, without place and platform.
    pub fn image(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        if let Some(repository) = &self.repository {
            write!(f, "/{repository}")?;
        }
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// Where something stands in a file. Line and column count from 1, the column in characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file's name, as it was given.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A file of `docker compose`.
    Compose,
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// Kubernetes manifests, or what `kubectl get … -o json` or `-o yaml` prints.
    Kubernetes,
    /// A task definition, bare or as `aws ecs describe-task-definition` prints it.
    EcsTaskDefinition,
    /// What `aws ecs describe-tasks` or `describe-services` prints.
    EcsTasks,
    /// What `aws lambda get-function` or `get-function-configuration` prints.
    LambdaFunction,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Compose,
        Self::Dockerfile,
        Self::Kubernetes,
        Self::EcsTaskDefinition,
        Self::EcsTasks,
        Self::LambdaFunction,
    ];

    /// What it is, with an article.
    pub fn title(self) -> &'static str {
        match self {
            Self::Compose => "a docker compose file",
            Self::Dockerfile => "a Dockerfile",
            Self::Kubernetes => "Kubernetes manifests or `kubectl get … -o json`",
            Self::EcsTaskDefinition => "an ECS task definition",
            Self::EcsTasks => "`aws ecs describe-tasks` or `describe-services`",
            Self::LambdaFunction => "`aws lambda get-function`",
        }
    }
}

/// A Dockerfile that a compose file builds from; its images are pulled too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildFile {
    /// The directory of the build, relative to the compose file; it may also be a URL.
    pub context: String,
    /// The Dockerfile, relative to the directory.
    pub dockerfile: String,
    /// The stage that is built, if not the last.
    pub target: Option<String>,
    /// Where the build stands.
    pub place: Place,
}

/// A file, understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The file's name, as it was given.
    pub file: String,
    /// What it is.
    pub kind: Kind,
    /// The images, in the order they are named; one that is named twice is there twice.
    pub targets: Vec<Target>,
    /// What a kubelet, ECS or Lambda said went wrong: a log to explain. Secrets are hidden.
    pub messages: Vec<(Place, String)>,
    /// What is built here, for the caller to read as well.
    pub dockerfiles: Vec<BuildFile>,
}

/// Reads a file. Its name helps to tell what it is; the content decides. `variable` knows what `docker compose` would
/// find in the environment and in `.env`.
///
/// # Errors
/// [`TargetError`], which says what is wrong, where, and what to do next.
pub fn read(
    name: &str,
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Document, TargetError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > MAX_TEXT {
        return Err(TargetError::TooLarge { file: name.to_owned(), megabytes: MAX_TEXT >> 20 });
    }
    let mut context = Context::new(name, text, variable);
    let kind = if dockerfile::is_dockerfile(name, text) {
        dockerfile::read(&mut context, text);
        Kind::Dockerfile
    } else {
        let documents = tree::read(name, text).map_err(|error| context.syntax(error))?;
        read_tree(&mut context, &documents)?
    };
    let document = context.finish(kind)?;
    if document.targets.is_empty() && document.messages.is_empty() && document.dockerfiles.is_empty() {
        return Err(TargetError::NoImage { file: name.to_owned(), kind });
    }
    Ok(document)
}

fn read_tree(context: &mut Context, documents: &[Node]) -> Result<Kind, TargetError> {
    let Some(kind) = documents.iter().find_map(kind_of) else {
        return Err(TargetError::UnknownKind { file: context.file().to_owned() });
    };
    match kind {
        Kind::Kubernetes => kubernetes::read(context, documents),
        Kind::Compose => documents.iter().for_each(|document| compose::read(context, document)),
        Kind::EcsTaskDefinition => documents.iter().for_each(|document| ecs::definition(context, document)),
        Kind::EcsTasks => documents.iter().for_each(|document| ecs::tasks(context, document)),
        Kind::LambdaFunction => documents.iter().for_each(|document| lambda::read(context, document)),
        Kind::Dockerfile => {}
    }
    Ok(kind)
}

/// What only files of one kind have. `services` stands in two: a mapping in compose, a list of ECS.
fn kind_of(document: &Node) -> Option<Kind> {
    let has = |path: &[&str]| document.at(path).is_some();
    let is_list = |key: &str| document.get(key).is_some_and(|value| value.items().is_some());
    if has(&["containerDefinitions"]) || has(&["taskDefinition", "containerDefinitions"]) {
        Some(Kind::EcsTaskDefinition)
    } else if (has(&["kind"]) && has(&["apiVersion"]))
        || has(&["spec", "containers"])
        || has(&["spec", "template", "spec", "containers"])
    {
        Some(Kind::Kubernetes)
    } else if is_list("tasks") || is_list("services") {
        Some(Kind::EcsTasks)
    } else if has(&["Configuration", "FunctionName"])
        || has(&["Code", "ImageUri"])
        || (has(&["FunctionName"]) && has(&["PackageType"]))
    {
        Some(Kind::LambdaFunction)
    } else if document.get("services").is_some_and(|services| services.members().is_some()) {
        Some(Kind::Compose)
    } else {
        None
    }
}

/// A registry is written as its host.
mod registry_by_host {
    use ecrpass_core::registry::Registry;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(registry: &Option<Registry>, to: S) -> Result<S::Ok, S::Error> {
        registry.as_ref().map(Registry::host).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Registry>, D::Error> {
        let host = Option::<String>::deserialize(from)?;
        host.map(|host| Registry::parse(&host)).transpose().map_err(serde::de::Error::custom)
    }
}
