//! `remove`: takes everything of ours out of the cluster, so that nothing names a secret that is gone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kube::Client;

use crate::driver::{Driver, Permission};
use crate::engine::Engine;
use crate::leader::Lease;
use crate::run::{LISTING, seed};
use crate::settings::Settings;
use crate::shared::Shared;

/// How long it may take without anything being left to do or going wrong.
const PATIENCE: Duration = Duration::from_secs(300);

/// Entries of accounts first, then secrets, then the lease. Says how many secrets and accounts that were.
///
/// # Errors
/// What is left.
pub async fn remove(client: Client, settings: &Settings, lease: &Lease) -> Result<String, String> {
    if let Some(holder) = lease.holder_at_work().await {
        return Err(format!(
            "{holder} is still at work, and would put back what is taken away: stop it first, as with kubectl scale deployment --replicas 0"
        ));
    }
    let shared = Arc::new(Shared::new(Engine::new(Arc::new(settings.retired()), seed())));
    let mut driver = Driver::new(client, Arc::clone(&shared), None, Permission::unlimited());
    let started = Instant::now();
    let summary = loop {
        driver.turn().await;
        let now = shared.clock.now();
        let engine = shared.engine();
        if engine.is_settled() && engine.intentions(now).is_empty() {
            if engine.is_degraded(now) {
                return Err(
                    "some right is missing, so it is not known whether all of it is gone; the log says which"
                        .to_owned(),
                );
            }
            let count = |counts: &std::collections::BTreeMap<&'static str, u64>, names: [&str; 2]| {
                names.iter().filter_map(|name| counts.get(name)).sum::<u64>()
            };
            let secrets = count(&engine.counts.renewals, ["deleted", "updated"]);
            let accounts = count(&engine.counts.accounts, ["changed", "-"]);
            break format!(
                "removed {secrets} pull secrets, and their names from {accounts} service accounts"
            );
        }
        let is_stuck = started.elapsed() > LISTING && (engine.is_degraded(now) || !engine.index.is_synced());
        if is_stuck || started.elapsed() > PATIENCE {
            let left = engine.intentions(now);
            return Err(match left.first() {
                Some(first) => format!("{} things are left to do; the first: {first}", left.len()),
                None => "the cluster does not answer, so it is not known what is left to do".to_owned(),
            });
        }
    };
    driver.finish(Duration::from_secs(5)).await;
    lease.delete().await.map_err(|error| format!("{summary}; the lease is still there: {error}"))?;
    Ok(summary)
}
