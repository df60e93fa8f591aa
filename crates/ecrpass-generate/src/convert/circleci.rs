//! CircleCI: the token is a variable of every job; what the script sets is kept for later steps.

use ecrpass_audit::rule::Examined;

use crate::convert::jobs;
use crate::convert::snippet::{self, Setting};
use crate::convert::work::{Obstacle, Target, Work};

/// Converts a configuration.
pub(super) fn convert(examined: &Examined<'_>, target: &Target) -> Result<Work, Vec<Obstacle>> {
    let text = &examined.file.text;
    let documents = jobs::documents(examined);
    let mut work = Work::default();
    let mut obstacles = of_orbs(examined);
    for chain in jobs::chains(examined, target)? {
        let is_root = chain.scripted.job.is_some_and(|job| job.container.is_some());
        let setting = Setting {
            temporary: "/tmp",
            with_sudo: !is_root,
            token: Some("printf '%s' \"$CIRCLE_OIDC_TOKEN_V2\"".to_owned()),
            region: snippet::region(&chain.hosts),
            session: "\"circleci-$CIRCLE_BUILD_NUM\"",
            kept_in: Some(("BASH_ENV", "export ")),
        };
        let new = snippet::lines(&chain.hosts, target, &setting);
        jobs::replace(text, documents, &chain, &new, &mut work, &mut obstacles);
    }
    jobs::finished(work, obstacles, || {
        format!(
            "The trust policy of {} has to let this project in: ecrpass policy generate push --repository IMAGE --trust circleci --claim organization=ID --claim project=ID --claim origin=github.com/OWNER/NAME --claim branch=BRANCH",
            target.role_arn
        )
    })
}

/// Orbs log in by their own commands, with parameters that differ from version to version.
fn of_orbs(examined: &Examined<'_>) -> Vec<Obstacle> {
    let jobs = examined.models.pipeline().map(|pipeline| pipeline.jobs.as_slice()).unwrap_or_default();
    let mut found = Vec::new();
    for uses in jobs.iter().flat_map(|job| &job.steps).filter_map(|step| step.uses()) {
        let keys = ["aws-access-key-id", "aws_access_key_id", "access_key"];
        let stored = keys.iter().find_map(|name| uses.filled(name));
        if let (Some(key), true) = (stored, uses.name.contains("ecr")) {
            found.push(Obstacle::new(
                key.bytes.clone(),
                format!("The orb's {} is handed stored keys.", uses.name),
                "hand it `auth: [aws-cli/setup: {role_arn: …}]` (aws-ecr 9), or replace it: ecrpass ci generate circleci",
            ));
        }
    }
    found
}
