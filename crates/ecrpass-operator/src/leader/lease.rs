//! The lease in the cluster: one look at it, and what follows from the rules.

use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::{Lease as Object, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::Client;
use kube::api::{Api, DeleteParams, PostParams};

use super::election::{Election, LENGTH, Seen, Step};
use crate::cluster::api_server::within;
use crate::cluster::{Call, CallError};

/// Where the lease is.
#[derive(Clone)]
pub struct Lease {
    api: Api<Object>,
    name: String,
    namespace: String,
}

impl Lease {
    /// The lease of that name.
    pub fn new(client: Client, namespace: &str, name: &str) -> Self {
        let api = Api::namespaced(client, namespace);
        Self { api, name: name.to_owned(), namespace: namespace.to_owned() }
    }

    /// Who holds it and renews it, watched for as long as it is good; `None` where nobody does, or where it cannot be read.
    pub async fn holder_at_work(&self) -> Option<String> {
        let first = seen(&self.read().await.ok()??);
        let holder = first.holder.clone().filter(|holder| !holder.is_empty())?;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(LENGTH.unsigned_abs()) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = seen(&self.read().await.ok()??);
            if now.holder != first.holder {
                return None;
            }
            if now.version != first.version {
                return Some(holder);
            }
        }
        None
    }

    /// Deletes it.
    ///
    /// # Errors
    /// Why it is still there.
    pub async fn delete(&self) -> Call<()> {
        match within(self.api.delete(&self.name, &DeleteParams::default())).await {
            Ok(_) | Err(CallError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, current: Option<Object>, holder: &str) -> Call<()> {
        let now = MicroTime(Timestamp::now());
        let before = current.as_ref().and_then(|lease| lease.spec.clone()).unwrap_or_default();
        let is_new = before.holder_identity.as_deref() != Some(holder);
        let spec = LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: i32::try_from(LENGTH / 1000).ok(),
            acquire_time: if is_new { Some(now.clone()) } else { before.acquire_time },
            renew_time: Some(now),
            lease_transitions: Some(
                before.lease_transitions.unwrap_or(0).saturating_add(i32::from(is_new && current.is_some())),
            ),
            ..before
        };
        match current {
            Some(current) => {
                let lease = Object { spec: Some(spec), ..current };
                within(self.api.replace(&self.name, &PostParams::default(), &lease)).await?;
            }
            None => {
                let metadata = ObjectMeta {
                    name: Some(self.name.clone()),
                    namespace: Some(self.namespace.clone()),
                    ..ObjectMeta::default()
                };
                let lease = Object { metadata, spec: Some(spec) };
                within(self.api.create(&PostParams::default(), &lease)).await?;
            }
        }
        Ok(())
    }

    async fn read(&self) -> Call<Option<Object>> {
        match within(self.api.get(&self.name)).await {
            Ok(lease) => Ok(Some(lease)),
            Err(CallError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn seen(lease: &Object) -> Seen {
    let spec = lease.spec.clone().unwrap_or_default();
    Seen {
        holder: spec.holder_identity,
        version: lease.metadata.resource_version.clone().unwrap_or_default(),
        length: i64::from(spec.lease_duration_seconds.unwrap_or(0)) * 1000,
    }
}

/// Looks at the lease, and does what the rules say. `now` is this machine's time that nobody can set.
///
/// # Errors
/// Why nothing could be read or written.
pub async fn step(lease: &Lease, election: &mut Election, now: impl Fn() -> i64) -> Call<()> {
    let current = lease.read().await?;
    let sent = now();
    if election.decide(current.as_ref().map(seen).as_ref(), sent) == Step::Wait {
        return Ok(());
    }
    let identity = election.identity.clone();
    match lease.write(current, &identity).await {
        Ok(()) => {
            election.wrote(sent);
            Ok(())
        }
        Err(CallError::Conflict | CallError::Exists | CallError::NotFound) => {
            election.lost();
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Gives the lease back, if it is ours.
///
/// # Errors
/// Why it could not be given back; it is over soon in any case.
pub async fn release(lease: &Lease, election: &mut Election) -> Call<()> {
    let Some(current) = lease.read().await? else { return Ok(()) };
    election.lost();
    if seen(&current).holder.as_deref() == Some(&election.identity) {
        lease.write(Some(current), "").await?;
    }
    Ok(())
}
