//! Where this process is: user, home, container, CI, variables, and the programs a pull needs.

use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_diagnosis::facts::{Installed, MachineFacts, Program, Variable};
use ecrpass_system::real_path;

use super::os_release;
use super::program_file::{is_executable, owner, replaceable};
use crate::system::{placement, programs};

/// The variables that decide about credentials, registries and the way there. Of those marked, not even the value's
/// shape is kept.
const VARIABLES: [(&str, bool); 47] = [
    ("AWS_ACCESS_KEY_ID", true),
    ("AWS_SECRET_ACCESS_KEY", true),
    ("AWS_SESSION_TOKEN", true),
    ("AWS_SECURITY_TOKEN", true),
    ("AWS_PROFILE", false),
    ("AWS_DEFAULT_PROFILE", false),
    ("AWS_REGION", false),
    ("AWS_DEFAULT_REGION", false),
    ("AWS_ROLE_ARN", false),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", false),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", true),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", false),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", true),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", false),
    ("AWS_CONFIG_FILE", false),
    ("AWS_SHARED_CREDENTIALS_FILE", false),
    ("AWS_ENDPOINT_URL", false),
    ("AWS_ENDPOINT_URL_ECR", false),
    ("AWS_ENDPOINT_URL_ECR_PUBLIC", false),
    ("AWS_ENDPOINT_URL_STS", false),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", false),
    ("AWS_CA_BUNDLE", false),
    ("AWS_EC2_METADATA_DISABLED", false),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", false),
    ("AWS_USE_FIPS_ENDPOINT", false),
    ("AWS_USE_DUALSTACK_ENDPOINT", false),
    ("AWS_ECR_CACHE_DIR", false),
    ("AWS_ECR_DISABLE_CACHE", false),
    ("ECRPASS_CONFIG", false),
    ("DOCKER_CONFIG", false),
    ("DOCKER_HOST", false),
    ("DOCKER_CONTEXT", false),
    ("DOCKER_AUTH_CONFIG", true),
    ("DOCKER_DEFAULT_PLATFORM", false),
    ("REGISTRY_AUTH_FILE", false),
    ("XDG_CONFIG_HOME", false),
    ("XDG_RUNTIME_DIR", false),
    ("HTTPS_PROXY", false),
    ("https_proxy", false),
    ("HTTP_PROXY", false),
    ("http_proxy", false),
    ("ALL_PROXY", false),
    ("NO_PROXY", false),
    ("no_proxy", false),
    ("SSL_CERT_FILE", false),
    ("HOME", false),
    ("PATH", false),
];

/// CI systems by the variable each sets, and the name the catalogue knows them by.
const CI: [(&str, &str); 8] = [
    ("GITHUB_ACTIONS", "github"),
    ("GITLAB_CI", "gitlab"),
    ("JENKINS_URL", "jenkins"),
    ("CODEBUILD_BUILD_ID", "codebuild"),
    ("CIRCLECI", "circleci"),
    ("BUILDKITE", "buildkite"),
    ("TF_BUILD", "azure"),
    ("CI", "ci"),
];

/// Where installers put programs, `PATH` or not.
const USUAL: [&str; 10] = [
    "/usr/local/bin",
    "/usr/bin",
    "/opt/homebrew/bin",
    "/home/linuxbrew/.linuxbrew/bin",
    "/usr/local/sbin",
    "/snap/bin",
    "/usr/libexec/docker/cli-plugins",
    "/opt/bin",
    "/Applications/Docker.app/Contents/Resources/bin",
    "/opt/docker-desktop/bin",
];

/// How many files of one name are asked for their version.
const MOST_ASKED: usize = 8;

/// How long a helper may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which files of a program's name are asked for their version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The one that runs, of the ECR helpers; the others where that is another program.
    First,
    /// All of them.
    Every,
}

/// Looks around; `helpers` are those that configurations name.
pub fn machine_facts(environment: &dyn Environment, helpers: &BTreeSet<String>) -> MachineFacts {
    let set = |name: &str| environment.nonempty_var(name);
    let mut names: BTreeSet<String> =
        helpers.iter().map(|helper| format!("docker-credential-{helper}")).collect();
    names.extend(programs::HELPERS.map(str::to_owned));
    names.insert("docker".to_owned());
    let mut found: Vec<Program> = names.iter().map(|name| program(environment, name, Asked::First)).collect();
    found.push(ourselves(environment));
    MachineFacts {
        name: host_name(environment),
        os: if cfg!(target_os = "macos") { "darwin" } else { env::consts::OS }.to_owned(),
        architecture: architecture(env::consts::ARCH).to_owned(),
        user: set("USER").or_else(|| set("LOGNAME")).or_else(|| set("USERNAME")),
        user_id: cfg!(unix).then(|| environment.user_id()),
        home: environment.home().map(|home| home.display().to_string()),
        sudo_user: set("SUDO_USER"),
        ci: CI.iter().find(|(variable, _)| set(variable).is_some()).map(|(_, name)| (*name).to_owned()),
        container: container(environment),
        wsl: read_start("/proc/sys/kernel/osrelease").to_ascii_lowercase().contains("microsoft"),
        distribution: os_release::distribution(environment),
        ec2: ecrpass_system::machine::on_ec2(),
        variables: variables(environment),
        programs: found,
        writable_on_path: placement::place(environment).map(|path| path.display().to_string()),
        ..MachineFacts::default()
    }
}

fn variables(environment: &dyn Environment) -> Vec<Variable> {
    let set = VARIABLES.iter().filter_map(|(name, is_secret)| {
        let value = environment.nonempty_var(name)?;
        let value = (!is_secret).then(|| bare(name, &value));
        Some(Variable { name: (*name).to_owned(), value })
    });
    set.collect()
}

/// A value as it may be shown: of addresses neither user nor password; of endpoints only the host, since the path is a key
/// at some gateways.
fn bare(name: &str, value: &str) -> String {
    let shown = match value.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            let is_endpoint = name.starts_with("AWS_CONTAINER_") || name.contains("ENDPOINT");
            let path = if is_endpoint { "" } else { path.split('?').next().unwrap_or("") };
            format!("{scheme}://{host}{path}")
        }
        None if name.to_ascii_uppercase().ends_with("PROXY") => value
            .split(',')
            .map(|entry| entry.rsplit_once('@').map_or(entry, |(_, host)| host))
            .collect::<Vec<_>>()
            .join(","),
        None => value.to_owned(),
    };
    redact(&shown).into_owned()
}

fn host_name(environment: &dyn Environment) -> String {
    #[cfg(unix)]
    {
        let _ = environment;
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }
    #[cfg(not(unix))]
    {
        environment.var("COMPUTERNAME").unwrap_or_default()
    }
}

/// The kind of container this is. Source: docker and podman put these files there; ECS and Kubernetes set the variables.
fn container(environment: &dyn Environment) -> Option<String> {
    let is_set = |name: &str| environment.var(name).is_some();
    let kind = if is_set("KUBERNETES_SERVICE_HOST") {
        "Kubernetes"
    } else if is_set("ECS_CONTAINER_METADATA_URI_V4") || is_set("ECS_CONTAINER_METADATA_URI") {
        "ECS"
    } else if Path::new("/.dockerenv").exists() {
        "docker"
    } else if Path::new("/run/.containerenv").exists() {
        "podman"
    } else if is_set("SNAP") {
        "snap"
    } else {
        return None;
    };
    Some(kind.to_owned())
}

fn read_start(path: &str) -> String {
    let mut text = String::new();
    if let Ok(file) = File::open(path) {
        let _ = file.take(256).read_to_string(&mut text);
    }
    text
}

/// An architecture by docker's name for it.
fn architecture(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}

fn directories(environment: &dyn Environment) -> Vec<PathBuf> {
    environment.var("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

/// Every file of a program's name on `PATH`, and one outside.
pub fn program(environment: &dyn Environment, name: &str, asked: Asked) -> Program {
    let is_named = name.ends_with(".exe");
    let file_name = if is_named { name.to_owned() } else { format!("{name}{}", env::consts::EXE_SUFFIX) };
    let on_path = directories(environment);
    let mut seen = BTreeSet::new();
    let mut installed: Vec<Installed> = on_path
        .iter()
        .map(|directory| directory.join(&file_name))
        .filter(|path| seen.insert(path.clone()))
        .filter_map(|path| file(&path))
        .collect();
    let mut most = match asked {
        Asked::First if !name.starts_with("docker-credential-ecr") => 0,
        Asked::First => 1,
        Asked::Every => MOST_ASKED,
    };
    for (index, file) in installed.iter_mut().filter(|file| file.executable).enumerate() {
        if index >= most {
            break;
        }
        file.version = version(&file.path);
        // Where another program answers, it matters whether ours is behind it.
        if index == 0 && file.is_ours() == Some(false) {
            most = MOST_ASKED;
        }
    }
    let home = environment.home();
    let own = ["bin", ".local/bin", "go/bin", ".docker/bin", ".rd/bin", "Downloads"];
    let own = own.iter().filter_map(|directory| Some(home.as_ref()?.join(directory)));
    let elsewhere = own
        .chain(USUAL.iter().map(PathBuf::from))
        .filter(|directory| !on_path.contains(directory))
        .map(|directory| directory.join(&file_name))
        .find(|path| file(path).is_some_and(|file| file.executable));
    Program { name: name.to_owned(), installed, elsewhere: elsewhere.map(|path| path.display().to_string()) }
}

/// A program's file, if there is one.
pub fn file(path: &Path) -> Option<Installed> {
    if !path.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    let real = real_path(path).ok().filter(|real| real != path);
    Some(Installed {
        path: path.display().to_string(),
        executable: is_executable(path),
        architecture: built_for(path),
        owner: owner(path),
        replaceable: replaceable(path),
        real: real.map(|real| real.display().to_string()),
        ..Installed::default()
    })
}

/// The architecture a program is built for. Source: ELF specification, `e_machine` at byte 18.
fn built_for(path: &Path) -> Option<String> {
    let mut head = [0_u8; 20];
    File::open(path).ok()?.read_exact(&mut head).ok()?;
    if !head.starts_with(b"\x7fELF") {
        return None;
    }
    let machine = match head.get(5)? {
        1 => u16::from_le_bytes([*head.get(18)?, *head.get(19)?]),
        _ => u16::from_be_bytes([*head.get(18)?, *head.get(19)?]),
    };
    let name = match machine {
        3 => "386",
        21 => "ppc64le",
        22 => "s390x",
        40 => "arm",
        62 => "amd64",
        183 => "arm64",
        243 => "riscv64",
        _ => return None,
    };
    Some(name.to_owned())
}

/// What a helper says of itself, in a line.
fn version(path: &str) -> Option<String> {
    // The kubelet's provider takes an option for it, and anything else for a request.
    let is_provider =
        Path::new(path).file_name().is_some_and(docker_credential_ecr_login::is_kubelet_provider);
    let word = if is_provider { "--version" } else { "version" };
    let output = programs::ask_about_itself(Command::new(path).arg(word), PATIENCE).ok()?;
    let line = output.stdout.lines().next().unwrap_or_default().trim().to_owned();
    (!line.is_empty()).then(|| redact(&line).chars().take(100).collect())
}

/// This very program, which answers as the helper, too.
fn ourselves(environment: &dyn Environment) -> Program {
    let path = environment.on_path("ecrpass").or_else(|| env::current_exe().ok());
    let installed = path.and_then(|path| file(&path));
    Program { name: "ecrpass".to_owned(), installed: installed.into_iter().collect(), elsewhere: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_tell_their_architecture() {
        let own = built_for(&env::current_exe().unwrap());
        if cfg!(target_os = "linux") {
            assert_eq!(own.as_deref(), Some(architecture(env::consts::ARCH)));
        }
        assert_eq!(built_for(Path::new("/etc/passwd")), None);
    }
}
