//! Subjects from names: an image or registry somebody typed, or that stands in a file; and what is wrong with the name
//! itself.

use ecrpass_clients::client::kubelet_matches;
use ecrpass_core::platform::normal;
use ecrpass_core::redact::redact;
use ecrpass_core::registry::HostError;
use ecrpass_core::{DiagnosisId, Registry};

use super::aws::Refused;
use super::puller::{ImagePuller, PullSecret};
use super::subject::Subject;
use super::vocabulary::{PullSecretState, PullerKind};
use crate::inputs::{self, Launch, Puller, SecretContents, Target, TargetError};
use crate::location::Location;

/// Why what was typed is nothing to ask about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSubject {
    /// It is of another registry.
    #[error("{0} is not an Amazon ECR registry")]
    NotEcr(String),
    /// It names neither an image nor a registry.
    #[error(transparent)]
    Target(#[from] TargetError),
}

impl Subject {
    /// What was typed on a command line. A name that is wrong in a way of ECR's is a subject, too: that is what is
    /// wrong then.
    ///
    /// # Errors
    /// [`NoSubject`] when it has nothing to do with ECR.
    pub fn named(argument: &str, platform: Option<&str>) -> Result<Self, NoSubject> {
        let name = redact(argument).into_owned();
        match inputs::parse(argument) {
            Ok(found) if found.registry.is_none() => {
                if found.host != "docker.io" {
                    return Err(NoSubject::NotEcr(redact(&found.host).into_owned()));
                }
                let what =
                    format!("`{found}` has no ECR registry in it, so clients look for it on Docker Hub.");
                let next =
                    "tag it with its registry: the host, the repository and the tag, as in `docker tag`";
                Ok(Self::misnamed(
                    name,
                    found.host,
                    malformed(DiagnosisId::ImageNotTaggedWithRegistry, &what, next),
                ))
            }
            Ok(found) => {
                let subject = Self { name: name.clone(), ..Self::of(&found, platform) };
                match subject.repository.as_deref().filter(|repository| repository.contains(".dkr.ecr.")) {
                    Some(repository) => {
                        let what = format!("The repository's name holds a registry's host: `{name}`.");
                        let inner = repository.split_once('/').map(|(_, inner)| inner);
                        let next =
                            inner.map(|inner| format!("use {}/{inner}", subject.host)).unwrap_or_default();
                        let wrong = malformed(DiagnosisId::RepoNameIncludesRegistry, &what, &next);
                        Ok(Self::misnamed(name, subject.host, wrong))
                    }
                    None => Ok(subject),
                }
            }
            Err(TargetError::Host(error)) => {
                let host = match &error {
                    HostError::Malformed { host, .. } | HostError::NotEcr { host } => host.clone(),
                };
                let wrong = malformed(DiagnosisId::MalformedRegistryHost, &format!("{error}."), "");
                Ok(Self::misnamed(name, host, wrong))
            }
            Err(TargetError::Image(error)) => {
                let host = argument.split('/').next().unwrap_or_default();
                let host =
                    Registry::parse(host).map(|registry| registry.host().to_owned()).unwrap_or_default();
                let wrong = malformed(DiagnosisId::MalformedImageReference, &format!("{error}."), "");
                Ok(Self::misnamed(name, host, wrong))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What a file or an argument names; a host that was meant to be one of ECR's and is not is what is wrong with it.
    pub fn of(found: &Target, platform: Option<&str>) -> Self {
        let host = found.registry.as_ref().map_or(found.host.as_str(), Registry::host).to_owned();
        let platform = platform.or_else(|| found.platform.as_deref().and_then(|all| all.split(',').next()));
        let wrong = match &found.registry {
            Some(_) => None,
            None => Registry::parse(&found.host).err(),
        };
        Self {
            name: redact(&found.image()).into_owned(),
            malformed: wrong
                .filter(|error| matches!(error, HostError::Malformed { .. }))
                .map(|error| malformed(DiagnosisId::MalformedRegistryHost, &format!("{error}."), "")),
            host,
            repository: found.repository.clone(),
            tag: found.digest.clone().or_else(|| found.tag.clone()),
            place: found.place.as_ref().map(|place| Location::new(&place.file, place.line, place.column)),
            puller: ImagePuller::of(found),
            platform: platform.map(|platform| normal(platform.trim())).unwrap_or_default(),
            ..Self::default()
        }
    }

    fn misnamed(name: String, host: String, wrong: Refused) -> Self {
        Self { name, host, malformed: Some(wrong), ..Self::default() }
    }
}

impl ImagePuller {
    /// Who pulls, where it is not this client.
    fn of(found: &Target) -> Option<Self> {
        let puller = &found.puller;
        let sentence = puller.sentence();
        let mut pull_secrets = Vec::new();
        let (kind, role, role_missing) = match puller {
            Puller::Client => return None,
            Puller::Kubelet(pod) => {
                pull_secrets.extend(pod.secrets.iter().map(|secret| PullSecret::of(secret, found)));
                (PullerKind::Kubelet, None, false)
            }
            Puller::EcsTaskExecutionRole(task) => {
                let is_missing = task.role.is_none() && task.launch == Launch::Fargate;
                (PullerKind::Ecs, task.role.clone(), is_missing)
            }
            Puller::LambdaService(_) => (PullerKind::Lambda, None, false),
            Puller::AppRunner(service) => {
                (PullerKind::AppRunner, service.role.clone(), service.role.is_none())
            }
        };
        Some(Self { kind: kind.into(), sentence, role, role_missing, pull_secrets })
    }
}

impl PullSecret {
    /// What a secret has for an image.
    fn of(secret: &inputs::PullSecret, found: &Target) -> Self {
        let image = match &found.repository {
            Some(repository) => format!("{}/{repository}", found.host),
            None => found.host.clone(),
        };
        let (state, expires_at, why) = match &secret.contents {
            SecretContents::Unreadable(why) | SecretContents::PassedOver(why) => {
                (PullSecretState::Unreadable, None, Some(why.clone()))
            }
            SecretContents::Logins(logins) => {
                // Of several that match, the kubelet tries one after the other.
                let fitting = logins.iter().filter(|login| kubelet_matches(&login.key, &image));
                match fitting.max_by_key(|login| login.expires_at.unwrap_or(i64::MAX)) {
                    Some(login) => (PullSecretState::Login, login.expires_at, None),
                    None => (PullSecretState::NoLogin, None, None),
                }
            }
        };
        Self {
            name: secret.name.clone(),
            namespace: secret.namespace.clone(),
            at: Location::new(&secret.place.file, secret.place.line, secret.place.column),
            state: state.into(),
            expires_at,
            why,
        }
    }
}

fn malformed(id: DiagnosisId, what: &str, next: &str) -> Refused {
    Refused {
        id: id.into(),
        what: redact(what).into_owned(),
        next: next.to_owned(),
        step: None,
        transient: false,
    }
}
