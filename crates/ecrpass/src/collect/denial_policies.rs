//! After everything else was asked: where something was denied, the policies of whoever was denied, as far as they may be
//! read in the time that is left.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ecrpass_aws::TokenRequest;
use ecrpass_aws::registry_api::RegistryApi;
use ecrpass_core::Registry;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_diagnosis::facts::{
    AttachedPolicies, AttachedPolicy, Bundle, Subject, UnreadPolicy, Word, denials,
};
use ecrpass_iam::Layer;

use super::credentials::Settings;
use super::principal_policies::{self, Who};
use super::registry_session::Asked;
use crate::render::policies::PoliciesFile;

/// The least time it is begun in, and the most that it takes: nobody waits for it alone.
const LEAST: Duration = Duration::from_millis(500);
const MOST: Duration = Duration::from_secs(6);

/// The longest document and the most documents that are kept; AWS takes neither.
const MAX_LENGTH: usize = 64 * 1024;
const MAX_DOCUMENTS: usize = 100;

/// Reads the policies behind the first denial of the bundle, for all subjects of that registry that were denied alike.
pub(super) fn read(
    environment: &Arc<dyn Environment>,
    as_role: Option<&str>,
    ends_at: Instant,
    bundle: &mut Bundle,
    progress: &mut dyn FnMut(&str, bool),
) {
    let left = ends_at.saturating_duration_since(Instant::now());
    let Some((host, who)) = bundle.subjects.iter().find_map(denied).filter(|_| left > LEAST) else { return };
    let ends_at = ends_at.min(Instant::now() + MOST);
    let name = format!("the policies of {}", who.arn);
    progress(&name, false);
    let (tell, told) = mpsc::channel();
    let (environment, as_role) = (Arc::clone(environment), as_role.map(str::to_owned));
    let asking = (host.clone(), who.clone());
    // A thread of its own: whoever gives out the credentials may be a program that hangs.
    thread::spawn(move || {
        let (host, who) = asking;
        let _ = tell.send(ask(environment, as_role, &host, &who, ends_at));
    });
    let answer = told.recv_timeout(ends_at.saturating_duration_since(Instant::now()) + LEAST / 2);
    progress(&name, true);
    let Ok(Some(attached)) = answer else { return };
    let is_meant =
        |subject: &&mut Subject| denied(subject).is_some_and(|of| of == (host.clone(), who.clone()));
    for subject in bundle.subjects.iter_mut().filter(is_meant) {
        subject.attached = Some(attached.clone());
    }
}

/// The registry and whoever was denied there, where policies are attached to that.
fn denied(subject: &Subject) -> Option<(String, Who)> {
    let who = denials(subject).iter().find_map(|denied| Who::parse(denied.principal))?;
    Some((subject.host.clone(), who))
}

fn ask(
    environment: Arc<dyn Environment>,
    as_role: Option<String>,
    host: &str,
    who: &Who,
    ends_at: Instant,
) -> Option<AttachedPolicies> {
    let registry = Registry::parse(host).ok()?;
    let settings = Settings::read(environment, as_role);
    let selection = settings.selection(host).ok()?;
    let surroundings = &settings.surroundings();
    let deadline = ends_at.saturating_duration_since(Instant::now());
    let request = TokenRequest { registry: &registry, selection: &selection, surroundings, deadline };
    let mut api = RegistryApi::connect(&request, registry.account()).ok()?;
    api.end_at(ends_at);
    let account = registry.account().map(str::to_owned);
    let asked = Asked { region: registry.region().to_owned(), account, is_public: registry.is_public() };
    Some(facts(&principal_policies::collect(&api, who, &[], None, &asked, &mut |_| {})))
}

/// What may be written down of it.
fn facts(file: &PoliciesFile) -> AttachedPolicies {
    let layer = |id: &str| Layer::ALL.into_iter().find(|layer| layer.id() == id);
    let is_asked = |layer: Layer| matches!(layer, Layer::Identity | Layer::Boundary | Layer::Registry);
    let documents = file.layers().flat_map(|(id, _, documents)| documents.iter().map(move |one| (id, one)));
    let documents = documents.filter_map(|(id, one)| {
        let layer = layer(id).filter(|layer| is_asked(*layer))?;
        let text = redact(&one.text).into_owned();
        (text.len() <= MAX_LENGTH).then(|| AttachedPolicy {
            layer: layer.into(),
            source: one.source.clone(),
            text,
        })
    });
    let unread = file.not_seen.iter().filter(|one| layer(one.layer).is_some_and(is_asked));
    AttachedPolicies {
        principal: file.principal().to_owned(),
        documents: documents.take(MAX_DOCUMENTS).collect(),
        unread: unread
            .map(|one| UnreadPolicy {
                layer: Word::read(one.layer),
                what: one.what.clone(),
                why: redact(&one.why).into_owned(),
            })
            .collect(),
    }
}
