//! From a server URL to a live token: the cache, the single flight, AWS, in that order.

use std::env;
use std::ffi::OsString;
use std::time::{Duration, Instant};

use ecrpass_aws::clock::now;
use ecrpass_aws::{FreshToken, Pulse, TokenRequest, clock, files, request_token};
use ecrpass_core::DiagnosisId;
use ecrpass_core::environment::{Environment, ReadOnce};
use ecrpass_core::time::Moment;
use ecrpass_credentials::aws_config::AwsConfig;
use ecrpass_credentials::credential_chain::{Fingerprint, Selection, ServiceAccount, Source, Surroundings};
use ecrpass_credentials::refusal::Refusal;
use ecrpass_helper::entry::Entry;
use ecrpass_helper::freshness::{Issue, REFRESH_PAUSE, Verdict};
use ecrpass_system::ProcessEnvironment;

use crate::arrival::Arrival;
use crate::cache::{Cache, PATIENCE};
use crate::flight::{Flight, Leader, Wait};
use crate::journal;
use crate::settings::{Settings, Target};

/// How long a refresh may hold up a client that could be served from the cache.
const REFRESH_DEADLINE: Duration = Duration::from_secs(3);

/// What the holder of the lock keeps of the deadline, to tell the others in time: this part, and at most so much.
const RESERVE: (u32, Duration) = (10, Duration::from_millis(500));

/// An environment variable of this process.
pub fn variable_os(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// One request for a token.
pub struct Request<'a> {
    settings: &'a Settings,
    target: &'a Target,
    /// When the time for it began.
    started: Instant,
    /// Whether this process was started for it.
    alone: bool,
    /// The service account that it is for, instead of this machine.
    account: Option<ServiceAccount>,
}

/// What one request was understood to be, and where it is kept.
struct Understood<'a> {
    key: Fingerprint,
    selection: Selection,
    files: AwsConfig,
    environment: ReadOnce<ProcessEnvironment>,
    cache: Cache,
    request: &'a Request<'a>,
}

impl<'a> Request<'a> {
    /// A request for a target under these settings, by a process that was started for it at about that time.
    pub fn new(settings: &'a Settings, target: &'a Target, started: Instant) -> Self {
        Self { settings, target, started, alone: true, account: None }
    }

    /// One of the requests that a longer-lived process makes, from now on.
    pub fn in_between(settings: &'a Settings, target: &'a Target) -> Self {
        Self { settings, target, started: Instant::now(), alone: false, account: None }
    }

    /// The same for a service account, whose token came with the request.
    pub fn by(self, account: Option<ServiceAccount>) -> Self {
        Self { account, ..self }
    }

    /// A live token.
    ///
    /// # Errors
    /// The reason, when none can be had.
    pub fn token(&self) -> Result<Entry, Refusal> {
        self.understand()?.live()
    }

    /// Forgets the cached token.
    ///
    /// # Errors
    /// Why it is still there.
    pub fn forget(&self) -> Result<(), String> {
        let key = self.understand().ok().map(|understood| understood.key);
        let result = Cache::to_erase(self.settings).erase(key.as_ref(), &self.target.host);
        let outcome = result.as_ref().err().map_or_else(String::new, |why| format!(": {why}"));
        self.log(&format!("erase {}{outcome}", self.target.host));
        result
    }

    fn understand(&self) -> Result<Understood<'_>, Refusal> {
        let files = files::load();
        let environment = ReadOnce::default();
        let surroundings = Surroundings { environment: &environment, files: &files };
        let selection = match &self.account {
            Some(account) => Selection {
                source: Source::ServiceAccount(account.clone()),
                over: self.target.over.clone(),
                notes: Vec::new(),
            },
            None => surroundings.select(&self.target.over)?,
        };
        let key = selection.fingerprint(&surroundings, &self.target.registry);
        let cache = Cache::open(self.settings);
        Ok(Understood { key, selection, files, environment, cache, request: self })
    }

    fn log(&self, line: &str) {
        journal::write(self.settings.directory.as_deref(), now(), line);
    }
}

impl Understood<'_> {
    fn now(&self) -> Moment {
        clock::moment(self.environment.boot_id())
    }

    fn load(&self) -> Option<(Verdict, Entry)> {
        self.cache.load(&self.key).map(|entry| (entry.judge(&self.now()), entry))
    }

    fn live(&self) -> Result<Entry, Refusal> {
        match self.load() {
            Some((Verdict::Serve, entry)) => Ok(self.serve(entry)),
            Some((Verdict::Refresh, entry)) => self.refresh(entry),
            Some((Verdict::Discard, _)) | None => self.mint(),
        }
    }

    /// Hands a cached token out, and notes the host it went to.
    #[inline]
    fn serve(&self, mut entry: Entry) -> Entry {
        let host = &self.request.target.host;
        if !entry.hosts.contains(host) {
            self.cache.note_host(&self.key, host);
            entry.hosts.push(host.clone());
        }
        entry
    }

    fn flight(&self) -> Option<Flight> {
        let arrival = if self.request.alone { Arrival::of_process() } else { Arrival::now() };
        self.cache.meeting_place().map(|directory| Flight::new(directory, &self.key, arrival))
    }

    fn end(&self) -> Instant {
        self.request.started + self.request.settings.deadline
    }

    #[cold]
    fn refresh(&self, entry: Entry) -> Result<Entry, Refusal> {
        let flight = self.flight();
        // Somebody else is at it: this token is good meanwhile.
        let Some(leader) = flight.as_ref().map_or(Some(None), |flight| flight.try_lead().map(Some)) else {
            return Ok(self.serve(entry));
        };
        if let Some((Verdict::Serve, newer)) = self.load() {
            return Ok(self.serve(newer));
        }
        // Who can be served already waits for nobody who was stopped.
        self.cache.patience().lose(self.request.settings.deadline);
        match self.ask(REFRESH_DEADLINE.min(remaining(self.end())), leader.as_ref(), entry.hosts.clone()) {
            // Judged again: asking took time.
            Err(refusal) if refusal.transient && entry.judge(&self.now()) != Verdict::Discard => {
                self.cache.rest(&self.key, &entry, now().saturating_add(REFRESH_PAUSE));
                Ok(self.serve(entry))
            }
            other => other,
        }
    }

    #[cold]
    fn mint(&self) -> Result<Entry, Refusal> {
        let Some(flight) = self.flight() else { return self.ask(remaining(self.end()), None, Vec::new()) };
        let deadline = self.request.settings.deadline;
        let ready = || self.load().filter(|(verdict, _)| *verdict == Verdict::Serve).map(|(_, entry)| entry);
        let leader = match flight.wait(self.end(), self.cache.patience(), ready) {
            Wait::Leader(leader) => leader,
            Wait::Ready(entry) => return Ok(self.serve(entry)),
            Wait::Refused(refusal) => return Err(refusal),
            Wait::TooLate => return Err(self.too_late()),
        };
        self.cache.discard(&self.key, &self.now());
        let reserve = (deadline / RESERVE.0).min(RESERVE.1);
        match self.ask_and_keep(remaining(self.end() - reserve), Some(&leader), Vec::new()) {
            Ok((entry, is_kept)) => {
                if !is_kept {
                    flight.share_nothing(&leader);
                }
                Ok(entry)
            }
            Err(refusal) => {
                flight.refuse(&leader, &refusal);
                Err(refusal)
            }
        }
    }

    fn ask(&self, budget: Duration, leader: Option<&Leader>, hosts: Vec<String>) -> Result<Entry, Refusal> {
        self.ask_and_keep(budget, leader, hosts).map(|(entry, _)| entry)
    }

    /// Asks AWS, and keeps the answer if it can; whether others find it there.
    fn ask_and_keep(
        &self,
        budget: Duration,
        leader: Option<&Leader>,
        mut hosts: Vec<String>,
    ) -> Result<(Entry, bool), Refusal> {
        let (epoch, moment) = (self.cache.epoch(), self.now());
        let interval = self.request.settings.deadline / (PATIENCE * 8);
        let pulse = leader.and_then(Leader::pulse).map(|pulse| (interval, pulse));
        let fresh = self.exchange(budget, pulse)?;
        let host = &self.request.target.host;
        if !hosts.contains(host) {
            hosts.push(host.clone());
        }
        let mut entry = Entry {
            username: fresh.token.username,
            password: fresh.token.password,
            issue: Issue { moment, aws_time: fresh.aws_time, aws_expires_at: fresh.aws_expires_at },
            retry_after: 0,
            hosts,
        };
        let kept = if !fresh.expiry_known {
            Err("nobody said when it expires".to_owned())
        } else if !self.is_still_meant() {
            Err("the credential settings changed in the meantime".to_owned())
        } else if !leader.is_none_or(Leader::may_keep) {
            Err("another process was put in charge in the meantime".to_owned())
        } else {
            self.cache.keep(&self.key, &mut entry, &epoch, &self.now())
        };
        if let Err(reason) = &kept {
            self.request.log(&format!("the token was not kept: {reason}"));
        }
        Ok((entry, kept.is_ok()))
    }

    /// Whether the key is still the same: the files that the SDK reads itself may have been swapped in between.
    fn is_still_meant(&self) -> bool {
        let surroundings = Surroundings { environment: &ProcessEnvironment, files: &self.files };
        self.selection.fingerprint(&surroundings, &self.request.target.registry) == self.key
    }

    fn exchange(&self, deadline: Duration, pulse: Option<(Duration, Pulse)>) -> Result<FreshToken, Refusal> {
        let target = self.request.target;
        let surroundings = Surroundings { environment: &self.environment, files: &self.files };
        let selection = &self.selection;
        let request =
            TokenRequest { registry: &target.registry, selection, surroundings: &surroundings, deadline };
        let answer = request_token(&request, pulse);
        let result = match &answer.result {
            Ok(fresh) => format!("token until {}", ecrpass_core::time::rfc3339(fresh.expires_at)),
            Err(refusal) => refusal.to_string(),
        };
        let source = self.selection.source.describe();
        let mut line = format!("get {} with {source}: {result}", target.host);
        for note in &self.selection.notes {
            line.push_str("; note: ");
            line.push_str(note);
        }
        line.push_str(&journal::summary(&answer.exchanges));
        self.request.log(&line);
        answer.result
    }

    fn too_late(&self) -> Refusal {
        Refusal::transient(
            DiagnosisId::NetworkTimeoutEcrApi,
            format!(
                "Another process has been asking AWS for this token for {} s and has no answer yet.",
                self.request.settings.deadline.as_secs_f64()
            ),
            "try again; if it fails again, read the log beside the token cache",
        )
    }
}

/// The time that is left, and never nothing: a call that cannot even start tells nobody anything.
fn remaining(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now()).max(Duration::from_millis(50))
}
