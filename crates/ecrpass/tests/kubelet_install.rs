//! `ecrpass kubelet install` and `restore` as processes, on nodes that are directories, with an ECR that is asked for real.

#![cfg(unix)]
#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{HOST, Home, text};
use ecrpass_local::LocalEcr;

const PLACE: &str = "etc/eks/image-credential-provider";

/// A provider that answers for every registry: quick to copy, unlike ours as it is built for tests.
const PROVIDER: &str = "#!/bin/sh
[ \"$1\" = --version ] && exit 0
cat > /dev/null
printf '{\"kind\":\"CredentialProviderResponse\",\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\",\"cacheKeyType\":\"Registry\",\"cacheDuration\":\"1h0m0s\",\"auth\":{\"*.dkr.ecr.*.amazonaws.com\":{\"username\":\"AWS\",\"password\":\"x\"},\"public.ecr.aws\":{\"username\":\"AWS\",\"password\":\"x\"}}}'
";

/// A node of EKS.
struct Node {
    ecr: LocalEcr,
    home: Home,
    /// What is installed, where it is not ours.
    program: Option<PathBuf>,
}

impl Node {
    fn new() -> Self {
        let mut node = Self::with_ours();
        node.home.script("provider", PROVIDER);
        node.program = Some(node.home.path("bin/provider"));
        node
    }

    /// With our provider, which asks the local ECR.
    fn with_ours() -> Self {
        let (ecr, home) = (LocalEcr::start().unwrap(), Home::bare());
        let env: Vec<_> = ecr
            .env()
            .into_iter()
            .chain([("AWS_ECR_CACHE_DIR".to_owned(), home.path("cache").display().to_string())])
            .map(|(name, value)| serde_json::json!({"name": name, "value": value}))
            .collect();
        let config = serde_json::json!({
            "apiVersion": "kubelet.config.k8s.io/v1",
            "kind": "CredentialProviderConfig",
            "providers": [{
                "name": "ecr-credential-provider",
                "matchImages": ["*.dkr.ecr.*.amazonaws.com", "public.ecr.aws"],
                "defaultCacheDuration": "12h",
                "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                "args": ["get-credentials"],
                "env": env,
            }],
        });
        home.write(&format!("node/{PLACE}/config.json"), &config.to_string(), 0o644);
        home.write(&format!("node/{PLACE}/ecr-credential-provider"), "upstream", 0o755);
        home.write("node/etc/os-release", "ID=\"amzn\"\n", 0o644);
        fs::set_permissions(home.path("node"), fs::Permissions::from_mode(0o755)).unwrap();
        Self { ecr, home, program: None }
    }

    fn root(&self) -> PathBuf {
        self.home.path("node")
    }

    fn provider(&self) -> PathBuf {
        self.root().join(PLACE).join("ecr-credential-provider")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let root = self.root().display().to_string();
        let mut command = self.home.command(&["kubelet", arguments[0], "--root", &root]);
        if let (Some(program), "install") = (&self.program, arguments[0]) {
            command.arg("--provider").arg(program);
        }
        command.args(&arguments[1..]);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn is_upstream(&self) -> bool {
        fs::read(self.provider()).unwrap() == b"upstream"
    }
}

#[test]
fn an_eks_node_gets_it_and_gives_it_back() {
    let node = Node::with_ours();
    let (code, stdout, _) = text(&node.run(&["install", "--check", HOST]));
    assert_eq!((code, stdout.as_str()), (Some(1), "To be installed: another program.\n"));
    let (code, stdout, stderr) = text(&node.run(&["install", HOST]));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains(&format!("verified: it logs in to {HOST}")), "{stdout}");
    assert_eq!(node.ecr.call_count("GetAuthorizationToken"), 1);
    assert_eq!(fs::metadata(node.provider()).unwrap().permissions().mode() & 0o7777, 0o755);
    // It is the provider, wherever it came from.
    let version = Command::new(node.provider()).arg("--version").output().unwrap();
    assert!(String::from_utf8_lossy(&version.stdout).contains("ecrpass"));
    let (code, stdout, _) = text(&node.run(&["install", HOST]));
    assert!(code == Some(0) && stdout.contains("Nothing to do"), "{stdout}");
    assert_eq!(text(&node.run(&["install", "--check", HOST])).0, Some(0));
    let (code, stdout, _) = text(&node.run(&["restore"]));
    assert!(code == Some(0) && stdout.contains("put back"), "{stdout}");
    assert!(node.is_upstream());
    assert_eq!(fs::read_dir(node.root().join(PLACE)).unwrap().count(), 2);
    assert!(text(&node.run(&["restore"])).1.contains("Nothing to do"));
}

#[test]
fn what_the_provider_says_is_repeated_and_nothing_changes() {
    let node = Node::with_ours();
    node.ecr.add_fault("deny:GetAuthorizationToken".parse().unwrap());
    let (code, _, stderr) = text(&node.run(&["install", HOST]));
    assert_eq!(code, Some(1));
    assert!(
        stderr.contains("iam-missing-get-authorization-token") && stderr.contains("--no-verify"),
        "{stderr}"
    );
    assert!(node.is_upstream());
    assert_eq!(text(&node.run(&["install", "--no-verify", HOST])).0, Some(0));
    assert!(!node.is_upstream());
}

#[test]
fn nodes_that_are_not_ours_are_left_alone() {
    let node = Node::new();
    node.home.write("node/etc/os-release", "NAME=Bottlerocket\nID=bottlerocket\n", 0o644);
    let (code, _, stderr) = text(&node.run(&["install"]));
    assert!(code == Some(1) && stderr.contains("Bottlerocket") && stderr.contains("Next: "), "{stderr}");
    node.home.write("node/etc/os-release", "ID=amzn\n", 0o644);
    let mut fargate = node.command(&["install"]);
    fargate.env("NODE_NAME", "fargate-ip-10-0-0-1.eu-west-1.compute.internal");
    let (code, _, stderr) = text(&fargate.output().unwrap());
    assert!(code == Some(1) && stderr.contains("pod execution role"), "{stderr}");
    assert!(node.is_upstream());
}

#[test]
fn tokens_change_the_configuration_and_the_kubelet_is_restarted() {
    let node = Node::new();
    node.home.script("systemctl", "#!/bin/sh\necho \"$*\" >> \"$HOME/services\"\n");
    let arguments = [
        "install",
        "--kubelet-version",
        "1.35",
        "--service-account-tokens",
        "--restart",
        "--watch",
        "1",
        HOST,
    ];
    let (code, stdout, stderr) = text(&node.run(&arguments));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("restarted: systemctl restart kubelet"), "{stdout}");
    let services = fs::read_to_string(node.home.path("services")).unwrap();
    assert!(services.starts_with("restart kubelet\nis-active --quiet kubelet\n"), "{services}");
    let config = fs::read_to_string(node.root().join(PLACE).join("config.json")).unwrap();
    assert!(config.contains("tokenAttributes") && config.contains("get-credentials"), "{config}");
    assert_eq!(text(&node.run(&["restore", "--restart", "--watch", "1"])).0, Some(0));
    assert!(
        !fs::read_to_string(node.root().join(PLACE).join("config.json")).unwrap().contains("tokenAttributes")
    );
}

#[test]
fn a_kubelet_that_does_not_come_back_gets_its_old_configuration() {
    let node = Node::new();
    let before = fs::read_to_string(node.root().join(PLACE).join("config.json")).unwrap();
    // It does not run with tokens.
    node.home.script(
        "systemctl",
        &format!(
            "#!/bin/sh\nPATH=/usr/bin:/bin\n[ \"$1\" = restart ] && exit 0\n! grep -q tokenAttributes {}\n",
            node.root().join(PLACE).join("config.json").display()
        ),
    );
    let arguments = [
        "install",
        "--kubelet-version",
        "1.35",
        "--service-account-tokens",
        "--restart",
        "--watch",
        "1",
        HOST,
    ];
    let (code, _, stderr) = text(&node.run(&arguments));
    assert!(
        code == Some(1) && stderr.contains("old configuration is in place again, and it runs"),
        "{stderr}"
    );
    assert_eq!(fs::read_to_string(node.root().join(PLACE).join("config.json")).unwrap(), before);
    assert!(!node.is_upstream(), "the program works with either");
}

#[test]
fn a_daemonset_stays_puts_right_and_takes_back() {
    let node = Node::new();
    let mut command = node.command(&["install", "--stay", "--every", "1", "--restore-on-exit", HOST]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(|| !node.is_upstream());
    // An update of the node's image puts its own back.
    replace(&node.provider(), "upstream 2");
    wait_until(|| fs::read(node.provider()).unwrap() != b"upstream 2");
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert!(child.wait().unwrap().success());
    assert_eq!(fs::read(node.provider()).unwrap(), b"upstream 2");
}

fn replace(path: &Path, content: &str) {
    let beside = path.with_extension("beside");
    fs::write(&beside, content).unwrap();
    fs::rename(beside, path).unwrap();
}

fn wait_until(is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(120), "in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Killed at random, and run again: the node always has one of the two providers.
#[test]
fn killed_at_random_moments_it_is_one_of_the_two() {
    let node = Node::new();
    for round in 0..12_u64 {
        let mut child =
            node.command(&["install", HOST]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(round * 7));
        let _ = child.kill();
        child.wait().unwrap();
        let now = fs::read(node.provider()).unwrap();
        assert!(now == b"upstream" || now == PROVIDER.as_bytes(), "{} bytes", now.len());
        if round % 3 == 2 {
            let _ = node.run(&["restore"]);
            assert!(node.is_upstream());
        }
    }
    assert_eq!(text(&node.run(&["install", HOST])).0, Some(0));
    assert_eq!(text(&node.run(&["restore"])).0, Some(0));
    assert!(node.is_upstream());
    assert_eq!(fs::read_dir(node.root().join(PLACE)).unwrap().count(), 2);
}

const TOKENS: [&str; 7] =
    ["install", "--kubelet-version", "1.35", "--service-account-tokens", "--restart", "--watch", "1"];

#[test]
fn a_run_that_is_killed_while_it_restarts_is_made_up_for() {
    let node = Node::new();
    node.home.script(
        "systemctl",
        "#!/bin/sh\nPATH=/usr/bin:/bin\necho \"$*\" >> \"$HOME/services\"\nif [ \"$1\" = restart ] && [ ! -e \"$HOME/once\" ]; then : > \"$HOME/once\"; kill -9 $PPID; fi\n",
    );
    let config = node.root().join(PLACE).join("config.json");
    let (code, _, _) = text(&node.run(&[&TOKENS[..], &[HOST]].concat()));
    assert_eq!(code, None, "killed");
    assert!(fs::read_to_string(&config).unwrap().contains("tokenAttributes"));
    let (code, stdout, _) = text(&node.run(&[&TOKENS[..], &["--check", HOST]].concat()));
    assert_eq!((code, stdout.as_str()), (Some(1), "To be done: systemctl restart kubelet.\n"));
    fs::write(node.home.path("services"), "").unwrap();
    let (code, stdout, stderr) = text(&node.run(&[&TOKENS[..], &[HOST]].concat()));
    assert!(code == Some(0) && stdout.contains("restarted: systemctl restart kubelet"), "{stdout}{stderr}");
    assert!(fs::read_to_string(node.home.path("services")).unwrap().starts_with("restart kubelet\n"));
    let (code, stdout, _) = text(&node.run(&[&TOKENS[..], &["--check", HOST]].concat()));
    assert_eq!((code, stdout.as_str()), (Some(0), "Everything is in place.\n"));
    // While it takes back, too.
    fs::remove_file(node.home.path("once")).unwrap();
    assert_eq!(text(&node.run(&["restore", "--restart", "--watch", "1"])).0, None, "killed");
    fs::write(node.home.path("services"), "").unwrap();
    assert_eq!(text(&node.run(&["restore", "--restart", "--watch", "1"])).0, Some(0));
    assert!(fs::read_to_string(node.home.path("services")).unwrap().starts_with("restart kubelet\n"));
    assert!(node.is_upstream());
    assert_eq!(fs::read_dir(node.root().join(PLACE)).unwrap().count(), 2);
}

#[test]
fn a_restart_that_was_left_to_somebody_is_said_until_it_is_seen() {
    let node = Node::new();
    let without: Vec<&str> = TOKENS[..4].iter().copied().chain([HOST]).collect();
    assert_eq!(text(&node.run(&without)).0, Some(0));
    let (code, stdout, _) = text(&node.run(&[&without[..], &["--check"]].concat()));
    assert!(code == Some(0) && stdout.contains("has to be restarted, unless that was done"), "{stdout}");
    let kubelet = |started: &str| {
        let path = "node/proc/7";
        node.home.write(&format!("{path}/cmdline"), "/usr/bin/kubelet\0", 0o644);
        let zeros = "0 ".repeat(18);
        node.home.write(&format!("{path}/stat"), &format!("7 (kubelet) S {zeros}{started} 0\n"), 0o644);
    };
    kubelet("1");
    let (code, stdout, _) = text(&node.run(&[&without[..], &["--check"]].concat()));
    assert_eq!((code, stdout.as_str()), (Some(1), "To be done: systemctl restart kubelet.\n"));
    kubelet("99999999999");
    let (code, stdout, _) = text(&node.run(&[&without[..], &["--check"]].concat()));
    assert_eq!((code, stdout.as_str()), (Some(0), "Everything is in place.\n"));
}

/// As on a disk that is full in the middle of the program.
#[test]
fn a_disk_that_is_full_stays_no_fuller() {
    let node = Node::new();
    node.home.script("provider", &format!("{PROVIDER}{}", "# padding\n".repeat(30_000)));
    let ours = node.command(&["install", HOST]);
    let mut limited = Command::new("/bin/sh");
    node.home.furnish(&mut limited);
    limited.args(["-c", "ulimit -f 100; exec \"$@\"", "sh"]).arg(ours.get_program()).args(ours.get_args());
    let (code, _, stderr) = text(&limited.output().unwrap());
    assert!(code == Some(3) && stderr.contains("cannot be replaced"), "{stderr}");
    assert!(node.is_upstream());
    assert_eq!(fs::read_dir(node.root().join(PLACE)).unwrap().count(), 2);
}

#[test]
fn what_has_to_stay_is_said_and_is_no_success() {
    let node = Node::new();
    fs::remove_file(node.provider()).unwrap();
    assert_eq!(text(&node.run(&["install", HOST])).0, Some(0));
    let (code, stdout, stderr) = text(&node.run(&["restore"]));
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stderr.contains("names it") && stderr.contains("Next: take its entry out of "), "{stderr}");
    assert!(node.provider().exists() && !stdout.contains("Nothing to do"), "{stdout}");
}

/// What the chart's pod has: root, and none of root's capabilities.
#[test]
fn it_takes_no_capability() {
    require_root();
    let node = Node::new();
    let ours = node.command(&["install", HOST]);
    let mut bare = Command::new("/usr/bin/setpriv");
    node.home.furnish(&mut bare);
    bare.args(["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]);
    bare.arg(ours.get_program()).args(ours.get_args());
    let (code, _, stderr) = text(&bare.output().unwrap());
    assert_eq!(code, Some(0), "{stderr}");
    assert!(!node.is_upstream());
}

#[test]
fn a_command_of_the_node_runs_in_the_nodes_root() {
    require_root();
    let home = Home::bare();
    let (code, stdout, stderr) = text(&home.run(&["kubelet", "inside", "/", "--", "/bin/sh", "-c", "pwd"]));
    assert_eq!((code, stdout.as_str()), (Some(0), "/\n"), "{stderr}");
    let (code, _, stderr) = text(&home.run(&["kubelet", "inside", "/nowhere", "--", "/bin/true"]));
    assert!(code == Some(3) && stderr.contains("/nowhere cannot be entered"), "{stderr}");
}

fn require_root() {
    assert!(rustix::process::geteuid().is_root(), "this test has to be run as root, as in `cargo xtask ci`");
}

#[test]
fn help_is_as_written() {
    let home = Home::bare();
    for arguments in [&["kubelet", "install"][..], &["kubelet", "restore"]] {
        let (code, stdout, _) = text(&home.run(&[arguments, &["--help"]].concat()));
        assert_eq!(code, Some(0));
        insta::assert_snapshot!(format!("{}-help", arguments.join("-")), stdout);
    }
}
