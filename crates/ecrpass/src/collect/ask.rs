//! The tasks that ask somebody: AWS, the network, the registry and, for it, the docker daemon.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::Duration;

use ecrpass_aws::TokenRequest;
use ecrpass_aws::inspect::{AwsObservation, Questions, identify, inspect};
use ecrpass_clients::client::{Operation, Request, Resolution, Supplier, resolve};
use ecrpass_core::{Partition, Registry};
use ecrpass_diagnosis::facts::{ClientCredentials, Destination, RegistryResponse, Resolved, Seen, Subject};
use ecrpass_oci::network_path::probe;
use ecrpass_oci::{Http, Login, Origin, RegistryClient, image_check};

use super::aws_facts::{self, AwsFact};
use super::client_credentials;
use super::registry_client::http;
use super::registry_facts::{answer, network_path};
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
    let other_regions = other_regions(work, &registry);
    let questions = Questions { repositories, pushes: work.pushes, other_regions };
    let surroundings = &work.settings.surroundings();
    let request =
        TokenRequest { registry: &registry, selection: &selection, surroundings, deadline: work.left() };
    let own = RefCell::new(None);
    inspect(&request, &questions, &|told| {
        if let AwsObservation::Identity(Ok(call)) = &told {
            *own.borrow_mut() = call.answer.as_ref().ok().map(|identity| identity.account.clone());
        }
        let (fact, login) = aws_facts::fact(told);
        if let Some(login) = login {
            let _ = token.send(Arc::new(login));
        }
        work.tell(Event::Aws(host.to_owned(), fact));
    });
    let own = own.into_inner();
    if let (Some(own), Some(account)) = (own, registry.account())
        && own != account
        && !work.as_role
    {
        let profiles = profiles_of(work, &registry, account);
        work.tell(Event::Aws(host.to_owned(), AwsFact::Profiles(profiles)));
    }
}

/// How many profiles are tried, and how long AWS may take to say whose each is.
const MOST_PROFILES: usize = 3;
const PROFILE_PATIENCE: Duration = Duration::from_secs(4);

/// The profiles configured here that are of an account, asked for with their own credentials.
fn profiles_of(work: &Work, registry: &Registry, account: &str) -> Vec<String> {
    let surroundings = &work.settings.surroundings();
    let is_of = |name: &String| {
        let Ok(selection) = work.settings.selection_of_profile(name) else { return false };
        let deadline = work.left().min(PROFILE_PATIENCE);
        let request = TokenRequest { registry, selection: &selection, surroundings, deadline };
        identify(&request).is_some_and(|identity| identity.account == account)
    };
    work.settings.profiles_of(account).into_iter().take(MOST_PROFILES).filter(is_of).collect()
}

/// The regions that this user's variables, profiles and registries name, besides that of the registry.
fn other_regions(work: &Work, registry: &Registry) -> Vec<String> {
    let environment = work.environment.as_ref();
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter();
    let mut regions: Vec<String> = variables.filter_map(|name| environment.nonempty_var(name)).collect();
    regions.extend(work.settings.profile_regions());
    regions
        .extend(work.hosts().iter().filter_map(|host| Some(Registry::parse(host).ok()?.region().to_owned())));
    regions.retain(|region| {
        region != registry.region() && Partition::of_region(region) == Some(registry.partition())
    });
    let mut seen = BTreeSet::new();
    regions.retain(|region| seen.insert(region.clone()));
    regions
}

/// The ways that need no credentials: to the API and to the registry.
pub(super) fn ways(work: &Work, host: &str) {
    let Ok(registry) = Registry::parse(host) else { return };
    let Some(origin) = Origin::https(host) else { return };
    let http = http(host, work.left());
    thread::scope(|scope| {
        scope.spawn(|| {
            let seen = network_path(Destination::Registry, probe(&http, &origin, "/v2/"));
            work.tell(Event::Path(host.to_owned(), seen));
        });
        // An endpoint set by hand is another way, which the request for a token goes.
        let set = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL_ECR_PUBLIC"];
        if !set.iter().any(|name| work.environment.nonempty_var(name).is_some()) {
            let api = registry.api_host();
            scope.spawn(move || {
                let Some(api) = Origin::https(&api) else { return };
                let seen = network_path(Destination::Api, probe(&http_for_api(work), &api, "/"));
                work.tell(Event::Path(host.to_owned(), seen));
            });
        }
    });
}

fn http_for_api(work: &Work) -> Http {
    let bundle = work.environment.nonempty_var("AWS_CA_BUNDLE").map(PathBuf::from);
    Http::new(&bundle.iter().map(PathBuf::as_path).collect::<Vec<_>>(), work.left())
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
    let Some(origin) = Origin::https(host) else { return };
    let token = || tokens.recv_timeout(work.left()).ok();
    let is_ours = subjects.iter().any(|(_, subject)| subject.puller.is_none());
    let (offered, login, own) = if work.can_stand_in() && is_ours {
        let (offered, login) = client_credentials_of(work, host, resolution);
        (offered, login.map(Arc::new), None)
    } else {
        match token() {
            Some(own) => (
                Seen::Unknown(
                    "the credentials of whoever pulls are not available here; asked with ecrpass's own token"
                        .to_owned(),
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
    let http = http(host, work.left());
    let client = |login: Option<&Login>| RegistryClient::new(&http, origin.clone(), login.map(Login::header));
    let first = subjects.iter().find_map(|(_, subject)| subject.repository.as_deref());
    let accepted = answer(&client(login.as_deref()).login(first));
    let is_accepted = accepted.is_success();
    work.tell(Event::Login(host.to_owned(), accepted));
    let is_public = Registry::parse(host).is_ok_and(|registry| registry.is_public());
    let is_clients = is_accepted && own.is_none() && (login.is_some() || is_public);
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
        let mut client = client(good.as_deref());
        if is_public {
            // Where it fails, the manifest is refused too, and that is what counts.
            let _ = client.login(Some(repository));
        }
        let image = image_check::check(&client, repository, subject.tag.as_deref().unwrap_or("latest"));
        let manifest = answer(&image.manifest);
        if work.pushes {
            // A push to a repository that is not there may create it: that is not for us to do.
            let is_absent = manifest.code.as_deref() == Some("NAME_UNKNOWN");
            let upload = (!is_absent).then(|| begin_upload(&client, repository));
            work.tell(Event::Upload(*index, upload));
        }
        let layer = image.layer.as_ref().map(answer);
        let path = image.path.map(|path| network_path(Destination::Layers, path));
        work.tell(Event::Image(*index, manifest, image.platforms, layer, path));
    }
    if let Some(daemon) = daemon {
        let _ = daemon.join();
    }
}

/// Begins an upload, as a push does first, and gives it up again.
fn begin_upload(client: &RegistryClient<'_>, repository: &str) -> RegistryResponse {
    match client.begin_upload(repository) {
        Ok((begun, upload)) => {
            if let Some(upload) = &upload {
                client.cancel_upload(upload);
            }
            answer(&Ok(begun))
        }
        Err(error) => answer(&Err(error)),
    }
}

/// What the client offers; where its helper has nothing, what it falls back on.
fn client_credentials_of(
    work: &Work,
    host: &str,
    resolution: &Resolution,
) -> (Seen<ClientCredentials>, Option<Login>) {
    let machine = LocalMachine::sharing(work.environment.as_ref(), Asking::Look, &work.parsed);
    let (seen, login) = client_credentials::read(&machine, resolution, work.left());
    let failed = seen.known().filter(|offered| offered.username.is_none());
    let (Some(failed), Supplier::Helper | Supplier::Store) = (failed, resolution.outcome) else {
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
    let fallback =
        resolve(&again, &LocalMachine::sharing(work.environment.as_ref(), Asking::Says(says), &work.parsed));
    if !matches!(fallback.outcome, Supplier::Auths | Supplier::Environment) {
        return (seen, login);
    }
    work.tell(Event::Resolved(host.to_owned(), Resolved::from(&fallback)));
    client_credentials::read(&machine, &fallback, work.left())
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
            let seen = Seen::Unknown("there are no credentials to log in with".to_owned());
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
