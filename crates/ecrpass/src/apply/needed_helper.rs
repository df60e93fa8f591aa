//! Whether repaired configurations would ask a helper that is not on `PATH`, and could be put there.

use std::path::PathBuf;

use ecrpass_clients::docker_config::DockerConfig;
use ecrpass_core::DiagnosisId;
use ecrpass_core::environment::Environment;
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::finding::{
    Action, Applicability, Confidence, Details, Evidence, Finding, Fix, FixExtent, OwnCommand,
};

use super::helper_logins::HelperLogins;
use super::helper_place::{Helper, choose};
use super::outcome::FileOutcome;
use super::repair::{Options, repair_file};
use crate::system::files;
use crate::system::programs;

/// The helper that has to be put in place before these files are repaired, if there is none.
pub fn needed_helper(
    environment: &dyn Environment,
    paths: &[PathBuf],
    with_unsafe: bool,
    offline: bool,
) -> Option<Helper> {
    if programs::helper_on_path(environment).is_some() {
        return None;
    }
    let helper = choose(environment, None).ok()?;
    let planned = helper.planned(environment);
    let logins = HelperLogins::new(&planned, offline);
    let options = Options { dry_run: true, with_unsafe };
    let is_named = paths.iter().any(|path| {
        let repaired = repair_file(&planned, path, &options, &logins, &mut |_| {});
        let Ok(FileOutcome::Repaired { repair, .. }) = repaired.map(|file| file.outcome) else {
            return false;
        };
        let config = DockerConfig::read(&repair.document, files::format_of(path, environment));
        config.cred_helpers.iter().any(|entry| entry.helper == helper.name)
    });
    is_named.then_some(helper)
}

/// That it was missing, as a finding.
pub fn finding(helper: &Helper, applied: bool) -> Option<Finding> {
    let link = helper.link.as_ref()?;
    let action = Action::Ecrpass(OwnCommand::Fix { extent: FixExtent::Safe });
    let fix = Fix::new(format!("put it there: {}", link.shown()), Applicability::Safe, action);
    let evidence = Evidence::new("PATH", format!("has no docker-credential-{}", helper.name));
    let entry = catalogue::find(DiagnosisId::HelperNotOnPath);
    let fixes = vec![Fix { applied, ..fix }];
    Some(entry.found(Confidence::Certain, vec![evidence], Details::default(), fixes))
}
