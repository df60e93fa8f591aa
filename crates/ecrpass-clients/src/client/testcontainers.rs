//! testcontainers for Java: docker's file, or the variable in its place.

use std::rc::Rc;

use super::auth_variable;
use super::environment::ClientEnvironment;
use super::files::{self, load_leniently};
use super::helper::{Reply, ask, helper};
use super::loaded::Loaded;
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Sent, Trace};
use crate::docker_config::{AuthsEntry, Dialect, DockerConfig, Format};

pub(super) const JAVA: Model = Model::new("testcontainers-java", java).aliases(&["testcontainers"]);

/// Where it reads from: the variable takes the file's place, helpers and all.
enum Source {
    Variable(DockerConfig),
    File(Rc<Loaded>),
}

impl Source {
    fn find(
        request: &Request,
        machine: &dyn ClientEnvironment,
        dialect: Dialect,
        trace: &mut Trace,
    ) -> Option<Self> {
        match auth_variable::in_place_of_the_file(machine, trace) {
            Ok(None) => {}
            Ok(Some(config)) => return Some(Self::Variable(config)),
            Err(why) => {
                trace.not_found(auth_variable::VARIABLE, why);
                return None;
            }
        }
        let path = request.configs.first().cloned().or_else(|| files::docker(machine.environment()))?;
        load_leniently(machine, &path, Format::Current, dialect, trace).map(Self::File)
    }

    fn config(&self) -> &DockerConfig {
        match self {
            Self::Variable(config) => config,
            Self::File(loaded) => &loaded.config,
        }
    }

    /// What an entry of `auths` yields.
    fn entry(&self, entry: Option<&AuthsEntry>, trace: &mut Trace) -> Ending {
        let ending = entry.and_then(|entry| match self {
            Self::File(loaded) => loaded.password_of(entry, trace),
            Self::Variable(_) => {
                let (user, _) = entry.credentials.decoded().ok()??;
                trace.found(format!("auths[\"{}\"]", entry.key), format!("holds a password for user {user}"));
                Some(Ending::Environment { variable: auth_variable::VARIABLE, sent: Sent::Basic(vec![user]) })
            }
        });
        ending.unwrap_or_else(|| {
            trace.not_found("auths", "has nothing for this host");
            Ending::NOTHING
        })
    }
}

/// Helper, then store, then `auths`; the first error text counts as not-found. Source: testcontainers-java
/// `RegistryAuthLocator.java`.
fn java(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "testcontainers-java RegistryAuthLocator.java");
    let Some(source) = Source::find(request, machine, Dialect::Strict, trace) else { return Ending::NOTHING };
    let config = source.config();
    let named = config.helper_for(&request.host).map(|entry| (entry.helper.clone(), false));
    let store = config.creds_store.as_ref().map(|store| (store.helper.clone(), true));
    for (suffix, store) in [named, store].into_iter().flatten().filter(|(suffix, _)| !suffix.is_empty()) {
        match ask(machine, &suffix, &request.host, trace) {
            Reply::Answered(sent) => return helper(&suffix, store, sent),
            Reply::NotFound | Reply::Blank | Reply::IdentityToken | Reply::Failed { missing: false, .. } => {}
            Reply::Failed { missing: true, .. } => {
                trace.not_found("docker-java's defaults", "are used, since the helper cannot be run");
                return Ending::NOTHING;
            }
        }
    }
    let url = format!("://{}", request.host);
    let entry = config.auths_in_force().find(|entry| entry.key == request.host || entry.key.ends_with(&url));
    source.entry(entry, trace)
}
