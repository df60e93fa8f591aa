//! The shell commands of a job, which are the same in all systems: a configuration of the job's own that names the helper,
//! the build, and nothing left behind.
//!
//! POSIX shell alone: `sh` is dash on some machines and busybox in some images. No here-documents, which CircleCI and Groovy
//! read in their own way.

use crate::pipelines::pins;
use crate::pipelines::plan::Plan;
use crate::pipelines::quote::shell;
use crate::pipelines::wanted::Helper;

/// Which package manager a job may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packages {
    /// Debian's and Ubuntu's, as a user who may become root.
    AptWithSudo,
    /// Alpine's, as root.
    Apk,
    /// Amazon Linux's, as root.
    Dnf,
    /// None: the machine is somebody's own.
    None,
}

/// How images are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builder {
    /// By a builder in a container of the machine's docker daemon.
    Local,
    /// The same with a daemon that variables name, certificates included.
    Remote,
    /// By the docker daemon itself: it runs no privileged containers.
    Daemon,
}

/// What differs between systems.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Where temporary files belong, as a word within double quotes: `$RUNNER_TEMP`.
    pub temporary: &'a str,
    /// The commit, as a word within double quotes: `$CI_COMMIT_SHA`.
    pub commit: &'a str,
    /// Which package manager there is.
    pub packages: Packages,
    /// How images are built.
    pub builder: Builder,
    /// How the digest is handed to later jobs: a command that may use `$digest`.
    pub hand_on: Option<&'a str>,
}

/// The name of the package, where it is Amazon's helper of the same name.
const PACKAGE: &str = "amazon-ecr-credential-helper";

/// The program that container clients run.
const PROGRAM: &str = "docker-credential-ecr-login";

/// The directory of the job's own: the client's configuration, the helper's cache, the builder.
pub fn directory(surroundings: &Surroundings<'_>) -> Vec<String> {
    vec![
        format!("DOCKER_CONFIG=\"$(mktemp -d \"{}/.docker-XXXXXX\")\"", surroundings.temporary),
        "AWS_ECR_CACHE_DIR=\"$DOCKER_CONFIG/ecr\"".to_owned(),
    ]
}

/// Has the helper on `PATH`; nothing where it has to be there already is missing without a word.
pub fn install(plan: &Plan, surroundings: &Surroundings<'_>) -> Vec<String> {
    let check = vec![
        format!("if ! command -v {PROGRAM} > /dev/null; then"),
        format!("  echo '{PROGRAM} is not on PATH: install ecrpass on this machine' >&2"),
        "  exit 1".to_owned(),
        "fi".to_owned(),
    ];
    match (&plan.helper, surroundings.packages) {
        (Helper::Usual | Helper::Package, Packages::AptWithSudo) => vec![
            "sudo apt-get update -qq".to_owned(),
            format!("sudo apt-get install -y -qq --no-install-recommends {PACKAGE}"),
        ],
        // Alpine calls the package by the program's name.
        (Helper::Usual | Helper::Package, Packages::Apk) => {
            vec![format!("apk add --quiet --no-cache {PROGRAM}")]
        }
        (Helper::Usual | Helper::Package, Packages::Dnf) => vec![format!("dnf install -y -q {PACKAGE}")],
        (Helper::Download { url, sha256 }, packages) => {
            let target = format!("\"$DOCKER_CONFIG/bin/{PROGRAM}\"");
            let url = shell(url);
            let fetch = match packages {
                // The image has busybox's wget, and no curl.
                Packages::Apk => format!("wget -q -O {target} {url}"),
                _ => format!("curl -fsSL --proto '=https' -o {target} {url}"),
            };
            vec![
                "mkdir \"$DOCKER_CONFIG/bin\"".to_owned(),
                fetch,
                format!(
                    "echo \"{}  $DOCKER_CONFIG/bin/{PROGRAM}\" | sha256sum -c -",
                    sha256.to_ascii_lowercase()
                ),
                format!("chmod 755 {target}"),
            ]
        }
        (Helper::Installed | Helper::Action(_), _) | (_, Packages::None) => check,
    }
}

/// Whether the helper is in the directory of the job's own.
pub fn is_downloaded(plan: &Plan) -> bool {
    matches!(plan.helper, Helper::Download { .. })
}

/// Names the helper for the registry.
pub fn name_helper(plan: &Plan) -> String {
    format!(
        "echo '{{\"credHelpers\": {{\"{}\": \"ecr-login\"}}}}' > \"$DOCKER_CONFIG/config.json\"",
        plan.host()
    )
}

/// Asks the helper once: what is wrong with the role is said before the build, not after it.
pub fn try_helper(plan: &Plan) -> String {
    format!("echo {} | {PROGRAM} get > /dev/null", plan.host())
}

/// Builds, pushes by the commit's tag and the others, and says the digest.
pub fn build(plan: &Plan, surroundings: &Surroundings<'_>) -> Vec<String> {
    let mut lines = match surroundings.builder {
        Builder::Daemon => by_daemon(plan, surroundings),
        _ => by_builder(plan, surroundings),
    };
    lines.push("echo \"pushed $ECR_IMAGE@$digest\"".to_owned());
    lines.extend(surroundings.hand_on.map(str::to_owned));
    lines
}

/// The tags, the commit's first.
fn tags(plan: &Plan, surroundings: &Surroundings<'_>) -> Vec<String> {
    let commit = format!("--tag \"$ECR_IMAGE:{}\"", surroundings.commit);
    std::iter::once(commit).chain(plan.tags.iter().map(|tag| format!("--tag \"$ECR_IMAGE:{tag}\""))).collect()
}

fn by_builder(plan: &Plan, surroundings: &Surroundings<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if plan.platforms.iter().any(|platform| platform != "linux/amd64") {
        let image = plan.pins.reference(pins::BINFMT);
        lines.push(format!("docker run --privileged --rm {image} --install all"));
    }
    let mut create = vec![
        "docker buildx create --name \"$builder\" --driver docker-container".to_owned(),
        format!("--driver-opt image={}", plan.pins.reference(pins::BUILDKIT)),
    ];
    if !plan.pull_through.is_empty() {
        let rules: Vec<String> = plan
            .pull_through
            .iter()
            .flat_map(|rule| {
                [
                    format!("'[registry.\"{}\"]'", rule.upstream),
                    format!("'  mirrors = [\"{}/{}\"]'", plan.host(), rule.prefix),
                ]
            })
            .collect();
        lines.push(format!("printf '%s\\n' {} > \"$DOCKER_CONFIG/buildkitd.toml\"", rules.join(" ")));
        create.push("--buildkitd-config \"$DOCKER_CONFIG/buildkitd.toml\"".to_owned());
    }
    create.push("--bootstrap".to_owned());
    if surroundings.builder == Builder::Remote {
        // The builder does not take certificates from variables, a context does.
        lines.push("docker context create \"$builder\"".to_owned());
        create.push("\"$builder\"".to_owned());
    }
    lines.push(create.join(" "));
    let mut build = vec![
        "docker buildx build --builder \"$builder\" --push".to_owned(),
        format!("--platform {}", plan.platforms.join(",")),
    ];
    build.extend(tags(plan, surroundings));
    build.push("--metadata-file \"$DOCKER_CONFIG/build.json\"".to_owned());
    build.extend(plan.dockerfile.iter().map(|file| format!("--file {}", shell(file))));
    build.push(shell(&plan.context));
    lines.push(build.join(" "));
    lines.push(
        "digest=\"$(grep -o '\"containerimage.digest\": *\"sha256:[0-9a-f]*\"' \"$DOCKER_CONFIG/build.json\" | grep -o 'sha256:[0-9a-f]*')\""
            .to_owned(),
    );
    lines
}

fn by_daemon(plan: &Plan, surroundings: &Surroundings<'_>) -> Vec<String> {
    let mut build = vec!["docker build".to_owned(), format!("--platform {}", plan.platforms.join(","))];
    build.extend(tags(plan, surroundings));
    build.extend(plan.dockerfile.iter().map(|file| format!("--file {}", shell(file))));
    build.push(shell(&plan.context));
    let mut lines = vec![build.join(" ")];
    let commit = format!("\"$ECR_IMAGE:{}\"", surroundings.commit);
    lines.push(format!("docker push {commit}"));
    lines.extend(plan.tags.iter().map(|tag| format!("docker push \"$ECR_IMAGE:{tag}\"")));
    lines.push(format!("digest=\"$(docker inspect --format '{{{{index .RepoDigests 0}}}}' {commit})\""));
    lines.push("digest=\"${digest##*@}\"".to_owned());
    lines
}

/// The whole of it as one script, for systems whose steps share no variables: `token` writes the identity token, where
/// there is one.
pub fn whole(plan: &Plan, surroundings: &Surroundings<'_>, token: &[String]) -> Vec<String> {
    let mut lines = vec!["set -eu".to_owned()];
    lines.extend(directory(surroundings));
    let by_builder = surroundings.builder != Builder::Daemon;
    let remove = match by_builder {
        true => "docker buildx rm --force \"$builder\" > /dev/null 2>&1 || true; rm -rf \"$DOCKER_CONFIG\"",
        false => "rm -rf \"$DOCKER_CONFIG\"",
    };
    if by_builder {
        lines.push("builder=\"ecr-${DOCKER_CONFIG##*-}\"".to_owned());
    }
    lines.push(format!("trap '{remove}' EXIT"));
    lines.push("export DOCKER_CONFIG AWS_ECR_CACHE_DIR".to_owned());
    lines.extend(token.iter().cloned());
    lines.extend(install(plan, surroundings));
    if is_downloaded(plan) {
        lines.push("export PATH=\"$DOCKER_CONFIG/bin:$PATH\"".to_owned());
    }
    lines.push(name_helper(plan));
    lines.push(try_helper(plan));
    lines.extend(build(plan, surroundings));
    lines
}

/// Puts an identity token into a file that AWS's SDKs read, from a command that prints it.
pub fn token_from(command: &str) -> Vec<String> {
    vec![
        "AWS_WEB_IDENTITY_TOKEN_FILE=\"$DOCKER_CONFIG/token\"".to_owned(),
        format!("{command} > \"$AWS_WEB_IDENTITY_TOKEN_FILE\""),
        "export AWS_WEB_IDENTITY_TOKEN_FILE".to_owned(),
    ]
}

/// The same from a variable, which has to be there.
pub fn token_in(variable: &str, missing: &str) -> Vec<String> {
    let mut lines = vec![format!(": \"${{{variable}:?{missing}}}\"")];
    lines.extend(token_from(&format!("printf '%s' \"${variable}\"")));
    lines
}

/// The variables of the role, for all systems but those whose own step takes it on.
pub fn variables(plan: &Plan) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_REGION", plan.region.clone()),
        ("AWS_ROLE_ARN", plan.role_arn()),
        ("AWS_ROLE_SESSION_NAME", format!("ecrpass-{}", plan.system.id())),
        ("ECR_IMAGE", plan.name.clone()),
    ]
}
