//! Called by docker as its plugin: `docker ecrpass …`.
//!
//! docker asks a plugin for its metadata, and hands it everything that it was given itself: its own options, the plugin's
//! name, and what comes after. Source: docker/cli `docs/extend/cli_plugins.md` and `cli-plugins/manager/manager.go`.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{ExitCode, Stdio};

use crate::error::CommandError;
use crate::render::out::{self, Stream};
use crate::render::ui::Ui;
use crate::system::own_program;

/// The name that docker calls its plugin by.
const NAME: &str = "docker-ecrpass";

/// What docker asks every plugin first.
const METADATA: &str = "docker-cli-plugin-metadata";

/// docker's own options that take a value, and the variable that says the same to us; docker has others for certificates,
/// which go with a daemon that is not on this machine.
const WITH_VALUE: [(&str, Option<&str>); 7] = [
    ("--config", Some("DOCKER_CONFIG")),
    ("--context", Some("DOCKER_CONTEXT")),
    ("--host", Some("DOCKER_HOST")),
    ("--log-level", None),
    ("--tlscacert", None),
    ("--tlscert", None),
    ("--tlskey", None),
];

/// The same, short.
const SHORT: [(char, &str); 3] = [('c', "--context"), ('H', "--host"), ('l', "--log-level")];

/// What docker wants of us.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    /// Who we are.
    Metadata,
    /// A command, with the variables that say what docker's own options said; one without a value is not to be there.
    Command(Vec<OsString>, Vec<(&'static str, Option<OsString>)>),
}

/// The arguments of the command, the program's name included, however this program was called.
///
/// # Errors
/// The exit status, when docker has its answer.
pub fn arguments(all: Vec<OsString>) -> Result<Vec<OsString>, ExitCode> {
    let is_plugin =
        all.first().is_some_and(|program| Path::new(program).file_stem() == Some(OsStr::new(NAME)));
    let Some((program, given)) = all.split_first().filter(|_| is_plugin) else { return Ok(all) };
    match understand(given) {
        Call::Metadata => Err(metadata()),
        Call::Command(arguments, variables) if variables.is_empty() => {
            Ok(std::iter::once(program.clone()).chain(arguments).collect())
        }
        Call::Command(arguments, variables) => Err(anew(&arguments, variables)),
    }
}

fn metadata() -> ExitCode {
    let metadata = serde_json::json!({
        "SchemaVersion": "0.1.0",
        "Vendor": "ecrpass",
        "Version": concat!("v", env!("CARGO_PKG_VERSION")),
        "ShortDescription": "Ends Amazon ECR login failures: finds the cause and fixes it",
    });
    match out::exact(Stream::Output, format!("{metadata}\n").as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => CommandError::from(error).report(&mut Ui::new(false, false)),
    }
}

fn understand(given: &[OsString]) -> Call {
    if given.first().is_some_and(|first| first == METADATA) {
        return Call::Metadata;
    }
    let (mut variables, mut words) = (Vec::new(), given.iter());
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        if !text.starts_with('-') {
            // `docker help ecrpass …` is a call of ours, too; anything else was said to us directly.
            let is_help = word == "help" && words.as_slice().first().is_some_and(|next| next == "ecrpass");
            let rest = match is_help {
                true => words.as_slice().get(1..),
                false => (word == "ecrpass").then_some(words.as_slice()),
            };
            let help = is_help.then(|| OsString::from("help"));
            return match rest {
                Some(rest) => {
                    Call::Command(help.into_iter().chain(rest.iter().cloned()).collect(), variables)
                }
                None => Call::Command(given.to_vec(), Vec::new()),
            };
        }
        take(&text, || words.next().cloned(), &mut variables);
    }
    Call::Command(given.to_vec(), Vec::new())
}

/// Takes one of docker's own options, with its value, which may be the next word.
fn take(
    option: &str,
    next: impl FnOnce() -> Option<OsString>,
    variables: &mut Vec<(&'static str, Option<OsString>)>,
) {
    let (name, value) = match option.split_once('=') {
        Some((name, value)) => (name, Some(OsString::from(value))),
        None => (option, None),
    };
    if let Some(letters) = name.strip_prefix('-').filter(|letters| !letters.starts_with('-')) {
        // `-D`, `-H tcp://…`, `-Htcp://…`, `-DH tcp://…`
        for (at, letter) in letters.char_indices() {
            let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == letter) else { continue };
            let joined = option.get(at + 1 + letter.len_utf8()..).unwrap_or_default();
            let joined = joined.strip_prefix('=').unwrap_or(joined);
            set(long, if joined.is_empty() { next() } else { Some(joined.into()) }, variables);
            return;
        }
    } else if WITH_VALUE.iter().any(|(known, _)| *known == name) {
        set(name, value.or_else(next), variables);
    } else if name == "--tlsverify" && value.is_none_or(|value| value == "true") {
        variables.push(("DOCKER_TLS_VERIFY", Some("1".into())));
    }
}

fn set(name: &str, value: Option<OsString>, variables: &mut Vec<(&'static str, Option<OsString>)>) {
    let variable = WITH_VALUE.iter().find(|(known, _)| *known == name).and_then(|(_, variable)| *variable);
    let (Some(variable), Some(value)) = (variable, value) else { return };
    if variable == "DOCKER_CONTEXT" {
        // The option wins over this variable, which would win over the other.
        variables.push(("DOCKER_HOST", None));
    }
    variables.push((variable, Some(value)));
}

/// Runs the command in this program begun anew: variables are read at the start.
fn anew(arguments: &[OsString], variables: Vec<(&'static str, Option<OsString>)>) -> ExitCode {
    let run = || -> Result<ExitCode, CommandError> {
        let mut command = own_program::command()?;
        command.args(arguments).stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        for (name, value) in variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        #[cfg(unix)]
        return Err(std::os::unix::process::CommandExt::exec(&mut command).into());
        #[cfg(not(unix))]
        {
            let code = command.status()?.code().and_then(|code| u8::try_from(code).ok());
            Ok(ExitCode::from(code.unwrap_or(3)))
        }
    };
    run().unwrap_or_else(|error| error.report(&mut Ui::new(false, false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(words: &str) -> (String, String) {
        let given: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        let Call::Command(arguments, variables) = understand(&given) else {
            return ("metadata".into(), "".into());
        };
        let arguments: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
        let variables: Vec<String> = variables
            .iter()
            .map(|(name, value)| match value {
                Some(value) => format!("{name}={}", value.to_string_lossy()),
                None => format!("no {name}"),
            })
            .collect();
        (arguments.join(" "), variables.join(" "))
    }

    #[test]
    fn dockers_own_options_are_told_apart() {
        for (words, arguments, variables) in [
            ("docker-cli-plugin-metadata", "metadata", ""),
            ("ecrpass doctor --client docker", "doctor --client docker", ""),
            ("ecrpass", "", ""),
            ("help ecrpass", "help", ""),
            ("help ecrpass doctor", "help doctor", ""),
            ("--config /c ecrpass status", "status", "DOCKER_CONFIG=/c"),
            ("--config=/c -D ecrpass status", "status", "DOCKER_CONFIG=/c"),
            ("-H unix:///s ecrpass doctor", "doctor", "DOCKER_HOST=unix:///s"),
            ("-Hunix:///s ecrpass doctor", "doctor", "DOCKER_HOST=unix:///s"),
            ("-DH unix:///s ecrpass doctor", "doctor", "DOCKER_HOST=unix:///s"),
            ("-H=unix:///s ecrpass doctor", "doctor", "DOCKER_HOST=unix:///s"),
            ("--context c ecrpass doctor", "doctor", "no DOCKER_HOST DOCKER_CONTEXT=c"),
            ("-c ecrpass ecrpass doctor", "doctor", "no DOCKER_HOST DOCKER_CONTEXT=ecrpass"),
            ("-l debug --tls --tlsverify --tlskey k ecrpass doctor", "doctor", "DOCKER_TLS_VERIFY=1"),
            ("--tlsverify=false ecrpass doctor", "doctor", ""),
            // Said to us directly, by that name.
            ("doctor ecrpass", "doctor ecrpass", ""),
            ("--version", "--version", ""),
            ("--config /c doctor", "--config /c doctor", ""),
        ] {
            assert_eq!(call(words), (arguments.to_owned(), variables.to_owned()), "{words}");
        }
    }

    #[test]
    fn by_another_name_nothing_changes() {
        let all: Vec<OsString> = ["/usr/bin/ecrpass", "ecrpass", "x"].map(OsString::from).to_vec();
        assert_eq!(arguments(all.clone()), Ok(all));
        let all: Vec<OsString> = ["/p/docker-ecrpass", "ecrpass", "x"].map(OsString::from).to_vec();
        assert_eq!(arguments(all), Ok(["/p/docker-ecrpass", "x"].map(OsString::from).to_vec()));
    }
}
