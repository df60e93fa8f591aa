//! What is written: the helper's name in the clients' files, and no login there that clients would send in its place.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecrpass_clients::client::{Client as Model, Request, Resolution, Supplier, resolve};
use ecrpass_clients::repair::{is_helper, register, without_dead_logins};
use ecrpass_core::environment::Environment;
use ecrpass_json::Document;
use serde::Serialize;
use zeroize::Zeroizing;

use super::arguments::Client;
use crate::apply::helper_place::Helper;
use crate::collect::token_users::{Alike, Narrowed};
use crate::error::CommandError;
use crate::render::diff::diff;
use crate::render::ui::Ui;
use crate::system::atomic_file::update;
use crate::system::files;
use crate::system::machine::LocalMachine;
use crate::system::planned::Planned;
use crate::system::programs;

/// A file, and what became of it.
#[derive(Debug, Serialize)]
pub struct FileReport {
    pub file: PathBuf,
    pub changed: bool,
    #[serde(skip)]
    pub diff: Vec<String>,
    /// What is in it then.
    #[serde(skip)]
    pub text: Zeroizing<String>,
}

/// What is set up, and how.
pub struct Plan<'a> {
    /// The machine as it is.
    pub environment: &'a dyn Environment,
    /// The registries.
    pub hosts: &'a [String],
    /// Whose files; nobody in particular where there are none.
    pub clients: &'a [Client],
    /// The helper.
    pub helper: &'a Helper,
    /// Whether it was asked for by that name: entries under another one are changed then.
    pub by_name: bool,
}

/// What is done with a plan.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// Whether files are changed; otherwise it is only looked whether all of it is possible.
    pub writes: bool,
    /// Whether the differences are told: of large files they cost more than all the rest.
    pub tells: bool,
}

/// Clients that read podman's files.
pub const PODMAN_FAMILY: [Model; 3] = [Model::Podman, Model::Skopeo, Model::Buildah];

/// Whether a client is on `PATH`.
pub fn is_installed(environment: &dyn Environment, client: Model) -> bool {
    client.program().is_some_and(|program| environment.on_path(program).is_some())
}

/// Whether it is our helper that a client asks.
pub fn asks_us(resolution: &Resolution) -> bool {
    matches!(resolution.outcome, Supplier::Helper | Supplier::Store)
        && resolution.helper.as_deref().is_some_and(is_helper)
}

impl Plan<'_> {
    /// Writes it all, or finds out what would be written.
    ///
    /// # Errors
    /// When a file cannot be read, understood or written.
    pub fn carry_out(&self, pass: Pass, ui: &mut Ui) -> Result<Vec<FileReport>, CommandError> {
        let wants = |client: Client| self.clients.contains(&client);
        let mut reports = Vec::new();
        // Each file is looked at with what is in the others by then.
        let mut then = self.helper.planned(self.environment);
        if wants(Client::Docker) || self.clients.is_empty() {
            let path = files::docker(self.environment).ok_or_else(no_home)?;
            self.edit(&path, self.hosts, pass, &mut then, &mut reports, ui)?;
            for (host, path) in files::scoped(self.environment) {
                if self.hosts.contains(&host) {
                    self.edit(&path, &[host], pass, &mut then, &mut reports, ui)?;
                }
            }
        }
        // What is left over in other files is sent before the helper is asked.
        for path in files::present(self.environment) {
            if !reports.iter().any(|report| report.file == path) {
                self.clean(&path, pass, &mut then, &mut reports, ui)?;
            }
        }
        if wants(Client::Podman) || self.clients.is_empty() && podman_needs_its_own(&then, self.hosts) {
            let path = files::podman(self.environment).ok_or_else(no_home)?;
            self.edit(&path, self.hosts, pass, &mut then, &mut reports, ui)?;
        }
        Ok(reports)
    }

    /// Names the helper in a file, and makes the file if there is none.
    fn edit(
        &self,
        path: &Path,
        hosts: &[String],
        pass: Pass,
        then: &mut Planned<'_>,
        reports: &mut Vec<FileReport>,
        ui: &mut Ui,
    ) -> Result<(), CommandError> {
        // Asked for thousands of entries that name the same one.
        let ours = RefCell::new(BTreeMap::new());
        let is_ours =
            |name: &str| *ours.borrow_mut().entry(name.to_owned()).or_insert_with(|| self.is_ours(name));
        let stays = |name: &str| !self.by_name && is_helper(name) && is_ours(name);
        let report = Self::update(path, pass, then, ui, &|text| {
            let document = Document::parse_first(text).map_err(|error| CommandError::Invalid {
                what: format!("{}:{}: {error}", path.display(), error.place),
                excerpt: error.excerpt.clone(),
                next: match error.is_limit {
                    true => "edit it by hand: ecrpass reads no more of a file, the clients do".to_owned(),
                    false => "correct it by hand, then run this again".to_owned(),
                },
            })?;
            let registered = register(document, hosts, self.helper.name, &stays).ok_or_else(|| {
                CommandError::could_not_run(
                    format!("`credHelpers` of {} is not an object.", path.display()),
                    format!("correct it by hand; ecrpass fix --config {} shows where", path.display()),
                )
            })?;
            Ok(Some(self.without_dead(path, &registered).unwrap_or(registered)))
        })?;
        keep(report, then, reports);
        Ok(())
    }

    /// Takes the logins out of a file that have expired; one that cannot be read is not ours to judge here.
    fn clean(
        &self,
        path: &Path,
        pass: Pass,
        then: &mut Planned<'_>,
        reports: &mut Vec<FileReport>,
        ui: &mut Ui,
    ) -> Result<(), CommandError> {
        // Nor is it waited for until an empty one is filled.
        if !self.environment.file(path).is_ok_and(|text| !text.trim().is_empty()) {
            return Ok(());
        }
        let report = Self::update(path, pass, then, ui, &|text| {
            Ok(Document::parse_first(text).ok().and_then(|document| self.without_dead(path, &document)))
        })?;
        keep(report, then, reports);
        Ok(())
    }

    fn without_dead(&self, path: &Path, document: &Document) -> Option<Document> {
        let format = files::format_of(path, self.environment);
        without_dead_logins(document, format, self.hosts, ecrpass_aws::clock::now())
    }

    fn is_ours(&self, name: &str) -> bool {
        let program = self.environment.on_path(&format!("docker-credential-{name}"));
        program.is_some_and(|path| programs::is_ours(&path))
    }

    /// Changes a file, unless there is nothing to change; a pass that writes nothing goes on from what is planned for it by
    /// then.
    fn update(
        path: &Path,
        pass: Pass,
        then: &Planned<'_>,
        ui: &mut Ui,
        change: &dyn Fn(&str) -> Result<Option<Document>, CommandError>,
    ) -> Result<Option<FileReport>, CommandError> {
        let mut noted = !pass.writes;
        let planned = then.planned(path).filter(|_| !pass.writes);
        update(path, |original| {
            let text = planned.or(original.text.as_deref());
            let old = text.map_or("{}\n", |text| text.as_str());
            // An empty file counts as an empty object with every client.
            let old = if old.trim().is_empty() { "{}\n" } else { old };
            let Some(changed) = change(old)? else { return Ok((None, None)) };
            let new = changed.text();
            let shown = if text.is_some() { old } else { "" };
            let report = FileReport {
                file: path.to_owned(),
                changed: new != old,
                diff: if pass.tells { diff(&path.display().to_string(), shown, new) } else { Vec::new() },
                text: Zeroizing::new(new.to_owned()),
            };
            if report.changed && !std::mem::replace(&mut noted, true) {
                original.notes.iter().for_each(|note| ui.note(&format!("note: {note}.")));
            }
            let new = (report.changed && pass.writes).then(|| report.text.clone());
            Ok((Some(report), new))
        })
    }
}

/// A file may be looked at twice: what was reported of it before is put together with what is new.
fn keep(report: Option<FileReport>, then: &mut Planned<'_>, reports: &mut Vec<FileReport>) {
    let Some(mut report) = report else { return };
    then.files.retain(|(path, _)| *path != report.file);
    then.files.push((report.file.clone(), std::mem::take(&mut report.text)));
    reports.push(report);
}

fn no_home() -> CommandError {
    CommandError::could_not_run("There is no home directory.", "set HOME, or DOCKER_CONFIG")
}

/// Whether an installed client of podman's family passes docker's file over, as for an entry in its own.
fn podman_needs_its_own(environment: &dyn Environment, hosts: &[String]) -> bool {
    let installed = PODMAN_FAMILY.into_iter().find(|client| is_installed(environment, *client));
    let mut machine = Narrowed::new(LocalMachine::looking(environment));
    let mut known = Alike::default();
    let mut asks = |client: Model, host: &String| {
        let work = |machine: &Narrowed<'_>| asks_us(&resolve(&Request::new(client, host), machine));
        known.of(&mut machine, host, work).copied().unwrap_or_default()
    };
    installed.is_some_and(|client| hosts.iter().any(|host| !asks(client, host)))
}
