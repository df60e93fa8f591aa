//! Logins and logouts of clients on the command line.

use crate::deed::What;
use crate::deeds::arguments::{Argument, has, option, positional};
use crate::deeds::password;
use crate::known::Known;
use crate::shell::{Command, Script, Word};

/// A login command.
#[derive(Clone, Debug)]
pub struct Login<'a> {
    /// The client.
    pub client: &'a str,
    /// The server, and the index of its word; Docker Hub if there is none.
    pub server: Option<(usize, &'a Word)>,
    /// The user name.
    pub user: Option<Argument>,
    /// A password on the command line.
    pub password: Option<Argument>,
    /// The index of the word that says that the password comes through standard input.
    pub from_stdin: bool,
}

/// Options of login commands that take a value.
const VALUED: [&str; 13] = [
    "-u",
    "--username",
    "--user",
    "-p",
    "--password",
    "--pass",
    "--authfile",
    "--cert-dir",
    "--compat-auth-file",
    "--config",
    "--ca-file",
    "--registry-config",
    "--secret",
];

/// Options of clients themselves, in front of the command, that take a value.
const GLOBAL: [&str; 10] = [
    "--config",
    "-c",
    "--context",
    "-H",
    "--host",
    "-l",
    "--log-level",
    "--root",
    "--namespace",
    "--address",
];

/// The words of a client's command behind its own options: `push` and what follows of `docker --config x push y`.
pub fn command_of<'a>(command: &'a Command, clients: &[&str]) -> Option<(&'a str, usize)> {
    let program = command.program();
    let rest = command.words.get(1..).filter(|_| clients.contains(&program))?;
    let first = positional(rest, &GLOBAL).first().map(|(at, _)| at + 1)?;
    Some((program, first))
}

/// The login that a command makes.
pub fn login(command: &Command) -> Option<Login<'_>> {
    let clients = [
        "docker", "podman", "nerdctl", "finch", "buildah", "skopeo", "crane", "oras", "regctl", "helm",
        "cosign", "img",
    ];
    let (client, at) = command_of(command, &clients)?;
    let words = &command.words;
    let verb = |index: usize| words.get(at + index).and_then(|word| word.value.exactly());
    let length = match (client, verb(0)?) {
        (
            "docker" | "podman" | "nerdctl" | "finch" | "buildah" | "skopeo" | "oras" | "cosign" | "img",
            "login",
        ) => 1,
        ("crane", "auth") | ("helm" | "regctl" | "oras", "registry") if verb(1) == Some("login") => 2,
        _ => return None,
    };
    let from = at + length;
    let rest = words.get(from..)?;
    let server = positional(rest, &VALUED).first().map(|(index, word)| (from + index, *word));
    let shift = |argument: Argument| Argument { at: argument.at + from, ..argument };
    Some(Login {
        client,
        server,
        user: option(rest, &["-u", "--username", "--user"]).map(shift),
        password: option_not_stdin(rest).map(shift),
        from_stdin: has(rest, &["--password-stdin", "--pass-stdin", "--password-stdin=true"]),
    })
}

/// `-p X`, `--password X`, `--password=X`, which `--password-stdin` begins like.
fn option_not_stdin(words: &[Word]) -> Option<Argument> {
    let is_stdin =
        |argument: &Argument| words.get(argument.at).is_some_and(|word| word.raw.contains("-stdin"));
    crate::deeds::arguments::options(words, &["-p", "--password", "--pass"])
        .into_iter()
        .find(|argument| !is_stdin(argument))
}

/// What a login or logout does.
pub(super) fn deeds(script: &Script, index: usize) -> Vec<What> {
    let Some(command) = script.commands.get(index) else { return Vec::new() };
    if let Some(login) = login(command) {
        // `docker login` on another machine or in a container is no login here.
        if is_elsewhere(command) {
            return vec![What::MayLogIn];
        }
        let fetched = match &login.password {
            Some(password) => password::in_value(&password.value),
            None => password::of_input(script, index),
        };
        let named =
            fetched.as_ref().map(|fetched| fetched.region.clone()).filter(|region| !region.is_unknown());
        let region = match (&fetched, named) {
            (_, Some(region)) => region,
            (Some(_), None) => password::from_environment(command).unwrap_or(Known::Unknown),
            (None, None) => Known::Unknown,
        };
        let hub = || Known::Exactly("docker.io".to_owned());
        return vec![What::Login {
            client: login.client.to_owned(),
            host: login.server.map_or_else(hub, |(_, word)| word.value.clone()),
            user: login.user.map_or(Known::Unknown, |user| user.value),
            region,
            to_all: false,
        }];
    }
    logout(command).into_iter().collect()
}

/// Whether a command runs on another machine or in a container.
pub fn is_elsewhere(command: &Command) -> bool {
    ["ssh", "docker", "podman", "kubectl", "oc", "vagrant"]
        .iter()
        .any(|wrapper| command.is_wrapped_by(wrapper))
}

fn logout(command: &Command) -> Option<What> {
    let clients =
        ["docker", "podman", "nerdctl", "finch", "buildah", "skopeo", "crane", "oras", "regctl", "helm"];
    let (_, at) = command_of(command, &clients)?;
    let words = command.words.get(at..)?;
    let verb = words.iter().take(2).position(|word| word.is("logout"))?;
    let rest = words.get(verb + 1..)?;
    if has(rest, &["-a", "--all"]) {
        return Some(What::Logout { host: Known::Unknown });
    }
    let host = positional(rest, &VALUED)
        .first()
        .map_or(Known::Exactly("docker.io".to_owned()), |(_, word)| word.value.clone());
    Some(What::Logout { host })
}
