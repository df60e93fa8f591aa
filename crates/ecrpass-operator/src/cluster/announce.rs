//! Says what happened as events on the objects: as many as an API server takes without noticing, the rest is in the log.

use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use tokio::sync::mpsc;

use super::api_server::within;
use crate::names::OPERATOR;
use crate::work::{About, Notice};

/// So many may wait to be said.
const WAITING: usize = 100;

/// Between two of them.
const PAUSE: Duration = Duration::from_millis(100);

/// A place to put what is to be said.
#[derive(Clone)]
pub struct Announcer(mpsc::Sender<Notice>);

impl Announcer {
    /// Begins to say things, as this instance.
    pub fn start(client: Client, instance: &str) -> Self {
        let (sender, mut receiver) = mpsc::channel::<Notice>(WAITING);
        let reporter = Reporter { controller: OPERATOR.to_owned(), instance: Some(instance.to_owned()) };
        let recorder = Recorder::new(client, reporter);
        tokio::spawn(async move {
            while let Some(notice) = receiver.recv().await {
                let Some(about) = &notice.about else { continue };
                let event = event(&notice);
                let reference = reference(about);
                // The log has it, and an event is nothing to wait for.
                let _ = within(recorder.publish(&event, &reference)).await;
                tokio::time::sleep(PAUSE).await;
            }
        });
        Self(sender)
    }

    /// Says it, if it is about an object and there is room.
    pub fn say(&self, notice: Notice) {
        if notice.about.is_some() {
            // Too many at once: the log has them.
            let _ = self.0.try_send(notice);
        }
    }
}

fn event(notice: &Notice) -> Event {
    Event {
        type_: if notice.warning { EventType::Warning } else { EventType::Normal },
        reason: notice.reason.to_owned(),
        // The API server takes a kilobyte.
        note: Some(notice.text.chars().take(900).collect()),
        action: "KeepFresh".to_owned(),
        secondary: None,
    }
}

fn reference(about: &About) -> ObjectReference {
    ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some(about.kind.to_owned()),
        name: Some(about.name.to_string()),
        namespace: Some(about.namespace.to_string()),
        uid: (!about.uid.is_empty()).then(|| about.uid.clone()),
        ..ObjectReference::default()
    }
}
