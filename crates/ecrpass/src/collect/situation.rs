//! What a repair of a configuration depends on: the helpers installed here, the tokens in the cache, the clock.

use std::cell::RefCell;
use std::collections::HashMap;

use docker_credential_ecr_login::cached_tokens;
use ecrpass_clients::repair::{HelperLogin, Situation};

use ecrpass_core::environment::Environment;

/// Calls with what is known of this machine.
pub fn with_situation<T>(
    environment: &dyn Environment,
    previous: Option<&str>,
    login: Option<&dyn Fn(&str) -> HelperLogin>,
    then: impl FnOnce(&Situation<'_>) -> T,
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
    then(&Situation {
        now: ecrpass_aws::clock::now(),
        platform: environment.system(),
        is_installed: Some(&is_installed),
        registries: &registries,
        delegate: cached.delegate.as_deref(),
        previous_store: previous,
        login,
    })
}
