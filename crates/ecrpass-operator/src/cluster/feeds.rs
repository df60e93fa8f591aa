//! Follows the objects of a feed: lists them, watches them, begins anew when the API server has forgotten where it was.

use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{Namespace, Secret, ServiceAccount};
use kube::api::{Api, PartialObjectMeta};
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;

use super::CallError;
use super::api_server::{call_error, not_answered};
use crate::engine::Engine;
use crate::feed::{Feed, Kind};
use crate::names::Name;
use crate::renewal::{Backoff, Waits};
use crate::secret::wipe;
use crate::shared::Shared;
use crate::work::{Cause, Failure};

/// How long to wait when it does not go on, in milliseconds.
const WAITS: Waits = Waits { first: 500, most: 8_000 };

/// Secrets that are listed at once: one with the tokens of twenty regions has 100 kB, and each is gone once it was looked at.
const SECRETS_AT_ONCE: u32 = 50;

/// Follows a feed for as long as the future lives.
pub async fn follow(client: Client, shared: Arc<Shared>, number: usize, feed: Feed) {
    match feed.kind {
        Kind::Namespace => {
            let api: Api<PartialObjectMeta<Namespace>> = Api::all(client);
            run(api, &shared, number, &feed, |engine, namespace: &mut PartialObjectMeta<Namespace>| {
                engine.index.namespace_seen(number, &namespace.metadata)
            })
            .await;
        }
        Kind::Secret => {
            run(api(client, &feed), &shared, number, &feed, |engine, secret: &mut Secret| {
                let changed = engine.index.secret_seen(Some(number), secret);
                wipe(secret);
                changed
            })
            .await;
        }
        Kind::Account => {
            run(api(client, &feed), &shared, number, &feed, |engine, account: &mut ServiceAccount| {
                engine.index.account_seen(Some(number), account)
            })
            .await;
        }
    }
}

fn api<K>(client: Client, feed: &Feed) -> Api<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
{
    match &feed.namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    }
}

async fn run<K>(
    api: Api<K>,
    shared: &Shared,
    number: usize,
    feed: &Feed,
    seen: impl Fn(&mut Engine, &mut K) -> Option<Name>,
) where
    K: Resource + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let mut config = watcher::Config::default();
    if let Some(name) = &feed.name {
        config = config.fields(&format!("metadata.name={name}"));
    }
    if feed.kind == Kind::Secret {
        config = config.page_size(SECRETS_AT_ONCE);
    }
    let mut events = pin!(watcher(api, config));
    let mut backoff = Backoff::default();
    while let Some(event) = events.next().await {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                let now = shared.clock.now();
                if let Some(failure) = failure(&error) {
                    shared.tell(|engine, now| engine.feed_failed(number, &failure, now));
                }
                backoff.failed(now, WAITS, crate::digest::number(&format!("{number} {now}")));
                let wait = u64::try_from(backoff.until.saturating_sub(now)).unwrap_or_default();
                tokio::time::sleep(Duration::from_millis(wait)).await;
                continue;
            }
        };
        // The marker at the beginning says nothing about whether the server answers.
        if !matches!(event, Event::Init) {
            backoff = Backoff::default();
        }
        shared.tell(|engine, now| {
            let changed = match event {
                Event::Init => {
                    engine.index.began(number);
                    Vec::new()
                }
                Event::InitDone => engine.index.ended(number),
                Event::InitApply(mut object) | Event::Apply(mut object) => {
                    seen(engine, &mut object).into_iter().collect()
                }
                Event::Delete(object) => {
                    let meta = object.meta();
                    let name = meta.name.clone().unwrap_or_default();
                    let namespace = meta.namespace.clone().unwrap_or_else(|| name.clone());
                    engine.index.gone(feed.kind, &namespace, &name).into_iter().collect()
                }
            };
            engine.changed(changed, now);
        });
    }
}

/// What is worth saying of an error: that the server has forgotten where the watch was is a matter of course.
fn failure(error: &watcher::Error) -> Option<Failure> {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => match call_error(error) {
            CallError::Other(failure) => Some(failure),
            _ => Some(not_answered(error)),
        },
        watcher::Error::WatchError(status) if status.code == 410 => None,
        watcher::Error::WatchError(status) if status.is_forbidden() => {
            Some(Failure { cause: Cause::Forbidden, text: status.message.clone() })
        }
        watcher::Error::WatchError(status) => {
            Some(Failure { cause: Cause::Unreachable, text: status.message.clone() })
        }
        watcher::Error::NoResourceVersion => {
            Some(Failure { cause: Cause::Unreachable, text: "the list has no resourceVersion".to_owned() })
        }
    }
}
