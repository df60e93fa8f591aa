//! What a repair of a configuration depends on: the helpers installed here, the tokens in the cache, the clock.

use std::cell::RefCell;
use std::collections::HashMap;

use docker_credential_ecr_login::{cached_tokens, configured_override};
use ecrpass_clients::client::FileState;
use ecrpass_clients::repair::{HelperLogin, KnownMachine};
use ecrpass_core::environment::Environment;
use ecrpass_core::registry::PUBLIC_HOST;
use ecrpass_credentials::credential_chain::Override;
use ecrpass_diagnosis::inputs::named_registries::named_registries;

use crate::system::variables::beside;

/// The files of a project that `docker compose` and `docker build` read without being told.
const PROJECT: [&str; 5] =
    ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml", "Dockerfile"];

/// What uses ECR Public here: our settings, or the project in the current directory.
fn public_used_in(environment: &dyn Environment) -> Option<String> {
    if configured_override(PUBLIC_HOST).is_ok_and(|over| over != Override::default()) {
        return Some("ecrpass's config.toml".to_owned());
    }
    let directory = environment.directory()?;
    let uses = |name: &str| {
        let path = directory.join(name);
        let FileState::Text(text) = FileState::read(environment, &path) else { return false };
        // Most name none, and need not be understood.
        text.contains(PUBLIC_HOST)
            && named_registries(name, &text, &beside(environment, &path))
                .iter()
                .any(|named| named.host.as_deref() == Ok(PUBLIC_HOST))
    };
    PROJECT.into_iter().find(|name| uses(name)).map(str::to_owned)
}

/// Calls with what is known of this machine.
pub fn with_known_machine<T>(
    environment: &dyn Environment,
    previous: Option<&str>,
    login: Option<&dyn Fn(&str) -> HelperLogin>,
    then: impl FnOnce(&KnownMachine<'_>) -> T,
) -> T {
    // Each is looked for once, however many registries a file names it for.
    let looked = RefCell::new(HashMap::new());
    let is_installed = |suffix: &str| -> bool {
        if let Some(&is_there) = looked.borrow().get(suffix) {
            return is_there;
        }
        let is_there = environment.on_path(&format!("docker-credential-{suffix}")).is_some();
        looked.borrow_mut().insert(suffix.to_owned(), is_there);
        is_there
    };
    let cached = cached_tokens().unwrap_or_default();
    let registries: Vec<String> = cached.tokens.into_iter().flat_map(|token| token.hosts).collect();
    let public_used_in = public_used_in(environment);
    then(&KnownMachine {
        now: ecrpass_aws::clock::now(),
        platform: environment.system(),
        is_installed: Some(&is_installed),
        registries: &registries,
        public_used_in: public_used_in.as_deref(),
        delegate: cached.delegate.as_deref(),
        previous_store: previous,
        login,
    })
}
