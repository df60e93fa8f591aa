//! nerdctl: several spellings of the host, each asked for as docker would.

use super::auth_variable;
use super::docker;
use super::environment::ClientEnvironment;
use super::files::{self, load_leniently};
use super::helper::{Reply, ask, helper};
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Trace};
use crate::docker_config::{Dialect, Format, ProblemKind};

pub(super) const NERDCTL: Model = Model::new("nerdctl", resolve)
    .program("nerdctl")
    .login("nerdctl login --username AWS --password-stdin", "nerdctl logout");

/// Source: containerd/nerdctl
/// `pkg/imgutil/dockerconfigresolver/credentialsstore.go#Retrieve`, `registryurl.go#AllIdentifiers`.
fn resolve(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "containerd/nerdctl pkg/imgutil/dockerconfigresolver/credentialsstore.go#Retrieve");
    if let Some(ending) = auth_variable::docker(machine, &request.host, trace) {
        return ending;
    }
    let path = request.configs.first().cloned().or_else(|| files::docker(machine.environment()));
    let Some(path) = path else { return Ending::NOTHING };
    let Some(loaded) =
        load_leniently(machine, &path, Format::Current, Dialect::Go, &ProblemKind::stops_go, trace)
    else {
        return Ending::NOTHING;
    };
    let mut spellings = Vec::new();
    let (host, port) = request.host.rsplit_once(':').unwrap_or((&request.host, "443"));
    for authority in [format!("{host}:{port}"), host.to_owned()] {
        // The spellings without the port are only tried for the default one.
        if authority.contains(':') || port == "443" {
            spellings.extend([
                authority.clone(),
                format!("https://{authority}"),
                format!("http://{authority}"),
            ]);
        }
    }
    let mut last_error = None;
    for spelling in &spellings {
        let config = &loaded.config;
        let named = config.helper_for(spelling);
        let suffix = match named {
            Some(entry) => (!entry.helper.is_empty()).then(|| (entry.helper.clone(), false)),
            None => config.creds_store.as_ref().map(|store| (store.helper.clone(), true)),
        };
        last_error = None;
        let Some((suffix, store)) = suffix else {
            let entries = docker::matching(config, spelling);
            if let Some(ending) = entries.into_iter().find_map(|entry| loaded.password_of(entry, trace)) {
                return ending;
            }
            continue;
        };
        match ask(machine, &suffix, spelling, trace) {
            Reply::Answered(sent) => return helper(&suffix, store, sent),
            Reply::NotFound | Reply::Blank | Reply::IdentityToken => {}
            Reply::Failed { message, .. } => last_error = Some(message),
        }
    }
    last_error.map_or(Ending::NOTHING, Ending::Error)
}
