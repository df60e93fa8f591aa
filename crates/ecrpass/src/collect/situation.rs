//! What a repair of a configuration depends on: the helpers installed here, the tokens in the cache, the clock.

use docker_credential_ecr_login::cached_tokens;
use ecrpass_clients::repair::Situation;

use ecrpass_core::environment::Environment;

/// Calls with what is known of this machine.
pub fn with_situation<T>(
    environment: &dyn Environment,
    previous: Option<&str>,
    then: impl FnOnce(&Situation<'_>) -> T,
) -> T {
    let is_installed = |suffix: &str| environment.on_path(&format!("docker-credential-{suffix}")).is_some();
    let cached = cached_tokens().unwrap_or_default();
    let registries: Vec<String> = cached.tokens.into_iter().flat_map(|token| token.hosts).collect();
    then(&Situation {
        now: ecrpass_aws::clock::now(),
        platform: environment.system(),
        is_installed: Some(&is_installed),
        registries: &registries,
        delegate: cached.delegate.as_deref(),
        previous_store: previous,
    })
}
