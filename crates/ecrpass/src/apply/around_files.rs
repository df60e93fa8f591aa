//! What is wrong around the configurations: who can read them, whose they are, and a variable that shadows them.

use std::path::{Path, PathBuf};

use ecrpass_clients::client::ClientEnvironment;
use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_core::environment::Environment;
use ecrpass_core::time::duration;
use ecrpass_core::{CommandLine, DiagnosisId, Registry};
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::finding::{
    Action, Applicability, Confidence, Details, Evidence, Finding, Fix, Severity,
};
use ecrpass_json::Document;

use super::outcome::FileOutcome;
use crate::error::CommandError;
use crate::system::machine::LocalMachine;

/// The variable that holds a configuration.
const VARIABLE: &str = "DOCKER_AUTH_CONFIG";

/// What is done about a file that others can read.
pub const MAKE_PRIVATE: &str = "make it readable by its owner only";

/// A file with passwords in it that others can read; what to say about it.
#[cfg(unix)]
pub fn mode(path: &Path, outcome: &FileOutcome, environment: &dyn Environment) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let has_passwords = match outcome {
        FileOutcome::Invalid(_) => false,
        FileOutcome::Repaired { repair, .. } => {
            let format = crate::system::files::format_of(path, environment);
            let config = DockerConfig::read(&repair.document, format);
            config.auths.iter().any(|entry| !entry.credentials.is_empty())
        }
        FileOutcome::Secrets(renewed) => renewed.have_passwords(),
    };
    let metadata = path.metadata().ok()?;
    let mode = metadata.mode() & 0o777;
    let is_ours = metadata.uid() == rustix::process::geteuid().as_raw();
    (has_passwords && is_ours && mode & 0o077 != 0)
        .then(|| format!("others on this machine can read the passwords in it (mode {mode:o})"))
}

/// Windows keeps a profile's files from others by itself.
#[cfg(not(unix))]
pub fn mode(_: &Path, _: &FileOutcome, _: &dyn Environment) -> Option<String> {
    None
}

/// Takes the rights of group and others away.
#[cfg(unix)]
pub fn make_private(path: &Path) -> Result<(), CommandError> {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let private = fs::metadata(path)
        .and_then(|metadata| fs::set_permissions(path, Permissions::from_mode(metadata.mode() & 0o700)));
    private.map_err(|error| {
        let what = format!("{} cannot be made private", path.display());
        // As its owner, or as root; where the file system is read-only, `io` says what to do.
        let command = CommandLine::shell("sudo chmod go=").path(path.display().to_string());
        CommandError::io(&what, error, command.to_string())
    })
}

#[cfg(not(unix))]
pub fn make_private(_: &Path) -> Result<(), CommandError> {
    Ok(())
}

/// A file that others can read, as a finding.
pub fn mode_finding(path: &Path, problem: String, applied: bool) -> Finding {
    let command = CommandLine::shell("chmod go=").path(path.display().to_string());
    let fix = Fix::new(MAKE_PRIVATE, Applicability::Safe, Action::Run(command));
    let source = path.display().to_string();
    let explanation = problem.clone();
    finding(
        DiagnosisId::ConfigFilePermission,
        Severity::Warning,
        problem,
        explanation,
        source,
        Fix { applied, ..fix },
    )
}

/// Everything else that is wrong around these files.
pub fn findings(machine: &LocalMachine<'_>, files: &[PathBuf]) -> Vec<Finding> {
    let owners = files.iter().filter_map(|path| owner(path));
    owners.chain(variable(machine)).collect()
}

/// A file of somebody else's in our home, as `sudo docker login` leaves it.
#[cfg(unix)]
fn owner(path: &Path) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt;
    let metadata = path.metadata().ok()?;
    let owner = metadata.uid();
    let us = rustix::process::geteuid().as_raw();
    if owner == us {
        return None;
    }
    let shown = path.display();
    let title = format!("{shown} belongs to user {owner}, not to you (user {us})");
    let (explanation, fix) = if us == 0 {
        // Root writes anywhere, and what it writes becomes another's login.
        (
            format!("It is the configuration of user {owner}: HOME is theirs, as with sudo."),
            Fix::by_hand(format!(
                "if it is to be changed for them, run this as user {owner}; else set HOME to your own"
            )),
        )
    } else {
        let explanation = if metadata.mode() & 0o002 != 0 {
            "Its owner and everybody else can put logins there or take them away; `sudo docker login` causes this."
        } else {
            "docker cannot write its logins there; `sudo docker login` causes this."
        };
        let chown = CommandLine::shell("sudo chown").word(us.to_string()).word(shown.to_string());
        (explanation.to_owned(), Fix::run("take ownership of it", chown))
    };
    Some(finding(
        DiagnosisId::ConfigFilePermission,
        Severity::Warning,
        title,
        explanation,
        shown.to_string(),
        fix,
    ))
}

#[cfg(not(unix))]
fn owner(_: &Path) -> Option<Finding> {
    None
}

/// An ECR login in the variable, which wins over files and helpers and lasts twelve hours.
fn variable(machine: &LocalMachine<'_>) -> Option<Finding> {
    let document = Document::parse(&machine.nonempty_var(VARIABLE)?).ok()?;
    let config = DockerConfig::read(&document, Format::Current);
    let now = ecrpass_aws::clock::now();
    let entry = config.auths_in_force().find(|entry| Registry::parse(&entry.key).is_ok())?;
    let (id, severity, state) = match entry.credentials.expires_at() {
        Some(at) if at <= now => {
            (DiagnosisId::TokenExpired, Severity::Error, format!("expired {} ago", duration(now - at)))
        }
        Some(at) => (
            DiagnosisId::StaleAuthEntry,
            Severity::Warning,
            format!("is good for another {}", duration(at - now)),
        ),
        None => (DiagnosisId::StaleAuthEntry, Severity::Warning, "does not say when it expires".to_owned()),
    };
    let title = format!("{VARIABLE} holds a login for {} that {state}", entry.key);
    let explanation = "docker 28.3 and newer use it before any file or helper; nothing renews it.";
    let fix = Fix::run(
        "unset the variable, or remove the registry from it",
        CommandLine::shell("unset").shell_word(VARIABLE),
    );
    Some(finding(id, severity, title, explanation.to_owned(), VARIABLE.to_owned(), fix))
}

fn finding(
    id: DiagnosisId,
    severity: Severity,
    title: String,
    explanation: String,
    source: String,
    fix: Fix,
) -> Finding {
    let evidence =
        vec![Evidence { source, line: None, column: None, text: title.clone(), mark: None, label: None }];
    Finding {
        severity,
        title,
        explanation,
        impact: None,
        after: None,
        help: "ecrpass fix --help".to_owned(),
        ..catalogue::find(id).found(Confidence::Certain, evidence, Details::default(), vec![fix])
    }
}
