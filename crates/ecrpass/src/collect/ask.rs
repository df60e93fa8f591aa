//! The tasks that ask somebody: AWS, the network, the registry and, for it, the docker daemon.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::Duration;

use ecrpass_aws::TokenRequest;
use ecrpass_aws::inspect::{AwsObservation, Questions, inspect};
use ecrpass_aws::probe::Prober;
use ecrpass_aws::registry::{Login, RegistryClient};
use ecrpass_clients::client::{Operation, Outcome, Request, Resolution, resolve};
use ecrpass_core::Registry;
use ecrpass_diagnosis::facts::{ClientCredentials, Destination, Resolved, Seen, Subject};

use super::client_credentials;
use super::work::{Event, Work};
use crate::system::machine::{Asking, LocalMachine, Says};

/// Asks AWS for a token and, with the credentials behind it, about repositories.
pub(super) fn ask_aws(work: &Work, host: &str, subjects: &[(usize, Subject)], token: &Sender<Arc<Login>>) {
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
                AwsObservation::Token(call, Some(fresh)) => {
                    let login = Login { username: fresh.username, password: fresh.password };
                    let _ = token.send(Arc::new(login));
                    AwsObservation::Token(call, None)
                }
                told => told,
            };
            work.tell(Event::Aws(host.to_owned(), told));
        });
    });
}

/// The ways that need no credentials: to the API and to the registry.
pub(super) fn ways(work: &Work, host: &str) {
    let Ok(registry) = Registry::parse(host) else { return };
    let prober = prober(host, work.left());
    thread::scope(|scope| {
        scope.spawn(|| {
            work.tell(Event::Path(host.to_owned(), prober.network_path(Destination::Registry, host, "/v2/")))
        });
        // An endpoint set by hand is another way, which the request for a token goes.
        let set = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL_ECR_PUBLIC"];
        if !set.iter().any(|name| std::env::var_os(name).is_some()) {
            let api = registry.api_host();
            scope.spawn(move || {
                work.tell(Event::Path(
                    host.to_owned(),
                    prober_for_api(work).network_path(Destination::Api, &api, "/"),
                ))
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
pub(super) fn ask_registry(
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
    work.tell(Event::Credentials(host.to_owned(), offered));
    let asks_daemon = work.uses_daemon() && !work.as_role && is_ours;
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
    let is_clients = accepted && own.is_none() && (login.is_some() || is_public);
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
fn offered(work: &Work, host: &str, resolution: &Resolution) -> (Seen<ClientCredentials>, Option<Login>) {
    let (seen, login) = client_credentials::offer(resolution, work.left());
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
    work.tell(Event::Resolved(host.to_owned(), Resolved::from(&fallback)));
    client_credentials::offer(&fallback, work.left())
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
        if subject.repository.is_none() {
            continue;
        }
        let mut image = subject.image();
        if subject.tag.is_none() {
            image.push_str(":latest");
        }
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
