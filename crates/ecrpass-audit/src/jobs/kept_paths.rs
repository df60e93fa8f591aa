//! Whether what a job keeps holds a login or a password: paths of artifacts and caches against what is written there.

use crate::credential_path::{self, CredentialPath};
use crate::deed::What;
use crate::deeds::password;
use crate::host::Host;
use crate::known::Known;
use crate::pipeline::{Job, Kept, Step, Uses, written_to};
use crate::shell::{Command, Output, Script};

/// What a kept path holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A client's logins or the AWS keys.
    Credentials(CredentialPath),
    /// A file that a password was written to: by this command, of a script of the tree if it has a path.
    Password(Option<String>, std::ops::Range<usize>),
}

/// What a path that a job keeps holds.
pub fn held(job: &Job, kept: &Kept) -> Option<Holds> {
    kept.what.alternatives().find_map(|path| {
        let path = normalized(path);
        let left_out = |file: &str| kept.except.iter().any(|except| covers(&normalized(except), file));
        let mut files = passwords_in_files(job).into_iter();
        let written = files.find(|written| covers(&path, &written.file) && !left_out(&written.file));
        if let Some(written) = written {
            return Some(Holds::Password(written.path, written.bytes));
        }
        let of = directory_of_login(job, &path, &left_out)?;
        (of != CredentialPath::AwsSettings && logs_in(job, of, kept)).then_some(Holds::Credentials(of))
    })
}

/// Whether a path is or holds the place of logins: in a home, or where the job says that they are.
fn directory_of_login(job: &Job, path: &str, left_out: &dyn Fn(&str) -> bool) -> Option<CredentialPath> {
    let bare = path.trim_end_matches("/**").trim_end_matches("/*").trim_end_matches('/');
    let homes = ["~", "$HOME", "${HOME}", "/root", "/home/", "${{ env.HOME }}", "$(HOME)", "/github/home"];
    if homes.iter().any(|home| bare.starts_with(home)) {
        let is_left_out = || left_out(&format!("{bare}/config.json")) || left_out(bare);
        return credential_path::of(bare).filter(|_| !is_left_out());
    }
    if ["$DOCKER_CONFIG", "${DOCKER_CONFIG}", "${{ env.DOCKER_CONFIG }}", "$(DOCKER_CONFIG)"]
        .iter()
        .any(|name| bare.starts_with(name))
    {
        return Some(CredentialPath::Docker);
    }
    // A project's own folder is none, unless the job points there.
    let is_meant = configurations(job).iter().any(|value| {
        let value = normalized(value);
        let file = format!("{value}/config.json");
        !value.is_empty()
            && !left_out(&file)
            && (bare == value
                || value.starts_with(&format!("{bare}/"))
                || bare == file
                || (bare == "." || bare.contains("**")) && covers(path, &file))
    });
    is_meant.then_some(CredentialPath::Docker)
}

/// The directories and files that the job says clients keep their logins in.
fn configurations(job: &Job) -> Vec<String> {
    let is_named = |name: &str| matches!(name, "DOCKER_CONFIG" | "REGISTRY_AUTH_FILE");
    let of_steps = job.steps.iter().flat_map(|step| &step.variables);
    let settings = job.variables.iter().chain(of_steps).filter(|setting| is_named(&setting.name));
    let mut all: Vec<String> =
        settings.flat_map(|setting| setting.value.alternatives().map(str::to_owned)).collect();
    for script in scripts(job) {
        let login = script.commands.iter().rfind(|command| command.words.iter().any(|word| word.is("login")));
        let behind = login.map_or(usize::MAX, |login| login.bytes.end);
        let stays = |value: &str| !is_removed(script, &format!("{}/config.json", normalized(value)), behind);
        all.retain(|value: &String| stays(value));
        let set =
            script.variables.iter().filter(|(name, value)| is_named(name) && value.alternatives().all(stays));
        all.extend(set.flat_map(|(_, value)| value.alternatives().map(str::to_owned)));
        let handed_on = ["BASH_ENV", "GITHUB_ENV"].iter().flat_map(|file| written_to(script, file));
        let handed_on = handed_on.filter(|(name, _)| is_named(name));
        all.extend(
            handed_on.flat_map(|(_, value)| value.alternatives().map(str::to_owned).collect::<Vec<_>>()),
        );
        for command in &script.commands {
            let is_login = command.words.iter().any(|word| word.is("login"));
            for pair in command.words.windows(2).filter(|_| is_login) {
                if let [option, value] = pair
                    && matches!(option.raw.as_str(), "--config" | "--authfile")
                {
                    all.extend(value.value.alternatives().map(str::to_owned));
                }
            }
        }
    }
    all
}

/// The scripts of a job, and those of the tree that they run.
fn scripts(job: &Job) -> impl Iterator<Item = &Script> {
    job.steps.iter().flat_map(|step| {
        step.script().into_iter().chain(step.within.iter().map(|within| within.script.as_ref()))
    })
}

/// Whether the job makes or restores a login, or keys, that may be kept.
fn logs_in(job: &Job, of: CredentialPath, kept: &Kept) -> bool {
    let is_keeper =
        |step: &Step| step.uses().is_some_and(|uses| step.path.is_none() && uses.bytes == kept.by);
    let keeper = job.steps.iter().position(is_keeper);
    let saved = keeper.and_then(|at| Some((at, saved(job.steps.get(at)?.uses()?)?)));
    let steps = job.steps.iter().enumerate().filter(|(at, step)| {
        let is_later = saved.is_some_and(|(keeper, _)| *at > keeper);
        !step.is_off
            && match saved {
                Some((_, Saved::AtOnce)) => !is_later,
                Some((_, Saved::AtEnd)) => !is_later || !step.uses().is_some_and(logs_out_at_end),
                None => true,
            }
    });
    steps.flat_map(|(_, step)| &step.deeds).any(|deed| match &deed.what {
        What::Login { host, .. } => of == CredentialPath::Docker && may_be_of_ecr(host),
        What::Fetch { .. } | What::MayLogIn => of == CredentialPath::Docker,
        What::Credentials { .. } => of == CredentialPath::Aws,
        _ => false,
    })
}

/// Logins to other registries are theirs.
fn may_be_of_ecr(host: &Known) -> bool {
    host.is_unknown() || host.alternatives().any(|host| !matches!(Host::of_server(host), Host::Other(_)))
}

/// When an action of GitHub's keeps what is there.
#[derive(Clone, Copy)]
enum Saved {
    AtOnce,
    /// When the job ends: the steps clean up in the reverse order, so that later ones have logged out before.
    AtEnd,
}

fn saved(uses: &Uses) -> Option<Saved> {
    match uses.name.as_str() {
        "actions/upload-artifact" | "actions/cache/save" => Some(Saved::AtOnce),
        "actions/cache" => Some(Saved::AtEnd),
        _ => None,
    }
}

/// Whether a login action takes its login away when the job ends.
fn logs_out_at_end(uses: &Uses) -> bool {
    let stays = |name: &str, flag: &str| {
        uses.input(name)
            .is_some_and(|input| input.value.exactly().is_none_or(|value| value.eq_ignore_ascii_case(flag)))
    };
    match uses.name.as_str() {
        "aws-actions/amazon-ecr-login" => !stays("skip-logout", "true"),
        "docker/login-action" => !stays("logout", "false"),
        _ => false,
    }
}

/// A file with a password, and the command that writes it.
struct WrittenPassword {
    file: String,
    /// The script of the tree whose command it is.
    path: Option<String>,
    bytes: std::ops::Range<usize>,
}

/// The files that commands of the job, or of scripts that it runs, write a password to.
fn passwords_in_files(job: &Job) -> Vec<WrittenPassword> {
    let mut all = Vec::new();
    for step in job.active_steps() {
        let own = step.script().map(|script| (step.path.clone(), script));
        let within = step.within.iter().map(|within| (Some(within.path.clone()), within.script.as_ref()));
        for (path, script) in own.into_iter().chain(within) {
            let written = passwords_of(script).into_iter();
            all.extend(written.map(|(file, bytes)| WrittenPassword { file, path: path.clone(), bytes }));
        }
    }
    all
}

/// The files that commands of the job write a password to.
pub fn written_passwords(job: &Job) -> Vec<(String, std::ops::Range<usize>)> {
    let own = passwords_in_files(job).into_iter().filter(|written| written.path.is_none());
    own.map(|written| (written.file, written.bytes)).collect()
}

fn passwords_of(script: &Script) -> Vec<(String, std::ops::Range<usize>)> {
    let mut all = writes_of(script);
    all.retain(|(file, bytes)| !is_removed(script, file, bytes.end));
    all
}

/// Whether a script surely removes a file, or the directory that it is in, behind a place.
fn is_removed(script: &Script, file: &str, behind: usize) -> bool {
    let surely = |command: &&Command| !command.is_off && !command.is_conditional;
    let removals = script.commands.iter().filter(surely).filter(|command| {
        command.bytes.start >= behind && matches!(command.program(), "rm" | "shred" | "unlink")
    });
    let mut paths =
        removals.flat_map(|command| command.words.iter().skip(1)).flat_map(|word| word.value.alternatives());
    paths.any(|path| covers(&normalized(path), file))
}

fn writes_of(script: &Script) -> Vec<(String, std::ops::Range<usize>)> {
    let mut all = Vec::new();
    for (index, command) in script.commands.iter().enumerate().filter(|(_, command)| !command.is_off) {
        let is_password = match command.program() {
            "tee" => password::of_input(script, index).is_some(),
            _ => password::of_output(script, index).is_some(),
        };
        if !is_password {
            all.extend(copies(command).into_iter().map(|path| (path, command.bytes.clone())));
            continue;
        }
        if let Output::File(file) = &command.output {
            all.extend(file.value.alternatives().map(|path| (normalized(path), command.bytes.clone())));
        }
        if command.program() == "tee" {
            let files = command.words.iter().skip(1).filter(|word| !word.raw.starts_with('-'));
            all.extend(
                files
                    .flat_map(|word| word.value.alternatives())
                    .map(|path| (normalized(path), command.bytes.clone())),
            );
        }
    }
    all
}

/// Where a command copies logins or keys to.
fn copies(command: &Command) -> Vec<String> {
    let words: Vec<&str> =
        command.words.iter().skip(1).map(|word| word.shown()).filter(|word| !word.starts_with('-')).collect();
    let is_secret =
        |path: &&str| credential_path::of_host(path).is_some_and(|of| of != CredentialPath::AwsSettings);
    let Some((last, sources)) = words.split_last() else { return Vec::new() };
    match command.program() {
        "cp" | "mv" | "install" | "rsync" if !is_secret(last) => {
            let secret = sources.iter().copied().filter(is_secret);
            secret.flat_map(|source| copied_to(source, last)).collect()
        }
        "tar" | "zip" if words.iter().any(is_secret) => {
            let is_archive =
                |path: &&&str| [".tar", ".tgz", ".tar.gz", ".zip"].iter().any(|end| path.ends_with(end));
            words.iter().filter(is_archive).map(|path| normalized(path)).collect()
        }
        _ => Vec::new(),
    }
}

/// Where a file or directory may be after it was copied: that place, or in it, if it is a directory.
fn copied_to(source: &str, target: &str) -> Vec<String> {
    let name = |path: &str| path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let target = normalized(target);
    let inside = format!("{}/{}", target.trim_end_matches('/'), name(source));
    // The file with the logins in a directory that is copied as a whole.
    let of_directory = match credential_path::of(source) {
        Some(CredentialPath::Docker) if name(source) == ".docker" => Some("config.json"),
        Some(CredentialPath::Aws) if name(source) == ".aws" => Some("credentials"),
        _ => None,
    };
    let files = of_directory
        .map(|file| [format!("{}/{file}", target.trim_end_matches('/')), format!("{inside}/{file}")]);
    [target, inside].into_iter().chain(files.into_iter().flatten()).collect()
}

/// A path without what names the checkout's root in front.
fn normalized(path: &str) -> String {
    let mut path = path.trim().trim_matches(['"', '\'']);
    for root in [
        "./",
        // Where scripts begin. Buildkite takes one `$` away.
        "$PWD/",
        "${PWD}/",
        "$$PWD/",
        "$${PWD}/",
        "$(pwd)/",
        "$$(pwd)/",
        "`pwd`/",
        "$CI_PROJECT_DIR/",
        "${CI_PROJECT_DIR}/",
        "$GITHUB_WORKSPACE/",
        "${GITHUB_WORKSPACE}/",
        "${{ github.workspace }}/",
        "$BITBUCKET_CLONE_DIR/",
        "${BITBUCKET_CLONE_DIR}/",
        "$WORKSPACE/",
        "${WORKSPACE}/",
        "$CODEBUILD_SRC_DIR/",
        "${CODEBUILD_SRC_DIR}/",
        "$(Build.SourcesDirectory)/",
        "${Build.SourcesDirectory}/",
        "$(System.DefaultWorkingDirectory)/",
    ] {
        path = path.strip_prefix(root).unwrap_or(path);
    }
    path.trim_end_matches('/').to_owned()
}

/// Whether a kept path is that file, a directory above it, or a pattern for it.
fn covers(kept: &str, file: &str) -> bool {
    if file.is_empty() || file.starts_with("/dev/") || kept.is_empty() {
        return false;
    }
    // What is kept of the project's directory holds nothing that is elsewhere.
    if file.starts_with(['/', '~', '$']) && !kept.starts_with(['/', '~', '$']) {
        return false;
    }
    if !kept.contains('*') {
        return kept == file
            || kept == "." && !file.starts_with(['/', '~', '$'])
            || file.starts_with(&format!("{kept}/"));
    }
    let flat = kept.replace("**/", "*").replace("**", "*");
    ecrpass_core::wildcard::matches(&flat, file)
        || kept.starts_with("**/")
            && file.rsplit('/').next().is_some_and(|name| ecrpass_core::wildcard::matches(&flat, name))
}

/// Whether a value names a file that a password was written to.
pub fn is_written(job: &Job, path: &Known) -> Option<std::ops::Range<usize>> {
    let files = written_passwords(job);
    path.alternatives().find_map(|path| {
        let path = normalized(path);
        files.iter().find(|(file, _)| *file == path).map(|(_, bytes)| bytes.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_and_patterns_cover_files() {
        for (kept, file) in [
            ("/tmp/logs", "/tmp/logs/pw"),
            ("*.txt", "pw.txt"),
            ("build.env", "build.env"),
            (".", "a/b"),
            ("**/*.txt", "a/pw.txt"),
            ("out/**", "out/a/b"),
        ] {
            assert!(covers(kept, file), "{kept} {file}");
        }
        for (kept, file) in [
            ("/tmp/log", "/tmp/logs/pw"),
            ("*.log", "pw.txt"),
            ("build.env", "other.env"),
            ("*", "/dev/null"),
        ] {
            assert!(!covers(kept, file), "{kept} {file}");
        }
    }
}
