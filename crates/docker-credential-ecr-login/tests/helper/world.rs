//! A home directory, a local ECR and the helper, for one test.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ecrpass_local::LocalEcr;
use tempfile::TempDir;

use crate::tally;

pub const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
pub const NOT_FOUND: &str = "credentials not found in native keychain";

/// What a run of the helper left behind.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The password of a successful `get`.
    pub fn password(&self) -> String {
        assert_eq!(self.code, Some(0), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert_eq!(self.stderr, "");
        let answer: serde_json::Value = serde_json::from_str(&self.stdout).unwrap();
        assert_eq!(answer["Username"], "AWS");
        answer["Secret"].as_str().unwrap().to_owned()
    }

    /// The slug of a refused `get`, after checking that the line stands in both places.
    pub fn slug(&self) -> String {
        assert_eq!(self.code, Some(1), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert_eq!(self.stdout, self.stderr);
        let rest = self.stderr.strip_prefix("ecr-login: [").unwrap_or_else(|| panic!("{}", self.stderr));
        assert_eq!(self.stderr.trim_end().lines().count(), 1, "{}", self.stderr);
        assert!(rest.contains(" Next: "), "{rest}");
        rest.split(']').next().unwrap().to_owned()
    }
}

pub struct World {
    pub ecr: LocalEcr,
    pub home: TempDir,
    pub variables: Vec<(String, String)>,
    /// Where the helper is run; the home otherwise.
    pub directory: Option<PathBuf>,
}

impl World {
    /// Around an ECR of one's own making, with its key in the environment.
    pub fn of(ecr: LocalEcr) -> Self {
        Self { variables: ecr.env(), ecr, home: tempfile::tempdir().unwrap(), directory: None }
    }

    /// With the local ECR's own key in the environment.
    pub fn new() -> Self {
        let mut world = Self::without_credentials();
        world.variables = world.ecr.env();
        world
    }

    /// A copy of the helper that every user can start. Another process writes it: a file that this one has open for
    /// writing may be inherited by the children of other threads, and then nobody can start it.
    pub fn program_for_everybody(&self) -> PathBuf {
        let program = self.path("program");
        let install = Command::new("install").args(["-m", "755"]).arg(helper()).arg(&program).status();
        assert!(install.unwrap().success());
        fs::set_permissions(self.home.path(), Permissions::from_mode(0o755)).unwrap();
        program
    }

    /// With endpoints, but no credentials of any kind.
    pub fn without_credentials() -> Self {
        let ecr = LocalEcr::start().unwrap();
        let mut world =
            Self { variables: ecr.env(), ecr, home: tempfile::tempdir().unwrap(), directory: None };
        world.unset("AWS_ACCESS_KEY_ID");
        world.unset("AWS_SECRET_ACCESS_KEY");
        world.set("AWS_EC2_METADATA_DISABLED", "true");
        world
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub fn unset(&mut self, name: &str) {
        self.variables.retain(|(other, _)| other != name);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A program. Another process writes it: a file that is open here for writing may be inherited by what another
    /// test starts at that moment, and cannot be executed ("text file busy") until that has closed it.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut writer = Command::new("/bin/sh")
            .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        writer.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(writer.wait().unwrap().success());
        path
    }

    /// The AWS config file, with the endpoints of the local ECR.
    pub fn aws_config(&self, text: &str) {
        self.write(".aws/config", text);
    }

    /// The helper's own configuration.
    pub fn config(&self, text: &str) {
        self.write(".config/ecrpass/config.toml", text);
    }

    pub fn command(&self, action: &str) -> Command {
        let mut command = Command::new(helper());
        command.arg(action);
        self.surround(command)
    }

    /// The helper, run by another program (`strace`, `unshare`), with what that one is told before.
    pub fn command_below(&self, program: &str, arguments: &[&str], action: &str) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).arg(helper()).arg(action);
        self.surround(command)
    }

    pub fn surround(&self, mut command: Command) -> Command {
        // Also the place that a relative path leads to.
        let directory = self.directory.as_deref().unwrap_or(self.home.path());
        command.env_clear().env("HOME", self.home.path()).current_dir(directory);
        let bin = self.path("bin");
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// A `get` that has to end by itself: what it left behind, and how long it took.
    pub fn timed(&self, host: &str) -> (Run, Duration) {
        let started = Instant::now();
        let run = self.get(host);
        (run, started.elapsed())
    }

    /// A `get` that has to end by itself and may take 30 MB of memory for itself: with more it ends by a signal.
    pub fn timed_within_memory(&self, host: &str) -> (Run, Duration) {
        let script = "ulimit -d 30000; exec \"$0\" \"$1\"";
        let started = Instant::now();
        let run = finish(start(self.command_below("sh", &["-c", script], "get"), host.as_bytes()));
        (run, started.elapsed())
    }

    pub fn start(&self, action: &str, input: &[u8]) -> Child {
        start(self.command(action), input)
    }

    pub fn run(&self, action: &str, input: &str) -> Run {
        finish(self.start(action, input.as_bytes()))
    }

    pub fn get(&self, host: &str) -> Run {
        self.run("get", host)
    }

    /// The token of a successful `get` with the key in the environment; one that AWS issued to that key, and that is not
    /// over.
    pub fn token(&self, run: &Run) -> String {
        let token = run.password();
        tally::count(tally::TOKENS, 1);
        let key = self.variables.iter().find(|(name, _)| name == "AWS_ACCESS_KEY_ID");
        let key = key.map(|(_, value)| value.clone()).unwrap_or_default();
        let issued = self.ecr.issued_to(&token);
        let good = issued.as_ref().is_some_and(|(to, until)| *to == key && *until > self.ecr.now());
        if !good {
            tally::count(tally::WRONG, 1);
        }
        assert!(good, "{issued:?} for {key} at {}", self.ecr.now());
        token
    }

    /// How often AWS was asked for a token.
    pub fn token_calls(&self) -> u64 {
        self.ecr.call_count("GetAuthorizationToken")
    }

    pub fn tokens(&self) -> PathBuf {
        self.path(".ecr/tokens")
    }

    /// The cached tokens' files.
    pub fn token_files(&self) -> Vec<PathBuf> {
        files(&self.tokens(), "json")
    }

    /// Changes numbers in the one cached token, as if it were older or another's.
    pub fn age(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let [path] = self.token_files().try_into().unwrap();
        let mut entry = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut entry);
        fs::write(&path, serde_json::to_vec(&entry).unwrap()).unwrap();
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path(".ecr/log/ecr-login.log")).unwrap_or_default()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        tally::say();
    }
}

/// Takes the key out of the environment.
pub fn no_key(world: &mut World) {
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        world.unset(name);
    }
}

/// The program under test: the one just built, or another build of it.
pub fn helper() -> OsString {
    std::env::var_os("HELPER_UNDER_TEST")
        .unwrap_or_else(|| env!("CARGO_BIN_EXE_docker-credential-ecr-login").into())
}

/// Moves a cached token in time by every clock, as if the test had waited.
pub fn shift(entry: &mut serde_json::Value, seconds: i64) {
    for name in ["issued_at", "since_boot", "aws_time", "aws_expires_at"] {
        if let Some(at) = entry[name].as_i64() {
            entry[name] = (at + seconds).into();
        }
    }
}

pub fn start(mut command: Command, input: &[u8]) -> Child {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // The child may be gone, or may not want it.
    let _ = child.stdin.take().unwrap().write_all(input);
    child
}

pub fn finish(child: Child) -> Run {
    tally::count(tally::RUNS, 1);
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// How long something may take that cannot fail to happen; only a hang ever takes so long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a run may take beyond its deadline.
pub const GRACE: Duration = Duration::from_millis(500);

/// Holds what something takes, as it says itself, to a limit. Up to three times: what is late by nature is late each
/// time, what a busy machine delays is not.
pub fn in_time(limit: Duration, what: &str, mut run: impl FnMut() -> Duration) {
    let mut took = Vec::new();
    tally::count(tally::TIMED, 1);
    for _ in 0..3 {
        took.push(run());
        if took.last().is_some_and(|time| *time <= limit) {
            return;
        }
    }
    tally::count(tally::LATE, 1);
    panic!("{what} took {took:?}, and may take {limit:?}");
}

/// Does something with each of many, several at a time: most of them wait for something that computes nothing.
pub fn several_at_a_time<T: Send>(all: Vec<T>, act: impl Fn(T) + Sync) {
    let left = Mutex::new(all);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some(one) = next else { break };
                    act(one);
                }
            });
        }
    });
}

/// Waits until the kernel's clock of processes has moved on, so that whoever was started before came before what
/// happens now.
pub fn let_a_tick_pass() {
    std::thread::sleep(Duration::from_millis(25));
}

/// Waits for what cannot fail to happen.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether a process is there and runs; one that ended may still wait to be noticed.
pub fn is_running(id: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Sends a signal to a process.
pub fn signal(id: &str, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), id.trim()]).status().unwrap().success());
}

/// Ends a test that needs what only root may do. `cargo xtask ci` runs as root, and so does CI.
pub fn require_root() {
    let is_root = std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").unwrap()) == 0;
    assert!(is_root, "this test changes owners, mounts and clocks: run it as root");
}

/// A line that `cargo xtask attack` collects.
#[expect(clippy::print_stdout, reason = "the harness shows it where it was asked to")]
pub fn attacked(what: &str) {
    tally::say();
    println!("attacked: {what}");
}

/// Whether a token's file holds all of a token.
pub fn is_whole(path: &Path) -> bool {
    let entry: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap_or_default();
    entry["version"].is_u64()
        && entry["key"].as_str().is_some_and(|key| path.file_stem().is_some_and(|stem| stem == key))
        && entry["password"].as_str().is_some_and(|password| !password.is_empty())
        && entry["hosts"].is_array()
}

pub fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}
