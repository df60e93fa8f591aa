//! Collects the facts, all at once and under one deadline: every link of the way is asked for by itself, and what has not
//! answered in time is not known.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use ecrpass_aws::clock::now;
use ecrpass_clients::client::{Client, Operation, Parsed, Request, Resolution, Supplier, Version, resolve};
use ecrpass_core::Registry;
use ecrpass_core::environment::Environment;
use ecrpass_credentials::credential_chain::Source;
use ecrpass_diagnosis::facts::{
    Bundle, Call, MachineFacts, Question, Refused, Resolved, SCHEMA, Seen, Subject,
};

use ecrpass_core::time::milliseconds;

use super::ask::{ask_aws, ask_registry, ways};
use super::credentials::Settings;
use super::daemon::DockerDaemon;
use super::listen::{listen, settle};
use super::work::{Asked, Event, Work};
use super::{
    client_credentials, configurations, credentials, denial_policies, instance_metadata, machine_facts,
};
use crate::system::machine::{Asking, LocalMachine};
use crate::system::{files, programs};

/// Looks at everything; `progress` hears of every task that begins (`false`) and ends (`true`).
pub fn collect(shared: &Arc<dyn Environment>, asked: &Asked, progress: &mut dyn FnMut(&str, bool)) -> Bundle {
    let started = Instant::now();
    let environment = shared.as_ref();
    let parsed = Arc::new(Parsed::default());
    let machine = LocalMachine::sharing(environment, Asking::Look, &parsed);
    let version = programs::client_version(environment, asked.client, asked.deadline / 5);
    let mut known: HashMap<(&str, Option<&str>), Arc<Resolution>> = HashMap::new();
    let resolutions: Vec<Arc<Resolution>> = asked
        .subjects
        .iter()
        .map(|subject| {
            let what = known.entry((&subject.host, of_matter(asked, subject)));
            let look = || Arc::new(resolve(&request(asked, subject, asked.client, version), &machine));
            Arc::clone(what.or_insert_with(look))
        })
        .collect();
    let (tell, events) = mpsc::channel();
    let settings = Settings::read(Arc::clone(shared), asked.as_role.clone());
    let first = asked.subjects.first().map_or("", |subject| subject.host.as_str());
    let mut bundle = Bundle {
        schema: SCHEMA.to_owned(),
        ecrpass: env!("CARGO_PKG_VERSION").to_owned(),
        collected_at: now(),
        took_ms: 0,
        deadline_ms: milliseconds(asked.deadline),
        question: Question {
            operation: if asked.pushes { Operation::Push } else { Operation::Pull }.into(),
            client: asked.client.into(),
            client_version: version.map(|version| version.to_string()),
            offline: asked.offline,
            as_role: asked.as_role.clone(),
            platform: asked.platform.clone(),
        },
        machine: MachineFacts::default(),
        aws: settings.facts(first),
        subjects: asked.subjects.clone(),
        log: asked.log.clone(),
    };
    if asked.subjects.iter().all(|subject| subject.host.is_empty())
        && let Some(refusal) = settings.selection("").ok().and_then(|selected| settings.signed_out(&selected))
    {
        // Without a registry AWS is not asked, and this is what the checks look at.
        bundle.aws.stops = Some(Refused::from(&refusal));
    }
    let mut helpers = BTreeSet::new();
    for (subject, resolution) in bundle.subjects.iter_mut().zip(&resolutions) {
        offline_facts(asked, subject, resolution, &machine);
        helpers.extend(resolution.helper.clone());
        helpers.extend(subject.helper_named.clone());
    }
    let why = if asked.offline {
        "not checked (--offline)".to_owned()
    } else {
        format!("no answer within {} s", asked.deadline.as_secs())
    };
    not_known(&mut bundle, &why);
    for subject in &mut bundle.subjects {
        let selection = settings.selection(&subject.host);
        subject.uses = selection.as_ref().ok().map(credentials::used);
        let stops = match selection {
            // Settings that contradict themselves stop every request.
            Err(refusal) => Some(refusal),
            // Where AWS is asked, its answer says so; otherwise only the file of the sign-in does.
            Ok(selection) if asked.offline => settings.signed_out(&selection),
            Ok(_) => None,
        };
        if let Some(refusal) = stops {
            subject.token = Seen::Known(Call {
                answer: None,
                refused: Some(Refused::from(&refusal)),
                exchanges: Vec::new(),
                took_ms: 0,
            });
        }
    }
    let mut offered = HashMap::new();
    for (subject, resolution) in bundle.subjects.iter_mut().zip(&resolutions) {
        // What stands in a file is known without asking anybody; helpers may ask AWS.
        if asked.as_role.is_none()
            && !asked.client.is_of_a_node()
            && !matches!(resolution.outcome, Supplier::Helper | Supplier::Store)
            && subject.malformed.is_none()
            && subject.puller.is_none()
        {
            let what = (subject.host.clone(), of_matter(asked, subject).map(str::to_owned));
            let look = || client_credentials::read(&machine, resolution, Duration::ZERO).0;
            subject.offered = offered.entry(what).or_insert_with(look).clone();
        }
    }
    let work = Arc::new(Work {
        environment: Arc::clone(shared),
        settings,
        client: asked.client,
        version,
        pushes: asked.pushes,
        as_role: asked.as_role.is_some(),
        ends_at: started + asked.deadline,
        // What comes late is not heard any more.
        daemon: DockerDaemon::local(environment, asked.deadline * 2 / 3),
        tell,
        parsed: Arc::clone(&parsed),
        hosts: OnceLock::new(),
    });
    let why = format!("it was not looked through within {} s", asked.deadline.as_secs());
    bundle.machine.configurations = configurations::not_looked_through(environment, &resolutions, &why);
    let tasks = begin(&work, asked, &bundle, &resolutions, helpers, progress);
    drop(work);
    listen(&events, tasks, started + asked.deadline, &mut bundle, progress);
    if !asked.offline {
        let ends_at = started + asked.deadline;
        denial_policies::read(shared, asked.as_role.as_deref(), ends_at, &mut bundle, progress);
    }
    settle(&mut bundle, asked);
    bundle.took_ms = milliseconds(started.elapsed());
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

/// The repository, where the client may be configured for repositories: docker is for registries only.
fn of_matter<'a>(asked: &Asked, subject: &'a Subject) -> Option<&'a str> {
    subject.repository.as_deref().filter(|_| asked.client != Client::Docker)
}

/// What is known of a subject without asking anybody.
fn offline_facts(asked: &Asked, subject: &mut Subject, resolution: &Resolution, machine: &LocalMachine<'_>) {
    // Somebody else's client looks elsewhere, and nobody looks for a host that is not known.
    if subject.puller.is_some() || subject.host.is_empty() {
        return;
    }
    subject.resolved = Some(Resolved::from(resolution));
    let files = match asked.client {
        Client::Podman | Client::Skopeo | Client::Buildah => {
            files::podman(machine.environment).into_iter().chain(files::docker(machine.environment)).collect()
        }
        client if client.is_of_a_node() => Vec::new(),
        _ => files::docker(machine.environment).into_iter().collect::<Vec<PathBuf>>(),
    };
    // podman and its like know no store for all registries.
    let stores = !matches!(asked.client, Client::Podman | Client::Skopeo | Client::Buildah);
    subject.helper_named =
        files.iter().find_map(|path| configurations::helper_named(machine, path, &subject.host, stores));
    if asked.client != Client::Docker {
        let docker = resolve(&request(asked, subject, Client::Docker, None), machine);
        subject.docker_outcome = Some(docker.outcome.into());
    }
}

/// Until something is seen, this is why it is not known.
fn not_known(bundle: &mut Bundle, why: &str) {
    let pushes = bundle.question.pushes();
    bundle.machine.daemon = Seen::Unknown(why.to_owned());
    // Nobody is asked about a name that is wrong.
    let misnamed = "not asked, as the name is wrong";
    let all_misnamed = !bundle.subjects.is_empty()
        && bundle.subjects.iter().all(|subject| subject.malformed.is_some() && subject.host.is_empty());
    bundle.aws.clock = Seen::Unknown(if all_misnamed { misnamed } else { why }.to_owned());
    for subject in &mut bundle.subjects {
        let why = if subject.malformed.is_some() { misnamed } else { why };
        subject.offered = Seen::Unknown(why.to_owned());
        subject.identity = Seen::Unknown(why.to_owned());
        subject.token = Seen::Unknown(why.to_owned());
        for answer in subject.answers_mut() {
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
    resolutions: &[Arc<Resolution>],
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
        Box::new(move |work| {
            let facts = machine_facts::machine_facts(work.environment.as_ref(), &helpers);
            work.tell(Event::Machine(Box::new(facts)));
        }),
    );
    let resolved = resolutions.to_vec();
    spawn(
        "configuration files".to_owned(),
        Box::new(move |work| {
            let machine = LocalMachine::sharing(work.environment.as_ref(), Asking::Look, &work.parsed);
            let seen = configurations::all(&machine, &resolved);
            work.tell(Event::Configurations(seen));
        }),
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
    if let Some(endpoint) = metadata_endpoint(bundle, work) {
        spawn(
            "instance metadata".to_owned(),
            Box::new(move |work| work.tell(Event::Metadata(instance_metadata::probe(&endpoint)))),
        );
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
        let (name, resolution) = (host.to_owned(), Arc::clone(resolution));
        spawn(
            format!("registry {host}"),
            Box::new(move |work| ask_registry(work, &name, &subjects, &resolution, &tokens)),
        );
    }
    tasks
}

/// The instance metadata service that the credentials would come from; `None` where they come from elsewhere.
fn metadata_endpoint(bundle: &Bundle, work: &Work) -> Option<String> {
    let host = bundle.subjects.first().map_or("", |subject| subject.host.as_str());
    let selection = work.settings.selection(host).ok()?;
    matches!(selection.source, Source::InstanceMetadata)
        .then(|| work.settings.surroundings().metadata_endpoint(&selection))
}
