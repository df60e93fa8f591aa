//! The helper for Windows: those of its tests that are about the protocol and the cache, run by a program that gives it the
//! test's home as `%USERPROFILE%`; and what only Windows has.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use ecrpass_local::LocalEcr;
use serde_json::Value;

use super::world::{Said, WINE, World, of_windows, said};
use crate::command::say;
use crate::helper_tests::{self, NotRun};

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// The names that it is called by, as docker's and as the kubelet's.
pub const NAMES: [&str; 2] = ["docker-credential-ecr-login", "ecr-credential-provider"];

/// Those of its tests that are about what Windows has not, and what that is.
const NOT_RUN: &[NotRun] = &[
    ("protocol::a_delegate_answers_for_everybody_else", "its other helper is a script of Unix"),
    (
        "protocol::closed_streams_neither_hang_nor_panic",
        "closed and full streams are made by a shell of Unix",
    ),
    ("contract::root_in_a_users_home_leaves_nothing_there", "there is no root"),
    ("cache::files_are_for_their_owner_alone", "there are no modes"),
    ("cache::files_that_others_could_have_touched_are_a_miss", "there are no modes"),
    ("cache::the_kernels_keyring_keeps_tokens_off_the_disk", "there is no such keyring"),
    (
        "provider_protocol::without_a_home_the_profiles_of_the_user_database_are_found",
        "there is no such user database",
    ),
];

/// How long something may take that cannot fail to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a program with the home of `UNIX_HOME`: Wine sets `USERPROFILE` itself, whatever it is given.
pub const START: &str = r#"#include <windows.h>
#include <wchar.h>
int wmain(void) {
    static wchar_t home[32768] = L"Z:";
    DWORD length = GetEnvironmentVariableW(L"UNIX_HOME", home + 2, 32000);
    for (wchar_t *c = home; *c; c++) if (*c == L'/') *c = L'\\';
    SetEnvironmentVariableW(L"USERPROFILE", length ? home : NULL);
    SetEnvironmentVariableW(L"UNIX_HOME", NULL);
    wchar_t *line = GetCommandLineW();
    wchar_t end = *line == L'"' ? *line++ : L' ';
    while (*line && *line != end) line++;
    if (*line == L'"') line++;
    while (*line == L' ') line++;
    STARTUPINFOW how = { .cb = sizeof how, .dwFlags = STARTF_USESTDHANDLES };
    how.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    how.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    how.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    PROCESS_INFORMATION it;
    if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &how, &it)) return 111;
    /* Else a pipe that the program closes would stay open. */
    CloseHandle(how.hStdInput); CloseHandle(how.hStdOutput); CloseHandle(how.hStdError);
    WaitForSingleObject(it.hProcess, INFINITE);
    DWORD code = 112;
    GetExitCodeProcess(it.hProcess, &code);
    return (int)code;
}
"#;

/// Runs its tests, and tries what they do not.
pub fn run(world: &World, bin: &Path) -> Result<()> {
    helper_tests::run(&script(world, bin)?, NOT_RUN)?;
    at_home(world, &bin.join(format!("{}.exe", NAMES[0])))?;
    say("  under Wine: protocol and cache");
    Ok(())
}

/// A script that the tests take for the helper: it runs the program of the name that it is called by itself.
fn script(world: &World, bin: &Path) -> Result<PathBuf> {
    let script = bin.join(NAMES[0]);
    let text = format!(
        "#!/bin/sh\nUNIX_HOME=\"$HOME\" WINEPREFIX='{}' WINEDEBUG=-all exec {WINE} '{}' '{}\\'\"${{0##*/}}.exe\" \"$@\"\n",
        world.prefix().display(),
        bin.join("start.exe").display(),
        of_windows(bin),
    );
    fs::write(&script, text)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    Ok(script)
}

/// A helper and its ECR.
struct Helper<'a> {
    world: &'a World,
    program: &'a Path,
    ecr: LocalEcr,
}

impl Helper<'_> {
    fn command(&self, action: &str) -> Command {
        let mut command = self.world.command(self.program);
        command.arg(action).envs(self.ecr.env());
        command
    }

    fn run(&self, action: &str, input: &str) -> Result<Said> {
        said(&mut self.command(action), input.as_bytes())
    }

    /// The password in an answer.
    fn token(&self, said: &Said) -> Result<String> {
        let answer: Value = serde_json::from_str(&said.stdout).with_context(|| format!("{said:?}"))?;
        let field = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        ensure!(field("Username") == "AWS" && said.code == Some(0), "the user is `{}`", field("Username"));
        ensure!(self.ecr.issued_to(&field("Secret")).is_some(), "that is no token of the local ECR");
        Ok(field("Secret"))
    }

    fn calls(&self) -> u64 {
        self.ecr.call_count("GetAuthorizationToken")
    }
}

/// With the home that Windows itself names, and as a shell of Windows ends its lines.
fn at_home(world: &World, program: &Path) -> Result<()> {
    let helper = Helper { world, program, ecr: LocalEcr::start()? };
    let version = helper.run("version", "")?;
    ensure!(version.stdout.contains(env!("CARGO_PKG_VERSION")), "version: {version:?}");
    let crowd: Result<Vec<Said>> = std::thread::scope(|scope| {
        let ask = || helper.run("get", &format!("{HOST}\r\n"));
        let all: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        all.into_iter().map(|one| one.join().map_err(|_| anyhow::anyhow!("a thread failed"))?).collect()
    });
    let crowd = crowd?;
    let token = helper.token(crowd.first().context("nobody asked")?)?;
    for said in &crowd {
        ensure!(helper.token(said)? == token, "a crowd got different tokens");
    }
    ensure!(helper.calls() == 1, "{} calls for a crowd", helper.calls());
    ensure!(world.home.join(".ecr/tokens").is_dir(), "no cache below %USERPROFILE%");
    ensure!(helper.run("list", "")?.stdout.contains(HOST), "the registry is not listed");
    ensure!(helper.run("erase", HOST)?.code == Some(0), "erase failed");
    let again = helper.run("get", HOST)?;
    ensure!(helper.token(&again)? != token && helper.calls() == 2, "the token was not forgotten");
    never_closed(&helper)
}

/// Who asks, and does not close its end.
fn never_closed(helper: &Helper<'_>) -> Result<()> {
    let settings = helper.world.home.join(".config/ecrpass/config.toml");
    fs::create_dir_all(settings.parent().context("it has a directory")?)?;
    fs::write(&settings, "deadline = \"1500ms\"\r\n")?;
    let mut command = helper.command("get");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let open = child.stdin.take();
    let started = Instant::now();
    while child.try_wait()?.is_none() {
        if started.elapsed() > PATIENCE {
            child.kill()?;
            anyhow::bail!("input that nobody closes is waited for beyond the deadline");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(open);
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.code() == Some(1) && text.contains("not closed in time"), "`{text}`");
    fs::remove_file(settings)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One that is skipped by a name that it has no more would be run, and nobody would know which was meant.
    #[test]
    fn what_is_not_run_is_there() {
        let directory = crate::command::root().join("crates/docker-credential-ecr-login/tests/helper");
        for (test, _) in NOT_RUN.iter().chain([&helper_tests::OF_TEST_BUILDS]) {
            let (module, name) = test.split_once("::").unwrap();
            let text = fs::read_to_string(directory.join(format!("{module}.rs"))).unwrap();
            assert!(text.contains(&format!("fn {name}()")), "{test}");
            assert!(helper_tests::TESTS.contains(&format!("{module}::").as_str()), "{test}");
        }
    }
}
