//! Carries out a job: reads the object, works out what it becomes, and writes that over the very version that was read.

use ecrpass_core::time::EpochSeconds;
use k8s_openapi::api::core::v1::Secret;
use serde_json::{Value, json};
use zeroize::Zeroize;

use crate::account;
use crate::cluster::{CallError, Cluster};
use crate::names::{ENTRIES, EXPIRES_AT, MANAGED_BY, Name, OWNER};
use crate::secret::{Merged, Want, Withdrawal, Written, merge, version_of, wipe, withdraw};
use crate::work::{AccountChange, Cause, Failure, Job, Outcome};

/// How often it is tried anew when somebody else was faster.
const TRIES: usize = 5;

/// Carries out a job. `may_write` is asked before each write: a replica that is not in charge any more stops there.
pub async fn run(
    cluster: &impl Cluster,
    job: &Job,
    now: EpochSeconds,
    may_write: &(dyn Fn() -> bool + Send + Sync),
) -> Outcome {
    for attempt in 0..TRIES {
        let outcome = match job {
            Job::Ensure(want) => ensure(cluster, want, want.absent && attempt == 0, now, may_write).await,
            Job::Remove { namespace, name, owner } => {
                remove(cluster, namespace, name, owner, may_write).await
            }
            Job::Account { namespace, name, change } => {
                patch(cluster, namespace, name, change, may_write).await
            }
        };
        match outcome {
            Ok(outcome) => return outcome,
            Err(CallError::Conflict | CallError::Exists) => {}
            Err(error) => return failed(error),
        }
    }
    let text = format!("others changed it {TRIES} times in between");
    Outcome::Failed(Failure { cause: Cause::Conflict, text })
}

fn failed(error: CallError) -> Outcome {
    match error {
        CallError::NotFound | CallError::Terminating => Outcome::Gone,
        CallError::Exists | CallError::Conflict => {
            Outcome::Failed(Failure { cause: Cause::Conflict, text: String::new() })
        }
        CallError::Other(failure) => Outcome::Failed(failure),
    }
}

fn allowed(may_write: &(dyn Fn() -> bool + Send + Sync)) -> Result<(), CallError> {
    if may_write() {
        return Ok(());
    }
    Err(CallError::other(Cause::Unreachable, "the lease could not be renewed, so nothing is written"))
}

async fn ensure(
    cluster: &impl Cluster,
    want: &Want,
    is_absent: bool,
    now: EpochSeconds,
    may_write: &(dyn Fn() -> bool + Send + Sync),
) -> Result<Outcome, CallError> {
    let current = if is_absent {
        None
    } else {
        match cluster.secret(&want.namespace, &want.name).await {
            Ok(secret) => Some(Held(secret)),
            Err(CallError::NotFound) => None,
            Err(error) => return Err(error),
        }
    };
    let merged = merge(current.as_ref().map(|held| &held.0), want, now);
    let written = match merged {
        Merged::Unchanged => return Ok(Outcome::Unchanged(current.map(Held::into_box))),
        Merged::Nothing => return Ok(Outcome::Nothing),
        Merged::Blocked(obstacle) => {
            return Ok(match current {
                Some(current) => Outcome::Blocked(obstacle, current.into_box()),
                None => Outcome::Nothing,
            });
        }
        Merged::Write(written) => written,
    };
    allowed(may_write)?;
    if current.is_none() {
        return Ok(Outcome::Created(Box::new(cluster.create_secret(&written.0).await?)));
    }
    let mut patch = to_value(&written)?;
    let result = cluster.patch_secret(&want.namespace, &want.name, &patch).await;
    wipe_value(&mut patch);
    Ok(Outcome::Updated(Box::new(result?)))
}

/// A secret that was read. What is in it is wiped when it goes.
struct Held(Secret);

impl Held {
    fn into_box(mut self) -> Box<Secret> {
        Box::new(std::mem::take(&mut self.0))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn to_value(written: &Written) -> Result<Value, CallError> {
    serde_json::to_value(&written.0)
        .map_err(|error| CallError::other(Cause::Rejected, format!("it cannot be written as JSON: {error}")))
}

fn wipe_value(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe_value),
        Value::Object(members) => members.values_mut().for_each(wipe_value),
        _ => {}
    }
}

async fn remove(
    cluster: &impl Cluster,
    namespace: &Name,
    name: &Name,
    owner: &Name,
    may_write: &(dyn Fn() -> bool + Send + Sync),
) -> Result<Outcome, CallError> {
    let current = match cluster.secret(namespace, name).await {
        Ok(secret) => Held(secret),
        Err(CallError::NotFound) => return Ok(Outcome::Deleted),
        Err(error) => return Err(error),
    };
    let withdrawal = withdraw(&current.0, owner);
    if matches!(withdrawal, Withdrawal::NotOurs) {
        return Ok(Outcome::Unchanged(Some(current.into_box())));
    }
    allowed(may_write)?;
    let mut patch = match withdrawal {
        Withdrawal::Rewrite(written) => to_value(&written)?,
        Withdrawal::Release | Withdrawal::NotOurs => json!({"metadata": version_of(&current.0)}),
        Withdrawal::Delete => {
            return match cluster.delete_secret(&current.0).await {
                Ok(()) | Err(CallError::NotFound) => Ok(Outcome::Deleted),
                Err(error) => Err(error),
            };
        }
    };
    if let Some(metadata) = patch.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("labels".to_owned(), json!({MANAGED_BY: null, OWNER: null}));
        metadata.insert("annotations".to_owned(), json!({ENTRIES: null, EXPIRES_AT: null}));
    }
    let result = cluster.patch_secret(namespace, name, &patch).await;
    wipe_value(&mut patch);
    Ok(Outcome::Updated(Box::new(result?)))
}

async fn patch(
    cluster: &impl Cluster,
    namespace: &Name,
    name: &Name,
    change: &AccountChange,
    may_write: &(dyn Fn() -> bool + Send + Sync),
) -> Result<Outcome, CallError> {
    let current = cluster.account(namespace, name).await?;
    let Some(patch) = account::patch(&current, change) else {
        return Ok(Outcome::Account(Box::new(current), false));
    };
    allowed(may_write)?;
    Ok(Outcome::Account(Box::new(cluster.patch_account(namespace, name, &patch).await?), true))
}
