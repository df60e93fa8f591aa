//! The commands that come in place of a login: a configuration of the job's own that names the helper.

use crate::convert::work::Target;
use crate::pipelines::quote::shell;
use crate::pipelines::wanted::Helper;

/// What the system does, and how variables reach later steps.
pub struct Setting<'a> {
    /// Where temporary files belong.
    pub temporary: &'a str,
    /// Whether a user who may become root runs it, rather than root.
    pub with_sudo: bool,
    /// The commands that put the identity token into `$AWS_WEB_IDENTITY_TOKEN_FILE`; none where the credentials are there
    /// already.
    pub token: Option<String>,
    /// The region of AWS that is asked.
    pub region: Option<String>,
    /// The name of the session.
    pub session: &'a str,
    /// The file that the system reads variables for later steps from, and what stands in front of a name there.
    pub kept_in: Option<(&'a str, &'a str)>,
}

/// The program.
const PROGRAM: &str = "docker-credential-ecr-login";
/// Its package, but for Alpine.
const PACKAGE: &str = "amazon-ecr-credential-helper";

/// The commands.
pub fn lines(hosts: &[String], target: &Target, setting: &Setting<'_>) -> Vec<String> {
    let mut lines = vec![
        "# The credential helper gets the password whenever a client asks; nothing is logged in.".to_owned(),
    ];
    // A builder that was made before stays where it was made.
    lines
        .push("export BUILDX_CONFIG=\"${BUILDX_CONFIG:-${DOCKER_CONFIG:-$HOME/.docker}/buildx}\"".to_owned());
    lines.push(format!("DOCKER_CONFIG=\"$(mktemp -d \"{}/.docker-XXXXXX\")\"", setting.temporary));
    lines.push("export DOCKER_CONFIG".to_owned());
    let mut kept = vec!["BUILDX_CONFIG", "DOCKER_CONFIG"];
    if let Some(token) = &setting.token {
        // Keys that are still set would come before the token.
        lines.push("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE".to_owned());
        lines.push(format!(
            "export AWS_ROLE_ARN={} AWS_ROLE_SESSION_NAME={}",
            shell(&target.role_arn),
            setting.session
        ));
        lines.push("export AWS_WEB_IDENTITY_TOKEN_FILE=\"$DOCKER_CONFIG/token\"".to_owned());
        lines.push(format!("{token} > \"$AWS_WEB_IDENTITY_TOKEN_FILE\""));
        kept.extend(["AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE"]);
        if let Some(region) = &setting.region {
            lines.push(format!("export AWS_REGION={}", shell(region)));
            kept.push("AWS_REGION");
        }
    }
    lines.extend(install(target, setting));
    lines.push(configuration(hosts));
    if let Some((file, word)) = setting.kept_in {
        let names: Vec<String> = kept.iter().map(|name| format!("\"{word}{name}=${name}\"")).collect();
        lines.push(format!("printf '%s\\n' {} >> \"${file}\"", names.join(" ")));
        if setting.token.is_some() && word == "export " {
            let unset = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE";
            lines.push(format!("echo '{unset}' >> \"${file}\""));
        }
    }
    lines
}

/// The configuration with the helper for these hosts, which may be variables.
fn configuration(hosts: &[String]) -> String {
    let pairs = vec!["\"%s\": \"ecr-login\""; hosts.len()].join(", ");
    let hosts: Vec<String> = hosts
        .iter()
        .map(|host| if host.contains('$') { format!("\"{host}\"") } else { shell(host) })
        .collect();
    format!(
        "printf '{{\"credHelpers\": {{{pairs}}}}}\\n' {} > \"$DOCKER_CONFIG/config.json\"",
        hosts.join(" ")
    )
}

fn install(target: &Target, setting: &Setting<'_>) -> Vec<String> {
    let sudo = if setting.with_sudo { "sudo " } else { "" };
    match &target.helper {
        Helper::Download { url, sha256 } => {
            let url = shell(url);
            vec![
                "mkdir \"$DOCKER_CONFIG/bin\"".to_owned(),
                format!(
                    "if command -v curl > /dev/null; then curl -fsSL -o \"$DOCKER_CONFIG/bin/{PROGRAM}\" {url};"
                ),
                format!("else wget -q -O \"$DOCKER_CONFIG/bin/{PROGRAM}\" {url}; fi"),
                format!(
                    "echo \"{}  $DOCKER_CONFIG/bin/{PROGRAM}\" | sha256sum -c -",
                    sha256.to_ascii_lowercase()
                ),
                format!("chmod 755 \"$DOCKER_CONFIG/bin/{PROGRAM}\""),
                "export PATH=\"$DOCKER_CONFIG/bin:$PATH\"".to_owned(),
            ]
        }
        Helper::Installed | Helper::Action(_) => vec![format!("command -v {PROGRAM} > /dev/null")],
        Helper::Usual | Helper::Package => vec![
            format!("if ! command -v {PROGRAM} > /dev/null; then"),
            format!("  if command -v apk > /dev/null; then {sudo}apk add --quiet --no-cache {PROGRAM};"),
            format!(
                "  elif command -v apt-get > /dev/null; then {sudo}apt-get update -qq && {sudo}apt-get install -y -qq --no-install-recommends {PACKAGE};"
            ),
            format!("  else {sudo}dnf install -y -q {PACKAGE}; fi"),
            "fi".to_owned(),
        ],
    }
}

/// The region of the first host that says one, for the requests to STS.
pub fn region(hosts: &[String]) -> Option<String> {
    hosts
        .iter()
        .find_map(|host| ecrpass_core::Registry::parse(host).ok())
        .map(|registry| registry.region().to_owned())
}
