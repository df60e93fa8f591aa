//! From a server URL to a live token: the cache, the single flight, AWS, in that order.

use std::env;
use std::ffi::OsString;
use std::time::{Duration, Instant};

use ecrpass_aws::clock::now;
use ecrpass_aws::{FreshToken, TokenRequest, files, machine, request_token};
use ecrpass_core::DiagnosisId;
use ecrpass_credentials::credential_chain::{Fingerprint, Selection, Surroundings};
use ecrpass_credentials::refusal::Refusal;

use crate::cache::{self, Cache};
use crate::entry::Entry;
use crate::flight::{Boarding, Flight, Pilot};
use crate::freshness::{Verdict, judge};
use crate::journal;
use crate::settings::{Settings, Target};

/// How long a refresh may hold up a client that could be served from the cache.
const REFRESH_DEADLINE: Duration = Duration::from_secs(3);

/// How long to leave AWS alone after a refresh failed, in seconds.
const REFRESH_PAUSE: i64 = 60;

/// An environment variable of this process, where it is valid Unicode.
pub fn variable(name: &str) -> Option<String> {
    env::var_os(name).and_then(|value| value.into_string().ok())
}

/// An environment variable of this process.
pub fn variable_os(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// One request for a token.
pub struct Request<'a> {
    settings: &'a Settings,
    target: &'a Target,
}

impl<'a> Request<'a> {
    /// A request for a target under these settings.
    pub fn new(settings: &'a Settings, target: &'a Target) -> Self {
        Self { settings, target }
    }

    /// A live token.
    ///
    /// # Errors
    /// The reason, when none can be had.
    pub fn token(&self) -> Result<Entry, Refusal> {
        self.with_key(|key, surroundings, selection| self.live(key, surroundings, selection))?
    }

    /// Forgets the cached token.
    pub fn forget(&self) {
        let cache = Cache::open(self.settings);
        cache.remove_host(&self.target.host);
        let _ = self.with_key(|key, _, _| cache.remove(key));
        journal::write(self.settings.directory.as_deref(), now(), &format!("erase {}", self.target.host));
    }

    fn with_key<T>(
        &self,
        then: impl FnOnce(&Fingerprint, &Surroundings<'_>, &Selection) -> T,
    ) -> Result<T, Refusal> {
        let files = files::read();
        let surroundings = Surroundings { variable: &variable, files: &files, boot_id: &machine::boot_id };
        let selection = surroundings.select(&self.target.over)?;
        let key = selection.fingerprint(&surroundings, &self.target.registry);
        Ok(then(&key, &surroundings, &selection))
    }

    fn live(
        &self,
        key: &Fingerprint,
        surroundings: &Surroundings<'_>,
        selection: &Selection,
    ) -> Result<Entry, Refusal> {
        let cache = Cache::open(self.settings);
        let ask = |budget: Duration| self.ask(surroundings, selection, budget);
        let cached = cache.load(key).map(|entry| (judge(&entry, now()), entry));
        match cached {
            Some((Verdict::Serve, entry)) => Ok(self.serve(&cache, key, entry)),
            Some((Verdict::Refresh, entry)) => self.refresh(&cache, key, entry, ask),
            Some((Verdict::Discard, _)) | None => self.mint(&cache, key, ask),
        }
    }

    /// Hands a cached token out, and notes the host it went to.
    #[inline]
    fn serve(&self, cache: &Cache, key: &Fingerprint, mut entry: Entry) -> Entry {
        if !entry.hosts.contains(&self.target.host) {
            entry.hosts.push(self.target.host.clone());
            let _ = cache.store(key, &entry);
        }
        entry
    }

    fn flight(&self, cache: &Cache, key: &Fingerprint) -> Option<Flight> {
        match cache {
            Cache::None => None,
            _ => cache::tokens_directory(self.settings).map(|directory| Flight::new(&directory, key)),
        }
    }

    #[cold]
    fn refresh(
        &self,
        cache: &Cache,
        key: &Fingerprint,
        entry: Entry,
        ask: impl FnOnce(Duration) -> Result<FreshToken, Refusal>,
    ) -> Result<Entry, Refusal> {
        let end = Instant::now() + self.settings.deadline;
        let flight = self.flight(cache, key);
        // Somebody else is at it: this token is good meanwhile.
        let Some(_pilot) = flight.as_ref().map_or(Some(None), |flight| flight.try_board().map(Some)) else {
            return Ok(self.serve(cache, key, entry));
        };
        if let Some(newer) = cache.load(key).filter(|newer| judge(newer, now()) == Verdict::Serve) {
            return Ok(self.serve(cache, key, newer));
        }
        match ask(REFRESH_DEADLINE.min(remaining(end))) {
            Ok(fresh) => Ok(self.keep(cache, key, fresh, entry.hosts)),
            // Judged again: asking took time.
            Err(refusal) if refusal.transient && judge(&entry, now()) != Verdict::Discard => {
                let resting = Entry { retry_after: now().saturating_add(REFRESH_PAUSE), ..entry };
                let _ = cache.store(key, &resting);
                Ok(self.serve(cache, key, resting))
            }
            Err(refusal) => Err(refusal),
        }
    }

    #[cold]
    fn mint(
        &self,
        cache: &Cache,
        key: &Fingerprint,
        ask: impl FnOnce(Duration) -> Result<FreshToken, Refusal>,
    ) -> Result<Entry, Refusal> {
        // The clock starts here: what comes before takes microseconds, and the warm path need not look at it.
        let end = Instant::now() + self.settings.deadline;
        let flight = self.flight(cache, key);
        let pilot: Option<Pilot> = match &flight {
            None => None,
            Some(flight) => {
                let landed = || cache.load(key).filter(|entry| judge(entry, now()) == Verdict::Serve);
                match flight.board(end, landed) {
                    Boarding::Pilot(pilot) => Some(pilot),
                    Boarding::Landed(entry) => return Ok(self.serve(cache, key, entry)),
                    Boarding::Refused(refusal) => return Err(refusal),
                    Boarding::TooLate => return Err(self.too_late()),
                }
            }
        };
        let result = ask(remaining(end));
        match result {
            Ok(fresh) => Ok(self.keep(cache, key, fresh, Vec::new())),
            Err(refusal) => {
                if let (Some(flight), false) = (&flight, refusal.transient) {
                    flight.refuse(&refusal);
                }
                drop(pilot);
                Err(refusal)
            }
        }
    }

    fn keep(&self, cache: &Cache, key: &Fingerprint, fresh: FreshToken, mut hosts: Vec<String>) -> Entry {
        if !hosts.contains(&self.target.host) {
            hosts.push(self.target.host.clone());
        }
        let entry = Entry {
            username: fresh.token.username,
            password: fresh.token.password,
            issued_at: fresh.issued_at,
            expires_at: fresh.expires_at,
            clock_offset: fresh.clock_offset,
            retry_after: 0,
            hosts,
        };
        if let Err(reason) = cache.store(key, &entry) {
            self.log(&format!("the token was not kept: {reason}"));
        }
        entry
    }

    fn ask(
        &self,
        surroundings: &Surroundings<'_>,
        selection: &Selection,
        deadline: Duration,
    ) -> Result<FreshToken, Refusal> {
        let request = TokenRequest { registry: &self.target.registry, selection, surroundings, deadline };
        let answer = request_token(&request);
        let result = match &answer.result {
            Ok(fresh) => format!("token until {}", ecrpass_core::time::rfc3339(fresh.expires_at)),
            Err(refusal) => refusal.to_string(),
        };
        let mut line = format!("get {} with {}: {result}", self.target.host, selection.source.describe());
        for note in &selection.notes {
            line.push_str("; note: ");
            line.push_str(note);
        }
        line.push_str(&journal::summary(&answer.exchanges));
        self.log(&line);
        answer.result
    }

    fn too_late(&self) -> Refusal {
        Refusal::transient(
            DiagnosisId::NetworkTimeoutEcrApi,
            format!(
                "Another process has been asking AWS for this token for {} s and has no answer yet.",
                self.settings.deadline.as_secs_f64()
            ),
            "try again; if it stays, see the log beside the token cache",
        )
    }

    fn log(&self, line: &str) {
        journal::write(self.settings.directory.as_deref(), now(), line);
    }
}

/// The time that is left, and never nothing: a call that cannot even start tells nobody anything.
fn remaining(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now()).max(Duration::from_millis(50))
}
