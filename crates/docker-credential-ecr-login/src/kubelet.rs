//! The kubelet's credential provider: the same tokens by the kubelet's own protocol, in place of cloud-provider-aws's
//! `ecr-credential-provider`.
//!
//! Source: Kubernetes, `pkg/credentialprovider/plugin`: one request on standard input, and on standard output exactly one
//! answer in the same version, or none. Whatever else is said goes to standard error, which the kubelet repeats in its
//! log when the status is not 0.

mod answer;
#[cfg(test)]
mod fleet;
mod image;
mod on_a_node;
mod service_account;

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ecrpass_aws::clock::now;
use ecrpass_aws::{clock, files};
use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::HostError;
use ecrpass_core::safe_line::safe_line;
use ecrpass_credentials::refusal::Refusal;
use ecrpass_helper::entry::Entry;
use ecrpass_helper::kubelet_request::{self, NAME, Request};
pub use ecrpass_helper::kubelet_request::{is_request, misdirected};
use ecrpass_system::machine;
use zeroize::Zeroizing;

use self::answer::{Answer, CacheKey};
use self::image::Image;
use self::on_a_node::on_a_node;
use crate::get;
use crate::say::{not_a_registry, note, said};
use crate::settings::{Scope, Settings, Target};
use crate::{journal, last_resort, protocol, stack, stdio};

/// The longest request read, in bytes.
const MAX_REQUEST: usize = 1024 * 1024;

/// The kubelet ends a provider after a minute, and nobody is told why: no deadline is longer than this.
const LONGEST: Duration = Duration::from_secs(50);

const HELP: &str = "\
Usage: ecr-credential-provider [--version] [--help]

The kubelet's credential provider for Amazon ECR: reads a CredentialProviderRequest on standard input and answers with a
CredentialProviderResponse. Other arguments are ignored, as cloud-provider-aws's provider does.

To write the kubelet's configuration:  ecrpass kubelet config
To see what it answers:
  echo '{\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\",\"kind\":\"CredentialProviderRequest\",\"image\":\"<account>.dkr.ecr.<region>.amazonaws.com/app\"}' | ecr-credential-provider
";

/// Whether a program called by this name is the provider.
pub fn is_its_name(program: &OsStr) -> bool {
    let program = program.to_string_lossy();
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    name.get(..NAME.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(NAME))
}

/// The provider's own `main`.
pub fn main(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    last_resort::keep_off_stdout();
    match arguments.find_map(|argument| asked_for(argument.to_str()?)) {
        Some(text) => said(&text),
        None => stack::with_enough(run).unwrap_or_else(|why| refused(&why)),
    }
}

/// What some arguments ask for instead of an answer.
fn asked_for(argument: &str) -> Option<String> {
    match argument {
        "--version" | "--version=true" => Some(format!("{NAME} (ecrpass) {}\n", env!("CARGO_PKG_VERSION"))),
        "--help" | "-h" => Some(HELP.to_owned()),
        _ => None,
    }
}

fn run() -> ExitCode {
    let started = Instant::now();
    files::look_home_up();
    let mut settings = match Settings::of_node(&get::variable_os, files::home().as_deref()) {
        Ok(settings) => settings,
        Err(refusal) => return refused(&refusal),
    };
    settings.deadline = settings.deadline.min(LONGEST);
    last_resort::log_to(settings.directory.clone());
    ecrpass_system::bounded::hold_to(started + settings.deadline);
    match answer(&settings, started) {
        Ok(bytes) => match stdio::write_all(&bytes) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                note(&format!("ecr-login: standard output cannot be written: {error}"));
                ExitCode::FAILURE
            }
        },
        Err(refusal) => refused(&refusal),
    }
}

/// The answer, as it is written.
fn answer(settings: &Settings, started: Instant) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let input = read(started + settings.deadline)?;
    let request = Request::parse(&input)?;
    let image = Image::parse(&request.image)?;
    let target = settings.target(image.authority).map_err(|error| unknown(&error))?;
    let is_public = target.registry.is_public();
    let mut answer = Answer { version: request.version, host: image.authority, key: CacheKey::Registry };
    match token(settings, target, &image, &request, started, &mut answer) {
        Ok(entry) => answer.with(&entry, &clock::moment(machine::boot_id())),
        // Public images can be pulled without credentials, and the kubelet is to ask less often.
        Err(refusal) if is_public => {
            note(&refusal.helper_line_going_on());
            let line = format!("kubelet {}: [{}], answered without credentials", image.authority, refusal.id);
            journal::write(settings.directory.as_deref(), now(), &line);
            answer.without()
        }
        Err(refusal) => Err(refusal),
    }
}

fn token(
    settings: &Settings,
    mut target: Target,
    image: &Image<'_>,
    request: &Request<'_>,
    started: Instant,
    answer: &mut Answer<'_>,
) -> Result<Entry, Refusal> {
    let account = service_account::of(request, &settings.service_account)?;
    if target.scope == Scope::Repository && !target.registry.is_public() {
        target.over.session_policy = Some(image.pull_policy(&target.registry)?);
        // It is of no use for any other image.
        answer.key = CacheKey::Image;
    }
    get::Request::new(settings, &target, started).by(account).token().map_err(on_a_node)
}

fn read(end: Instant) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let input = protocol::read_within(end, MAX_REQUEST).map_err(|error| unread(&error))?;
    if input.len() > MAX_REQUEST {
        return Err(kubelet_request::invalid("The request on standard input is longer than 1 MiB."));
    }
    Ok(input)
}

fn unread(error: &io::Error) -> Refusal {
    let refusal = kubelet_request::invalid(&format!("Standard input cannot be used: {error}."));
    Refusal { transient: true, ..refusal }
}

/// Why there is nothing for a host.
fn unknown(error: &HostError) -> Refusal {
    match error {
        HostError::NotEcr { host } => Refusal::new(
            DiagnosisId::NotEcr,
            format!("{host} is not an Amazon ECR registry, so it gets no token of one."),
            "narrow matchImages of the kubelet's CredentialProviderConfig, or name the registry it stands for with `alias_of` in the ecrpass configuration",
        ),
        HostError::Malformed { .. } => Refusal {
            next: "correct the registry's host in the image of the pod".into(),
            ..not_a_registry(error)
        },
    }
}

/// The reason, in one line where the kubelet reads it.
fn refused(refusal: &Refusal) -> ExitCode {
    note(&safe_line(&refusal.helper_line()));
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_known_by_its_name() {
        for name in [
            "ecr-credential-provider",
            "/usr/libexec/kubernetes/kubelet-plugins/credential-provider/exec/ecr-credential-provider",
            r"C:\Program Files\Amazon\ECR-Credential-Provider.exe",
            "/opt/ecr-credential-provider-irsa",
        ] {
            assert!(is_its_name(OsStr::new(name)), "{name}");
        }
        for name in [
            "",
            "docker-credential-ecr-login",
            "/ecr-credential-provider/docker-credential-ecr-login",
            "ecr-cred",
            "ecr-credential-provideŕ",
        ] {
            assert!(!is_its_name(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn a_host_that_is_not_ecrs_is_told_how_to_become_an_alias() {
        let refusal = unknown(&HostError::NotEcr { host: "registry.k8s.io".to_owned() });
        assert!(refusal.to_string().contains("`alias_of`"), "{refusal}");
        assert!(!refusal.transient);
    }
}
