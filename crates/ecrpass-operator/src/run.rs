//! `run`: keeps secrets fresh until it is told to stop, or once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kube::Client;

use crate::cluster::CallError;
use crate::cluster::announce::Announcer;
use crate::driver::{Driver, Permission};
use crate::engine::Engine;
use crate::leader::{Election, Lease, step};
use crate::log;
use crate::server;
use crate::settings::Settings;
use crate::settings_file::SettingsFile;
use crate::shared::Shared;
use crate::tokens;
use crate::work::Cause;

/// How often the configuration is looked at.
const LOOK_AT_SETTINGS: Duration = Duration::from_secs(10);

/// How often the credentials behind a token are looked at.
const LOOK_AT_CREDENTIALS: Duration = Duration::from_secs(30);

/// How long what was begun may take after the word to stop.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How long the lease is asked for at a time: shorter than it takes to lose it.
const LEASE: Duration = Duration::from_secs(8);

/// How long `--once` tries what may pass by itself.
const ONCE: Duration = Duration::from_secs(60);

/// How long a look at the cluster may take.
pub const LISTING: Duration = Duration::from_secs(60);

/// Where to listen and whether to share the work.
pub struct Service {
    /// The address of metrics and probes.
    pub listen: SocketAddr,
    /// The lease, where replicas share the work.
    pub lease: Option<Lease>,
    /// This replica.
    pub identity: String,
}

/// A number that differs from process to process.
pub fn seed() -> u64 {
    use std::hash::BuildHasher as _;
    std::hash::RandomState::new().hash_one(std::process::id())
}

/// Runs until the word to stop comes.
///
/// # Errors
/// Why it could not begin.
pub async fn serve(
    client: Client,
    file: SettingsFile,
    settings: Settings,
    service: Service,
) -> Result<(), String> {
    let listener = server::listen(service.listen).await?;
    let shared = Arc::new(Shared::new(Engine::new(Arc::new(settings), seed())));
    tokio::spawn(server::serve(listener, Arc::clone(&shared)));
    let permission = if service.lease.is_some() { Permission::none() } else { Permission::unlimited() };
    let announcer = Announcer::start(client.clone(), &service.identity);
    let mut driver = Driver::new(client, Arc::clone(&shared), Some(announcer), permission.clone());
    let mut election = Election::new(service.identity.clone());
    let stop = stop_word();
    let mut stop = std::pin::pin!(stop);
    let mut reloads = std::pin::pin!(reload(file, Arc::clone(&shared)));
    let credentials = look_at_credentials(Arc::clone(&shared));
    let mut credentials = std::pin::pin!(credentials);
    {
        let campaign = campaign(service.lease.as_ref(), &mut election, &permission, &shared);
        let mut campaign = std::pin::pin!(campaign);
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = &mut campaign => {}
                () = &mut credentials => {}
                file = &mut reloads => {
                    driver.follow();
                    reloads.set(reload(file, Arc::clone(&shared)));
                }
                () = driver.turn() => {}
            }
        }
    }
    driver.finish(LAST_WORDS).await;
    permission.set(None);
    if let Some(lease) = &service.lease {
        // It is over soon in any case.
        let _ = tokio::time::timeout(LAST_WORDS, crate::leader::release(lease, &mut election)).await;
    }
    log::write(shared.clock.now().div_euclid(1000), false, "Stopped", &[]);
    Ok(())
}

/// Holds the lease, or tries to. It never ends.
async fn campaign(lease: Option<&Lease>, election: &mut Election, permission: &Permission, shared: &Shared) {
    let Some(lease) = lease else { return std::future::pending().await };
    let mut failing = false;
    loop {
        let asked = tokio::time::timeout(LEASE, step(lease, election, || permission.now())).await;
        let late = || Err(CallError::other(Cause::Unreachable, "no answer"));
        let result = asked.unwrap_or_else(|_| late());
        let before = permission.is_given();
        permission.set(election.leads_until());
        let at = shared.clock.now().div_euclid(1000);
        match &result {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                log::write(at, true, "LeaseFailed", &[("message", &error.to_string())]);
            }
            Err(_) => {}
        }
        if before != permission.is_given() {
            let event = if before { "StoppedLeading" } else { "Leading" };
            log::write(at, before, event, &[("identity", &election.identity)]);
            shared.bell.notify_one();
        }
        let pause = election.pause(permission.now());
        tokio::time::sleep(Duration::from_millis(u64::try_from(pause).unwrap_or(1000))).await;
    }
}

/// Waits until the configuration is another one that is right, and hands it to the engine.
async fn reload(mut file: SettingsFile, shared: Arc<Shared>) -> SettingsFile {
    loop {
        tokio::time::sleep(LOOK_AT_SETTINGS).await;
        let looked = tokio::task::spawn_blocking(move || {
            let again = file.again();
            (file, again)
        });
        let Ok((same, again)) = looked.await else { return std::future::pending().await };
        file = same;
        let at = shared.clock.now().div_euclid(1000);
        match again {
            None => {}
            Some(Err(why)) => {
                let message = format!("{why}; the configuration that was read before stays in force");
                log::write(at, true, "ConfigurationWrong", &[("message", &message)]);
            }
            Some(Ok(settings)) => {
                log::write(at, false, "ConfigurationChanged", &[]);
                shared.tell(|engine, _| {
                    let settings = settings.replacing(engine.settings());
                    engine.reconfigure(Arc::new(settings));
                });
                return file;
            }
        }
    }
}

/// Looks now and then whether the credentials are still those that AWS was last asked with. It never ends.
async fn look_at_credentials(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(LOOK_AT_CREDENTIALS).await;
        let held: Vec<_> = {
            let engine = shared.engine();
            let tokens = engine.settings().tokens.iter().enumerate();
            tokens
                .filter_map(|(number, source)| {
                    Some((number, source.clone(), engine.tried_with(number)?.map(str::to_owned)))
                })
                .collect()
        };
        for (number, source, before) in held {
            let mark = Arc::clone(&source.mark);
            let Ok(now) = tokio::task::spawn_blocking(move || tokens::fingerprint(&source)).await else {
                continue;
            };
            // Credentials that cannot be read for a moment are no others.
            if now.is_some() && now != before {
                shared.tell(|engine, at| {
                    let same = engine.settings().tokens.get(number).is_some_and(|token| token.mark == mark);
                    if same && engine.tried_with(number) == Some(before.as_deref()) {
                        engine.source_changed(number, at);
                    }
                });
            }
        }
    }
}

/// Waits for SIGTERM or SIGINT.
async fn stop_word() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
            }
            Err(_) => std::future::pending().await,
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Why `--once` ends without success.
pub enum NotFresh {
    /// Something is not as it should be.
    Some(String),
    /// Nothing is known of the cluster.
    Unknown(String),
}

/// Makes everything as it should be, and ends. Says what is not, if anything.
pub async fn once(client: Client, settings: Settings) -> Result<(), NotFresh> {
    let shared = Arc::new(Shared::new(Engine::new(Arc::new(settings), seed())));
    let mut driver = Driver::new(client, Arc::clone(&shared), None, Permission::unlimited());
    let started = Instant::now();
    let result = loop {
        driver.turn().await;
        let now = shared.clock.now();
        let engine = shared.engine();
        let settled = engine.is_settled();
        // A cluster that says nothing is waited for as long as anywhere; writing may take longer.
        let patience = if engine.index.is_synced() { 5 * ONCE } else { LISTING };
        let too_late = started.elapsed() > patience;
        if !settled && !too_late {
            continue;
        }
        if !engine.index.is_synced() {
            break Err(NotFresh::Unknown(not_looked_at(engine.index.first_failure(now))));
        }
        let survey = engine.survey(now);
        if settled && survey.fresh == survey.total() && !engine.is_degraded(now) {
            break Ok(());
        }
        if too_late || started.elapsed() > ONCE {
            let example =
                survey.example.as_ref().map_or_else(String::new, |example| format!(", {example} for one"));
            break Err(NotFresh::Some(format!(
                "not everything is fresh: {} of {} pull secrets are{example}; the log says why",
                survey.fresh,
                survey.total()
            )));
        }
    };
    driver.finish(LAST_WORDS).await;
    result
}

fn not_looked_at(why: Option<String>) -> String {
    format!("the cluster cannot be looked at: {}", why.as_deref().unwrap_or("no answer"))
}

/// Lists what the settings need, and changes nothing.
///
/// # Errors
/// What cannot be listed.
pub async fn look(client: Client, settings: Settings) -> Result<Arc<Shared>, String> {
    let shared = Arc::new(Shared::new(Engine::new(Arc::new(settings), seed())));
    let mut driver = Driver::new(client, Arc::clone(&shared), None, Permission::none());
    let started = Instant::now();
    loop {
        driver.turn().await;
        let now = shared.clock.now();
        let engine = shared.engine();
        let why = engine.index.first_failure(now);
        let is_late = started.elapsed() > LISTING;
        match why {
            None if engine.index.is_synced() => break,
            // What is not allowed is not known.
            Some(why) if engine.index.is_synced() || is_late => {
                return Err(not_looked_at(Some(why)));
            }
            None if is_late => return Err(not_looked_at(None)),
            _ => {}
        }
    }
    driver.finish(Duration::ZERO).await;
    Ok(shared)
}
