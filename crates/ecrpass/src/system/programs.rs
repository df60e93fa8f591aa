//! Programs on `PATH`: where they are, and running one without waiting for ever.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ecrpass_clients::client::{Client, HelperReply, Version};
use ecrpass_core::Secret;
use ecrpass_core::environment::Environment;
use ecrpass_diagnosis::installation::{NAMES, Shadow};
use ecrpass_system::program::{self, ProcessError};
use serde_json::Value;
use zeroize::Zeroizing;

/// The names of the helper: the first is ours alone, the second Amazon's, too.
pub const HELPERS: [&str; 2] = {
    let [own, common, _] = NAMES;
    [own, common]
};

/// The clients whose rules depend on their version.
const RULES_BY_VERSION: [Client; 4] = [Client::Docker, Client::Podman, Client::Skopeo, Client::Buildah];

/// How long a helper may take that is asked on the user's request.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a program may take to tell its version.
pub const SHORT_PATIENCE: Duration = Duration::from_secs(5);

/// The most that is read of a program's output, in bytes.
const MAX_OUTPUT: usize = 1024 * 1024;

/// The text that stands for "no credentials". Source: docker/docker-credential-helpers `credentials/error.go`.
pub const NOT_FOUND: &str = "credentials not found in native keychain";

/// What a program printed, and whether it succeeded.
pub struct Output {
    /// Whether it succeeded.
    pub success: bool,
    /// What it printed.
    pub stdout: Zeroizing<String>,
    /// What it complained about.
    pub stderr: Zeroizing<String>,
}

/// Runs a program to its end, for at most that long.
///
/// # Errors
/// Why it could not be run to its end.
pub fn run(command: &mut Command, input: &str, patience: Duration) -> Result<Output, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let end = Instant::now() + patience;
    let finished = program::run(command, input.as_bytes(), MAX_OUTPUT, end).map_err(|error| match error {
        ProcessError::Start(error) => format!("it cannot be run: {error}"),
        ProcessError::TooSlow => format!("it did not end within {} s", patience.as_secs()),
        error @ (ProcessError::TooMuch(_) | ProcessError::Io(_)) => error.to_string(),
    })?;
    let success = finished.status.success();
    Ok(Output { success, stdout: text(&finished.stdout), stderr: text(&finished.stderr) })
}

fn text(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(String::from_utf8_lossy(bytes).into_owned())
}

/// Runs `docker-credential-<suffix> get` and understands the answer as Go's clients do.
pub fn ask_helper(environment: &dyn Environment, suffix: &str, server_url: &str) -> HelperReply {
    let Some(program) = environment.on_path(&format!("docker-credential-{suffix}")) else {
        return HelperReply::Missing;
    };
    match run(Command::new(program).arg("get"), server_url, PATIENCE) {
        Err(why) => HelperReply::Failed(why),
        Ok(output) => understand(&output),
    }
}

fn understand(output: &Output) -> HelperReply {
    let text = output.stdout.trim();
    if !output.success {
        return if text == NOT_FOUND { HelperReply::NotFound } else { HelperReply::Failed(text.to_owned()) };
    }
    let Some((username, secret)) = credentials(text) else {
        return HelperReply::Failed("it answered with something other than JSON".to_owned());
    };
    match (username.as_str(), secret.expose()) {
        // Blank fields overwrite what the client had with nothing.
        (_, "") | ("", _) => HelperReply::Blank,
        ("<token>", _) => HelperReply::IdentityToken,
        (user, _) => HelperReply::Credentials(user.to_owned()),
    }
}

/// User name and secret of a helper's answer, empty where they are missing; `None` when it is not JSON.
pub fn credentials(stdout: &str) -> Option<(String, Secret)> {
    let fields: serde_json::Map<String, Value> = serde_json::from_str(stdout.trim()).ok()?;
    let field = |name: &str| {
        let found = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.as_str()).unwrap_or_default().to_owned()
    };
    Some((field("Username"), Secret::new(field("Secret"))))
}

/// The server URLs `docker-credential-<suffix> list` prints.
pub fn list_helper(environment: &dyn Environment, suffix: &str) -> Option<Vec<String>> {
    let program = environment.on_path(&format!("docker-credential-{suffix}"))?;
    let output = run(Command::new(program).arg("list"), "unused", PATIENCE).ok()?;
    let listed: serde_json::Map<String, Value> = serde_json::from_str(&output.stdout).ok()?;
    output.success.then(|| listed.into_iter().map(|(url, _)| url).collect())
}

/// The version of a client installed here, if its rules depend on one.
pub fn client_version(environment: &dyn Environment, client: Client, patience: Duration) -> Option<Version> {
    let program = client.program().filter(|_| RULES_BY_VERSION.contains(&client))?;
    let output = run(Command::new(environment.on_path(program)?).arg("--version"), "", patience).ok()?;
    Version::find(&output.stdout)
}

/// The versions of all of them. They are asked at once: most of their time is the start of a large program.
pub fn client_versions(environment: &dyn Environment) -> HashMap<Client, Version> {
    let ask = |client| client_version(environment, client, SHORT_PATIENCE);
    thread::scope(|scope| {
        let asked = RULES_BY_VERSION
            .map(|client| (client, thread::Builder::new().spawn_scoped(scope, move || ask(client))));
        let answer = |(client, thread): (Client, std::io::Result<thread::ScopedJoinHandle<'_, _>>)| {
            // Where no thread can be had, one is asked after the other.
            let version = thread.map_or_else(|_| ask(client), |thread| thread.join().ok().flatten());
            Some((client, version?))
        };
        asked.into_iter().filter_map(answer).collect()
    })
}

/// The command that calls a helper: by the name clients call it, whatever the name of its file.
#[cfg(unix)]
pub fn helper(program: &Path) -> Command {
    let mut command = Command::new(program);
    if program.file_stem().is_none_or(|name| !HELPERS.iter().any(|helper| name == *helper)) {
        use std::os::unix::process::CommandExt;
        command.arg0(HELPERS[0]);
    }
    command
}

/// The command that calls a helper. A program cannot be called by another name than its file's there.
#[cfg(not(unix))]
pub fn helper(program: &Path) -> Command {
    Command::new(program)
}

/// The helper that is on `PATH`, under the first of its names that is.
pub fn helper_on_path(environment: &dyn Environment) -> Option<PathBuf> {
    HELPERS.into_iter().find_map(|name| environment.on_path(name))
}

/// A helper's answer to a question about itself. It is nobody's business to write anything for that, which Amazon's does:
/// it begins its log before it looks at what it is asked, and goes on without one where none can be made. Source:
/// amazon-ecr-credential-helper 0.6.4, `config/log.go`.
///
/// # Errors
/// Why it could not be run to its end.
pub fn ask_about_itself(command: &mut Command, patience: Duration) -> Result<Output, String> {
    let nowhere = if cfg!(windows) { "NUL" } else { "/dev/null" };
    run(command.env("AWS_ECR_CACHE_DIR", nowhere).env("TMPDIR", nowhere), "", patience)
}

/// Whether a helper is ours, by what its `version` says.
pub fn is_ours(program: &Path) -> bool {
    ask_about_itself(helper(program).arg("version"), SHORT_PATIENCE)
        .is_ok_and(|output| output.stdout.contains("ecrpass"))
}

/// Whether so few files can be open that no program can be talked to, nor started.
fn has_no_descriptors() -> bool {
    // Three pipes, what the start itself takes, and three of the program that opens its libraries.
    let open = |_| std::fs::File::open("/dev/null");
    let opened: Result<Vec<_>, _> = (0..8).map(open).collect();
    opened.is_err_and(|error| matches!(error.raw_os_error(), Some(23 | 24)))
}

/// What to say when another program answers to one of these names in front of ours, or in its place: the ends of the
/// names, as configurations have them.
pub fn shadowing<'a>(
    environment: &dyn Environment,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    names.into_iter().find_map(|name| shadowed(environment, &format!("docker-credential-{name}")))
}

fn shadowed(environment: &dyn Environment, name: &str) -> Option<String> {
    let all = environment.all_on_path(name);
    let (first, others) = all.split_first()?;
    // What could not be asked is not judged.
    if is_ours(first) || has_no_descriptors() {
        return None;
    }
    let shown = |path: &PathBuf| path.display().to_string();
    let shadow = Shadow {
        first: shown(first),
        behind: others.iter().find(|path| is_ours(path)).map(shown),
        otherwise: environment.on_path(HELPERS[0]).filter(|path| is_ours(path)).as_ref().map(shown),
    };
    Some(shadow.note())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(success: bool, stdout: &str) -> HelperReply {
        let stdout = Zeroizing::new(stdout.to_owned());
        understand(&Output { success, stdout, stderr: Zeroizing::default() })
    }

    #[test]
    fn answers_are_understood_as_clients_understand_them() {
        for (success, stdout, expected) in [
            (true, r#"{"Username":"AWS","Secret":"s"}"#, HelperReply::Credentials("AWS".to_owned())),
            (true, r#"{"username":"AWS","SECRET":"s"}"#, HelperReply::Credentials("AWS".to_owned())),
            (true, r#"{"Username":"<token>","Secret":"s"}"#, HelperReply::IdentityToken),
            (true, "{}", HelperReply::Blank),
            (false, "credentials not found in native keychain\r\n", HelperReply::NotFound),
            (
                true,
                "credentials not found in native keychain",
                HelperReply::Failed("it answered with something other than JSON".to_owned()),
            ),
            (false, "no: credentials not found", HelperReply::Failed("no: credentials not found".to_owned())),
        ] {
            assert_eq!(answer(success, stdout), expected, "{stdout}");
        }
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let started = Instant::now();
        let result = run(Command::new("sleep").arg("60"), "", Duration::from_millis(200));
        assert!(result.is_err_and(|why| why.contains("did not end")));
        // Nor is one waited for that it left behind.
        let result = run(Command::new("sh").args(["-c", "sleep 60 & echo x"]), "", Duration::from_secs(10));
        assert!(result.is_ok_and(|output| output.stdout.as_str() == "x\n"));
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}
