//! Clients that run in a container of their own: `docker run docker:cli docker push …`. Such a one sees the machine's
//! logins only if it is given them.

use crate::deed::{Deed, What};
use crate::deeds::of_script;
use crate::host::Host;
use crate::known::Known;
use crate::shell::{Command, Dialect, Script, Word};

/// Images whose client has no login of its own, and what their arguments are put behind.
const CLIENTS: [(&str, &str); 8] = [
    ("docker", "docker"),
    ("public.ecr.aws/docker/library/docker", "docker"),
    ("quay.io/skopeo/stable", "skopeo"),
    ("quay.io/podman/stable", ""),
    ("quay.io/buildah/stable", ""),
    ("gcr.io/go-containerregistry/crane", "crane"),
    ("ghcr.io/oras-project/oras", "oras"),
    ("ghcr.io/regclient/regctl", "regctl"),
];

/// Options of `docker run` with a value.
const VALUED: [&str; 22] = [
    "-v",
    "--volume",
    "-e",
    "--env",
    "-w",
    "--workdir",
    "-u",
    "--user",
    "--name",
    "--network",
    "--net",
    "--mount",
    "-p",
    "--publish",
    "--platform",
    "--pull",
    "-h",
    "--hostname",
    "--add-host",
    "-l",
    "--label",
    "--dns",
];

/// Options without one.
const PLAIN: [&str; 12] = [
    "--rm",
    "-i",
    "-t",
    "-it",
    "-ti",
    "-d",
    "--init",
    "--privileged",
    "--tty",
    "--interactive",
    "-q",
    "--quiet",
];

/// What brings a login into a container.
const LOGINS: [&str; 11] = [
    ".docker",
    "DOCKER_CONFIG",
    "DOCKER_AUTH",
    "REGISTRY_AUTH",
    "auth.json",
    "config.json",
    "HOME",
    "~",
    "/root",
    "docker-config",
    ".config",
];

/// The image that a client in a container pushes or pulls, if no login gets there; and which client's image it runs in.
pub fn without_login(command: &Command) -> Option<(Known, String)> {
    if !matches!(command.program(), "docker" | "podman" | "nerdctl") || !command.words.get(1)?.is("run") {
        return None;
    }
    let mut at = 2;
    while let Some(word) = command.words.get(at).filter(|word| word.raw.starts_with('-')) {
        let name = word.raw.split('=').next().unwrap_or_default();
        let is_joined = name.len() < word.raw.len() && name.starts_with("--");
        let value = if VALUED.contains(&name) && !is_joined { command.words.get(at + 1)? } else { word };
        let is_known = VALUED.contains(&name) || PLAIN.contains(&name);
        let brings = |text: &str| LOGINS.iter().any(|part| text.contains(part));
        if !is_known
            || brings(&value.raw)
            || value.value.alternatives().any(brings)
            || value.value.is_unknown()
        {
            return None;
        }
        at += if VALUED.contains(&name) && !is_joined { 2 } else { 1 };
    }
    let image = command.words.get(at)?.value.exactly()?;
    let name = image.rsplit_once(':').map_or(image, |(name, _)| name);
    let short = name.trim_start_matches("docker.io/").trim_start_matches("library/");
    let (_, client) = CLIENTS.iter().find(|(known, _)| *known == short)?;
    let mut words: Vec<Word> = command.words.get(at + 1..)?.to_vec();
    if !client.is_empty() && !words.first()?.is(client) {
        words.insert(0, Word::plain(*client, command.bytes.clone()));
    }
    let mut script = Script::empty(Dialect::Posix);
    script.commands.push(Command::of_words(command.bytes.clone(), words));
    let mut deeds = of_script(&script).into_iter().filter(|deed| !deed.has_own_login);
    let image_of = deeds.find_map(|deed| match deed.what {
        What::Push { image, .. } | What::Pull { image, .. } => Some(image),
        _ => None,
    })?;
    Some((image_of, image.to_owned()))
}

/// Whether a login is surely for the registry of an image that is not known: one to `${IMAGE%%/*}`, and that image.
pub fn is_for(login: &Deed, image: &Known) -> bool {
    let What::Login { host, .. } = &login.what else { return false };
    let is_part = |host: &str| {
        let Some((name, operation)) = host.strip_prefix("${").and_then(|rest| rest.split_once('%')) else {
            return false;
        };
        let is_host = matches!(operation, "%/*}" | "%%/*}");
        is_host && image.alternatives().all(|image| image.starts_with(&format!("${{{name}}}")))
    };
    host.alternatives().any(is_part)
}

/// The registry that a client in a container uses without a login, if the script logs in to it.
pub fn host(image: &Known, deeds: &[Deed]) -> Option<Host> {
    let host = image.alternatives().map(Host::of_image).next()?;
    let is_login = || deeds.iter().any(|deed| is_for(deed, image));
    (host.is_private() || host == Host::Unknown && is_login()).then_some(host)
}
