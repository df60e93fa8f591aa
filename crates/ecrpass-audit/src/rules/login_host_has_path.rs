//! `docker login` for a repository: a login belongs to a registry.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{fixing, logins, scripts, spot};
use crate::edit::FileEdit;
use crate::hit::Hit;
use crate::host::has_path;
use crate::jobs::registry_settings;
use crate::known::find_outside_holes;
use crate::rule::{Examined, Rule};
use crate::shell::Word;

/// `login-host-has-path`
pub static RULE: Rule = Rule { id: DiagnosisId::LoginHostHasPath, look };

/// Clients that keep logins by host alone; podman, buildah and skopeo take a namespace.
const BY_HOST: [&str; 3] = ["docker", "nerdctl", "finch"];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for scripted in scripts(examined).iter().filter(|scripted| !scripted.is_typed()) {
        for login in logins::of(scripted) {
            let Some((_, server)) = login.login.server.filter(|_| BY_HOST.contains(&login.login.client))
            else {
                continue;
            };
            if !server.value.alternatives().all(has_path) {
                continue;
            }
            let spots = vec![
                spot(examined, login.command.bytes.clone(), "a login is for the whole registry"),
                spot(examined, server.bytes.clone(), "the path belongs to the image"),
            ];
            let title = "`docker login` is given a repository instead of a registry";
            hits.push(
                Hit::new(Severity::Warning, title, spots)
                    .about(login.registry())
                    .with_edit(edit(examined, server)),
            );
        }
    }
    hits.extend(registry_settings::with_path(examined));
    hits
}

/// The path taken away, where it stands in the word itself.
fn edit(examined: &Examined<'_>, server: &Word) -> Option<FileEdit> {
    let written = fixing::line_of(examined.file, &server.bytes)?;
    let skipped = written.find("://").map_or(0, |at| at + 3);
    let at = skipped + find_outside_holes(written.get(skipped..)?, &['/'])?;
    // `$HOST/$REPOSITORY` and a host in letters: in front of the slash is all of the host.
    let end = written.len() - usize::from(written.ends_with(['"', '\'']));
    let bytes = server.bytes.start + at..server.bytes.start + end;
    let is_plain = fixing::is_free_of_quotes(written.get(at..end)?);
    is_plain.then(|| fixing::safe("Log in to the registry alone", vec![fixing::replace(bytes, "")]))
}
