//! Collects the facts, all at once and under one deadline: every link of the way is asked for by itself, and what has not
//! answered in time is not known.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use ecrpass_aws::clock::now;
use ecrpass_aws::inspect::{Questions, Told, inspect};
use ecrpass_aws::probe::{Prober, milliseconds};
use ecrpass_aws::registry::{Login, RegistryClient};
use ecrpass_aws::{TokenRequest, metadata};
use ecrpass_core::Registry;
use ecrpass_core::client::{Client, Operation, Outcome, Request, Resolution, Version, resolve};
use ecrpass_core::facts::{
    Answer, Bundle, Call, Clock, Daemon, Leg, Machine, Metadata, Network, Offered, Question, Refused,
    Resolved, SCHEMA, Seen, Step, Subject,
};
use ecrpass_core::finding::Finding;
use ecrpass_core::platform::normal;
use ecrpass_core::source::Source;

use super::credentials::Settings;
use super::daemon::DockerDaemon;
use super::{configurations, offer, surroundings};
use crate::machine::{Asking, LocalMachine, Says};
use crate::{files, programs};

/// What is asked, understood.
pub struct Asked {
    /// The registries and images.
    pub subjects: Vec<Subject>,
    /// Who pulls or pushes.
    pub client: Client,
    /// Whether it is about a push.
    pub pushes: bool,
    /// Whether nobody is to be asked.
    pub offline: bool,
    /// The role to diagnose as.
    pub as_role: Option<String>,
    /// The platform that was named.
    pub platform: Option<String>,
    /// How long it may take.
    pub deadline: Duration,
    /// What a log said beforehand.
    pub log: Vec<Finding>,
}

/// Something that was seen of the machine, of a host, or of the subject with that number.
enum Event {
    Machine(Box<Machine>),
    Daemon(Result<Daemon, String>),
    Metadata(Metadata),
    Way(String, Network),
    Told(String, Told),
    Offered(String, Seen<Offered>),
    Resolved(String, Resolved),
    OwnToken(String),
    Login(String, Answer),
    DaemonLogin(String, Seen<Answer>),
    Image(usize, Answer, Vec<String>, Option<Answer>, Option<Network>),
    DaemonManifest(usize, Answer, Vec<String>),
    Upload(usize, Option<Answer>),
    LocalImage(usize, Seen<bool>),
    NotTried(usize, String),
    /// A task has ended.
    Done(String),
}

/// What all tasks share.
struct Work {
    settings: Settings,
    client: Client,
    version: Option<Version>,
    pushes: bool,
    as_role: bool,
    ends_at: Instant,
    daemon: Result<DockerDaemon, String>,
    tell: Sender<Event>,
}

impl Work {
    fn left(&self) -> Duration {
        self.ends_at.saturating_duration_since(Instant::now())
    }

    fn tell(&self, event: Event) {
        // Nobody listens any more once the deadline has passed.
        let _ = self.tell.send(event);
    }

    fn uses_daemon(&self) -> bool {
        matches!(self.client, Client::Docker | Client::DockerPy | Client::Compose)
    }

    /// Whether the credentials of that client can be had by looking where it looks.
    fn can_stand_in(&self) -> bool {
        !self.as_role && !matches!(self.client, Client::Kubelet | Client::Containerd | Client::EcsAgent)
    }
}

/// Looks at everything; `progress` hears of every task that begins (`false`) and ends (`true`).
pub fn collect(asked: &Asked, progress: &mut dyn FnMut(&str, bool)) -> Bundle {
    let started = Instant::now();
    let machine = LocalMachine { asking: Asking::Look };
    let version = installed_version(asked.client, asked.deadline / 5);
    let resolutions: Vec<Resolution> = asked
        .subjects
        .iter()
        .map(|subject| resolve(&request(asked, subject, asked.client, version), &machine))
        .collect();
    let (tell, events) = mpsc::channel();
    let settings = Settings::read(asked.as_role.clone());
    let first = asked.subjects.first().map_or("", |subject| subject.host.as_str());
    let mut bundle = Bundle {
        schema: SCHEMA.to_owned(),
        ecrpass: env!("CARGO_PKG_VERSION").to_owned(),
        collected_at: now(),
        took_ms: 0,
        deadline_ms: u64::try_from(asked.deadline.as_millis()).unwrap_or(u64::MAX),
        question: Question {
            operation: if asked.pushes { "push" } else { "pull" }.to_owned(),
            client: asked.client.id().to_owned(),
            client_version: version.map(|version| version.to_string()),
            offline: asked.offline,
            as_role: asked.as_role.clone(),
            platform: asked.platform.clone(),
        },
        machine: Machine::default(),
        aws: settings.facts(first),
        subjects: asked.subjects.clone(),
        log: asked.log.clone(),
    };
    let mut helpers = BTreeSet::new();
    for (subject, resolution) in bundle.subjects.iter_mut().zip(&resolutions) {
        offline_facts(asked, subject, resolution, &machine);
        helpers.extend(resolution.helper.clone());
        helpers.extend(subject.helper_named.clone());
    }
    let why = if asked.offline {
        "nobody was asked (--offline)".to_owned()
    } else {
        format!("no answer within {} s", asked.deadline.as_secs())
    };
    not_known(&mut bundle, &why);
    for subject in &mut bundle.subjects {
        // Settings that contradict themselves stop every request.
        if let Err(refusal) = settings.selection(&subject.host) {
            subject.token = Seen::Known(Call {
                answer: None,
                refused: Some(Refused::from(&refusal)),
                exchanges: Vec::new(),
                took_ms: 0,
            });
        }
    }
    for (subject, resolution) in bundle.subjects.iter_mut().zip(&resolutions) {
        // What stands in a file is known without asking anybody; helpers may ask AWS.
        if !matches!(resolution.outcome, Outcome::Helper | Outcome::Store)
            && subject.malformed.is_none()
            && subject.puller.is_none()
        {
            subject.offered = offer::offer(resolution, Duration::ZERO).0;
        }
    }
    let work = Arc::new(Work {
        settings,
        client: asked.client,
        version,
        pushes: asked.pushes,
        as_role: asked.as_role.is_some(),
        ends_at: started + asked.deadline,
        daemon: DockerDaemon::local(asked.deadline),
        tell,
    });
    let tasks = begin(&work, asked, &bundle, &resolutions, helpers, progress);
    drop(work);
    listen(&events, tasks, started + asked.deadline, &mut bundle, progress);
    let configurations = configurations::all(&resolutions);
    bundle.machine.configurations = configurations;
    settle(&mut bundle, asked);
    bundle.took_ms = milliseconds(started);
    bundle
}

fn request(asked: &Asked, subject: &Subject, client: Client, version: Option<Version>) -> Request {
    Request {
        host: subject.host.clone(),
        repository: subject.repository.clone(),
        client,
        version,
        operation: if asked.pushes { Operation::Push } else { Operation::Pull },
        configs: Vec::new(),
    }
}

/// The version of the client installed here, if its rules depend on one.
fn installed_version(client: Client, patience: Duration) -> Option<Version> {
    match client {
        Client::Docker | Client::Podman | Client::Skopeo | Client::Buildah => {
            programs::version_within(client.program()?, patience)
        }
        _ => None,
    }
}

/// What is known of a subject without asking anybody.
fn offline_facts(asked: &Asked, subject: &mut Subject, resolution: &Resolution, machine: &LocalMachine) {
    // Somebody else's client looks elsewhere.
    if subject.puller.is_some() {
        return;
    }
    subject.resolved = Some(resolved(resolution));
    let files = match asked.client {
        Client::Podman | Client::Skopeo | Client::Buildah => {
            files::podman().into_iter().chain(files::docker()).collect()
        }
        Client::Kubelet | Client::Containerd | Client::EcsAgent => Vec::new(),
        _ => files::docker().into_iter().collect::<Vec<PathBuf>>(),
    };
    // podman and its like know no store for all registries.
    let stores = !matches!(asked.client, Client::Podman | Client::Skopeo | Client::Buildah);
    subject.helper_named =
        files.iter().find_map(|path| configurations::helper_named(path, &subject.host, stores));
    if asked.client != Client::Docker {
        let docker = resolve(&request(asked, subject, Client::Docker, None), machine);
        subject.docker_outcome = Some(docker.outcome.id().to_owned());
    }
}

/// A resolution as facts.
fn resolved(resolution: &Resolution) -> Resolved {
    let at = resolution.file.as_ref().map(|file| match resolution.place {
        Some(place) => format!("{}:{place}", file.display()),
        None => file.display().to_string(),
    });
    Resolved {
        outcome: resolution.outcome.id().to_owned(),
        helper: resolution.helper.clone(),
        at,
        summary: resolution.summary.clone(),
        steps: resolution
            .steps
            .iter()
            .map(|step| Step { step: step.step.clone(), found: step.found, detail: step.detail.clone() })
            .collect(),
    }
}

/// Until something is seen, this is why it is not known.
fn not_known(bundle: &mut Bundle, why: &str) {
    let pushes = bundle.question.pushes();
    bundle.machine.daemon = Seen::Unknown(why.to_owned());
    bundle.aws.identity = Seen::Unknown(why.to_owned());
    bundle.aws.clock = Seen::Unknown(why.to_owned());
    for subject in &mut bundle.subjects {
        subject.offered = Seen::Unknown(why.to_owned());
        subject.token = Seen::Unknown(why.to_owned());
        for answer in [
            &mut subject.login,
            &mut subject.daemon_login,
            &mut subject.manifest,
            &mut subject.daemon_manifest,
            &mut subject.layer,
            &mut subject.upload,
        ] {
            *answer = Seen::Unknown(why.to_owned());
        }
        subject.local_image = Seen::Unknown(why.to_owned());
        if !pushes {
            subject.upload = Seen::Unknown("a pull begins no upload".to_owned());
            subject.local_image = Seen::Unknown("a pull needs no image beforehand".to_owned());
        }
        subject.repository_facts = Seen::Unknown(why.to_owned());
    }
}

/// Something to look at, in a thread of its own.
type Task = Box<dyn FnOnce(&Arc<Work>) + Send>;

/// Begins every task, each in a thread of its own; how many there are.
fn begin(
    work: &Arc<Work>,
    asked: &Asked,
    bundle: &Bundle,
    resolutions: &[Resolution],
    helpers: BTreeSet<String>,
    progress: &mut dyn FnMut(&str, bool),
) -> usize {
    let mut tasks = 0;
    let mut spawn = |name: String, task: Task| {
        progress(&name, false);
        tasks += 1;
        let work = Arc::clone(work);
        thread::spawn(move || {
            task(&work);
            work.tell(Event::Done(name));
        });
    };
    spawn(
        "this machine".to_owned(),
        Box::new(move |work| work.tell(Event::Machine(Box::new(surroundings::surroundings(&helpers))))),
    );
    if asked.offline {
        return tasks;
    }
    if work.uses_daemon() {
        spawn(
            "docker daemon".to_owned(),
            Box::new(|work| {
                work.tell(Event::Daemon(work.daemon.as_ref().map(DockerDaemon::info).map_err(Clone::clone)));
            }),
        );
    }
    if wants_metadata(bundle, work) {
        spawn("instance metadata".to_owned(), Box::new(|work| work.tell(Event::Metadata(metadata::probe()))));
    }
    let mut hosts: Vec<&str> = Vec::new();
    for subject in &bundle.subjects {
        let is_whole = subject.malformed.is_none() && Registry::parse(&subject.host).is_ok();
        if is_whole && !hosts.contains(&subject.host.as_str()) {
            hosts.push(&subject.host);
        }
    }
    for host in hosts {
        let of_host = |(index, subject): (usize, &Subject)| {
            (subject.host == host && subject.malformed.is_none()).then(|| (index, subject.clone()))
        };
        let subjects: Vec<(usize, Subject)> =
            bundle.subjects.iter().enumerate().filter_map(of_host).collect();
        let Some(resolution) = subjects.first().and_then(|(index, _)| resolutions.get(*index)) else {
            continue;
        };
        let (token, tokens) = mpsc::channel();
        let (name, asking) = (host.to_owned(), subjects.clone());
        spawn(format!("AWS for {host}"), Box::new(move |work| ask_aws(work, &name, &asking, &token)));
        let name = host.to_owned();
        spawn(format!("network to {host}"), Box::new(move |work| ways(work, &name)));
        let (name, resolution) = (host.to_owned(), resolution.clone());
        spawn(
            format!("registry {host}"),
            Box::new(move |work| ask_registry(work, &name, &subjects, &resolution, &tokens)),
        );
    }
    tasks
}

/// Whether the instance metadata service could matter.
fn wants_metadata(bundle: &Bundle, work: &Work) -> bool {
    let disabled =
        std::env::var("AWS_EC2_METADATA_DISABLED").is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    let host = bundle.subjects.first().map_or("", |subject| subject.host.as_str());
    !disabled
        && work
            .settings
            .selection(host)
            .is_ok_and(|selection| matches!(selection.source, Source::InstanceMetadata))
}

fn ask_aws(work: &Work, host: &str, subjects: &[(usize, Subject)], token: &Sender<Arc<Login>>) {
    let Ok(registry) = Registry::parse(host) else { return };
    // Why there is no selection stands among the facts already.
    let Ok(selection) = work.settings.selection(host) else { return };
    let mut repositories: Vec<String> =
        subjects.iter().filter_map(|(_, subject)| subject.repository.clone()).collect();
    repositories.sort();
    repositories.dedup();
    let questions = Questions { repositories, pushes: work.pushes };
    work.settings.with(|surroundings| {
        let request =
            TokenRequest { registry: &registry, selection: &selection, surroundings, deadline: work.left() };
        inspect(&request, &questions, &|told| {
            let told = match told {
                Told::Token(call, Some(fresh)) => {
                    let login = Login { username: fresh.username, password: fresh.password };
                    let _ = token.send(Arc::new(login));
                    Told::Token(call, None)
                }
                told => told,
            };
            work.tell(Event::Told(host.to_owned(), told));
        });
    });
}

/// The ways that need no credentials: to the API and to the registry.
fn ways(work: &Work, host: &str) {
    let Ok(registry) = Registry::parse(host) else { return };
    let prober = prober(host, work.left());
    thread::scope(|scope| {
        scope.spawn(|| work.tell(Event::Way(host.to_owned(), prober.way(Leg::Registry, host, "/v2/"))));
        // An endpoint set by hand is another way, which the request for a token goes.
        let set = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL_ECR_PUBLIC"];
        if !set.iter().any(|name| std::env::var_os(name).is_some()) {
            let api = registry.api_host();
            scope.spawn(move || {
                work.tell(Event::Way(host.to_owned(), prober_for_api(work).way(Leg::Api, &api, "/")))
            });
        }
    });
}

fn prober_for_api(work: &Work) -> Prober {
    let bundle = std::env::var_os("AWS_CA_BUNDLE").map(PathBuf::from);
    Prober::new(&bundle.iter().map(PathBuf::as_path).collect::<Vec<_>>(), work.left())
}

/// What trusts what docker trusts for a registry. Source: docker docs, "Verify repository client with certificates".
fn prober(host: &str, deadline: Duration) -> Prober {
    let directory = Path::new("/etc/docker/certs.d").join(host);
    let files: Vec<PathBuf> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "crt"))
        .collect();
    Prober::new(&files.iter().map(PathBuf::as_path).collect::<Vec<_>>(), deadline)
}

/// Asks the registry with what the client would send; where that is no good, with a token of our own, to see what comes
/// after.
fn ask_registry(
    work: &Arc<Work>,
    host: &str,
    subjects: &[(usize, Subject)],
    resolution: &Resolution,
    tokens: &Receiver<Arc<Login>>,
) {
    let token = || tokens.recv_timeout(work.left()).ok();
    let is_ours = subjects.iter().any(|(_, subject)| subject.puller.is_none());
    let (offered, login, own) = if work.can_stand_in() && is_ours {
        let (offered, login) = offered(work, host, resolution);
        (offered, login.map(Arc::new), None)
    } else {
        match token() {
            Some(own) => (
                Seen::Unknown(
                    "the puller's own credentials are not to be had here; asked with a token of ecrpass's own".to_owned(),
                ),
                Some(Arc::clone(&own)),
                Some(own),
            ),
            None => (Seen::Unknown("no token to ask with".to_owned()), None, None),
        }
    };
    work.tell(Event::Offered(host.to_owned(), offered));
    let asks_daemon = work.uses_daemon() && !work.as_role;
    let daemon = asks_daemon.then(|| {
        let (work, host, subjects, login) =
            (Arc::clone(work), host.to_owned(), subjects.to_vec(), login.clone());
        thread::spawn(move || ask_daemon(&work, &host, &subjects, login.as_deref()))
    });
    let prober = prober(host, work.left());
    let first = subjects.iter().find_map(|(_, subject)| subject.repository.as_deref());
    let answer = RegistryClient::new(&prober, host, login.as_deref()).login(first);
    let accepted = answer.is_success();
    work.tell(Event::Login(host.to_owned(), answer));
    let is_public = Registry::parse(host).is_ok_and(|registry| registry.is_public());
    let is_clients = accepted && login.is_some() && own.is_none();
    let good = if is_clients { login } else { own.or_else(token) };
    if !is_clients && good.is_some() {
        work.tell(Event::OwnToken(host.to_owned()));
    }
    for (index, subject) in subjects {
        let Some(repository) = &subject.repository else { continue };
        if good.is_none() && !is_public {
            work.tell(Event::NotTried(*index, "there are no credentials to ask with".to_owned()));
            continue;
        }
        let mut client = RegistryClient::new(&prober, host, good.as_deref());
        if is_public {
            client.login(Some(repository));
        }
        let image = client.image(repository, subject.tag.as_deref().unwrap_or("latest"));
        if work.pushes {
            // A push to a repository that is not there may create it: that is not for us to do.
            let is_absent = image.manifest.code.as_deref() == Some("NAME_UNKNOWN");
            let upload = (!is_absent).then(|| client.begin_upload(repository));
            work.tell(Event::Upload(*index, upload));
        }
        work.tell(Event::Image(*index, image.manifest, image.platforms, image.layer, image.network));
    }
    if let Some(daemon) = daemon {
        let _ = daemon.join();
    }
}

/// What the client offers; where its helper has nothing, what it falls back on.
fn offered(work: &Work, host: &str, resolution: &Resolution) -> (Seen<Offered>, Option<Login>) {
    let (seen, login) = offer::offer(resolution, work.left());
    let failed = seen.known().filter(|offered| offered.username.is_none());
    let (Some(failed), Outcome::Helper | Outcome::Store) = (failed, resolution.outcome) else {
        return (seen, login);
    };
    let says = if failed.failure.is_some() { Says::Error } else { Says::Notfound };
    let again = Request {
        host: host.to_owned(),
        repository: None,
        client: work.client,
        version: work.version,
        operation: if work.pushes { Operation::Push } else { Operation::Pull },
        configs: Vec::new(),
    };
    let fallback = resolve(&again, &LocalMachine { asking: Asking::Says(says) });
    if !matches!(fallback.outcome, Outcome::Auths | Outcome::Environment) {
        return (seen, login);
    }
    work.tell(Event::Resolved(host.to_owned(), resolved(&fallback)));
    offer::offer(&fallback, work.left())
}

fn ask_daemon(work: &Work, host: &str, subjects: &[(usize, Subject)], login: Option<&Login>) {
    let Ok(daemon) = &work.daemon else { return };
    let accepted = match login {
        Some(login) => {
            let answer = daemon.login(host, login);
            let accepted = answer.is_success();
            // A daemon that does not answer says nothing of the registry.
            let seen = if answer.status == 0 && answer.failure.is_none() {
                Seen::Unknown(answer.message)
            } else {
                Seen::Known(answer)
            };
            work.tell(Event::DaemonLogin(host.to_owned(), seen));
            accepted
        }
        None => {
            let seen = Seen::Unknown("there is nothing to log in with".to_owned());
            work.tell(Event::DaemonLogin(host.to_owned(), seen));
            false
        }
    };
    for (index, subject) in subjects {
        let Some(repository) = &subject.repository else { continue };
        let tag = subject.tag.as_deref().unwrap_or("latest");
        let separator = if tag.contains(':') { '@' } else { ':' };
        let image = format!("{host}/{repository}{separator}{tag}");
        if work.pushes {
            let seen = daemon.has_image(&image).map_or_else(Seen::Unknown, Seen::Known);
            work.tell(Event::LocalImage(*index, seen));
        } else if accepted || login.is_none() {
            let (answer, platforms) = daemon.manifest(&image, host, login);
            if answer.status != 0 || answer.failure.is_some() {
                work.tell(Event::DaemonManifest(*index, answer, platforms));
            }
        }
    }
}

/// Hears all there is to hear until every task has ended or the time is over.
fn listen(
    events: &Receiver<Event>,
    mut tasks: usize,
    ends_at: Instant,
    bundle: &mut Bundle,
    progress: &mut dyn FnMut(&str, bool),
) {
    while tasks > 0 {
        let left = ends_at.saturating_duration_since(Instant::now());
        let Ok(event) = events.recv_timeout(left) else { return };
        if let Event::Done(name) = event {
            tasks -= 1;
            progress(&name, true);
            continue;
        }
        note(bundle, event);
    }
}

fn note(bundle: &mut Bundle, event: Event) {
    fn each<'a>(bundle: &'a mut Bundle, host: &'a str) -> impl Iterator<Item = &'a mut Subject> {
        bundle.subjects.iter_mut().filter(move |subject| subject.host == host && subject.malformed.is_none())
    }
    match event {
        Event::Machine(seen) => {
            let daemon = std::mem::take(&mut bundle.machine.daemon);
            bundle.machine = Machine { daemon, ..*seen };
        }
        Event::Daemon(seen) => bundle.machine.daemon = seen.map_or_else(Seen::Unknown, Seen::Known),
        Event::Metadata(seen) => bundle.aws.metadata = Some(seen),
        Event::Way(host, network) => {
            each(bundle, &host).for_each(|subject| subject.network.push(network.clone()));
        }
        Event::Resolved(host, resolved) => {
            each(bundle, &host).for_each(|subject| subject.resolved = Some(resolved.clone()));
        }
        Event::OwnToken(host) => each(bundle, &host).for_each(|subject| subject.own_token = true),
        Event::Offered(host, seen) => each(bundle, &host).for_each(|subject| subject.offered = seen.clone()),
        Event::Login(host, answer) => {
            each(bundle, &host).for_each(|subject| subject.login = Seen::Known(answer.clone()));
        }
        Event::DaemonLogin(host, seen) => {
            each(bundle, &host).for_each(|subject| subject.daemon_login = seen.clone());
        }
        Event::Told(host, told) => hear(bundle, &host, told),
        Event::Image(index, manifest, platforms, layer, network) => {
            if let Some(subject) = bundle.subjects.get_mut(index) {
                let why =
                    if manifest.is_success() { "the image has no layer of its own" } else { "no manifest" };
                subject.manifest = Seen::Known(manifest);
                subject.layer = layer.map_or_else(|| Seen::Unknown(why.to_owned()), Seen::Known);
                subject.network.extend(network);
                subject.platforms = platforms;
            }
        }
        Event::DaemonManifest(index, answer, platforms) => {
            if let Some(subject) = bundle.subjects.get_mut(index) {
                subject.daemon_manifest = Seen::Known(answer);
                if subject.platforms.is_empty() {
                    subject.platforms = platforms;
                }
            }
        }
        Event::Upload(index, answer) => {
            if let Some(subject) = bundle.subjects.get_mut(index) {
                subject.upload = answer
                    .map_or_else(|| Seen::Unknown("the repository is not there".to_owned()), Seen::Known);
            }
        }
        Event::LocalImage(index, seen) => {
            if let Some(subject) = bundle.subjects.get_mut(index) {
                subject.local_image = seen;
            }
        }
        Event::NotTried(index, why) => {
            if let Some(subject) = bundle.subjects.get_mut(index) {
                subject.manifest = Seen::Unknown(why.clone());
                subject.layer = Seen::Unknown(why.clone());
                subject.upload = Seen::Unknown(why);
            }
        }
        Event::Done(_) => {}
    }
}

/// What AWS said.
fn hear(bundle: &mut Bundle, host: &str, told: Told) {
    let exchanges = match &told {
        Told::Token(call, _) => call.exchanges.as_slice(),
        Told::Identity(Seen::Known(call)) => call.exchanges.as_slice(),
        _ => &[],
    };
    // The metadata services have the machine's own clock.
    let told_time = exchanges.iter().rev().find_map(|exchange| {
        let server = exchange.server_time.filter(|_| !exchange.operation.starts_with('/'))?;
        Some(Clock { ahead: exchange.local_time - server, host: exchange.host.clone() })
    });
    if let Some(clock) = told_time {
        bundle.aws.clock = Seen::Known(clock);
    }
    let of_repository = |name: &str| {
        let name = name.to_owned();
        move |subject: &&mut Subject| subject.host == host && subject.repository.as_ref() == Some(&name)
    };
    match told {
        Told::Token(call, _) => {
            for subject in bundle.subjects.iter_mut().filter(|subject| subject.host == host) {
                subject.token = Seen::Known(call.clone());
            }
        }
        // Several registries, one identity.
        Told::Identity(seen) => {
            if bundle.aws.identity.known().is_none_or(|call| call.answer.is_none()) {
                bundle.aws.identity = seen;
            }
        }
        Told::Repository(name, call) => {
            for subject in bundle.subjects.iter_mut().filter(of_repository(&name)) {
                subject.repository_facts = Seen::Known(call.clone());
            }
        }
        Told::Permissions(name, permissions) => {
            for subject in bundle.subjects.iter_mut().filter(of_repository(&name)) {
                subject.permissions.clone_from(&permissions);
            }
        }
        Told::InOwnAccount(name, there) => {
            for subject in bundle.subjects.iter_mut().filter(of_repository(&name)) {
                subject.also_in_own_account = Some(there);
            }
        }
    }
}

/// What follows from facts of several tasks.
fn settle(bundle: &mut Bundle, asked: &Asked) {
    let machine = &bundle.machine;
    let daemon = machine.daemon.known().and_then(|daemon| daemon.platform.clone());
    let asked_for =
        machine.variable("DOCKER_DEFAULT_PLATFORM").and_then(|variable| variable.value.as_deref());
    let here = asked_for.map(normal).or(daemon).unwrap_or_else(|| {
        // Containers on a Mac run in a Linux machine.
        let os = if machine.os == "windows" { "windows" } else { "linux" };
        normal(&format!("{os}/{}", machine.architecture))
    });
    let wanted = asked.platform.as_deref().map(normal);
    for subject in &mut bundle.subjects {
        if let Some(wanted) = &wanted {
            subject.platform.clone_from(wanted);
        } else if subject.platform.is_empty() && subject.puller.is_none() {
            subject.platform.clone_from(&here);
        }
        subject.network.sort_by_key(|way| match way.leg {
            Leg::Api => 0,
            Leg::Registry => 1,
            Leg::Layers => 2,
        });
    }
}
