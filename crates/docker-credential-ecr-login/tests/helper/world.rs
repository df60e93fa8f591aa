//! A home directory, a local ECR and the helper, for one test.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ecrpass_local::LocalEcr;
use tempfile::TempDir;

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
}

impl World {
    /// With the local ECR's own key in the environment.
    pub fn new() -> Self {
        let mut world = Self::without_credentials();
        world.variables = world.ecr.env();
        world
    }

    /// With endpoints, but no credentials of any kind.
    pub fn without_credentials() -> Self {
        let ecr = LocalEcr::start().unwrap();
        let mut world = Self { variables: ecr.env(), ecr, home: tempfile::tempdir().unwrap() };
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_docker-credential-ecr-login"));
        command.arg(action).env_clear().env("HOME", self.home.path());
        let bin = self.path("bin");
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn start(&self, action: &str, input: &[u8]) -> Child {
        let mut child = self
            .command(action)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The child may be gone, or may not want it.
        let _ = child.stdin.take().unwrap().write_all(input);
        child
    }

    pub fn run(&self, action: &str, input: &str) -> Run {
        finish(self.start(action, input.as_bytes()))
    }

    pub fn get(&self, host: &str) -> Run {
        self.run("get", host)
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

pub fn finish(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// How long something may take that cannot fail to happen; only a hang ever takes so long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until a helper pauses between two looks at the lock that another one holds; it sleeps nowhere else.
pub fn wait_until_it_waits(child: &Child) {
    let path = format!("/proc/{}/wchan", child.id());
    let started = Instant::now();
    while !fs::read_to_string(&path).unwrap().contains("nanosleep") {
        assert!(started.elapsed() < PATIENCE, "process {} does not wait for the lock", child.id());
        std::thread::sleep(Duration::from_millis(2));
    }
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
