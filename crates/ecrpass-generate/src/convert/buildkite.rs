//! Buildkite: the agent gives a token to the command of a step.

use ecrpass_audit::rule::Examined;

use crate::convert::jobs;
use crate::convert::snippet::{self, Setting};
use crate::convert::work::{Obstacle, Target, Work};

/// Converts a pipeline.
pub(super) fn convert(examined: &Examined<'_>, target: &Target) -> Result<Work, Vec<Obstacle>> {
    let text = &examined.file.text;
    let documents = jobs::documents(examined);
    let mut work = Work::default();
    let mut obstacles = Vec::new();
    let audience = target.audience.as_deref().unwrap_or("sts.amazonaws.com");
    for chain in jobs::chains(examined, target)? {
        let ask = format!(
            "buildkite-agent oidc request-token --audience {} --lifetime 3600",
            crate::pipelines::quote::shell(audience)
        );
        let setting = Setting {
            temporary: "${TMPDIR:-/tmp}",
            with_sudo: true,
            token: Some(ask),
            region: snippet::region(&chain.hosts),
            session: "\"buildkite-$BUILDKITE_BUILD_NUMBER\"",
            kept_in: None,
        };
        // The pipeline's own variables stay as they are written; the commands' are for the job.
        let new = snippet::lines(&chain.hosts, target, &setting);
        let new: Vec<String> = new.iter().map(|line| line.replace('$', "$$")).collect();
        jobs::replace(text, documents, &chain, &new, &mut work, &mut obstacles);
    }
    jobs::finished(work, obstacles, || {
        format!(
            "The trust policy of {} has to let this pipeline in: ecrpass policy generate push --repository IMAGE --trust buildkite --claim organization=SLUG --claim pipeline=SLUG --claim branch=BRANCH",
            target.role_arn
        )
    })
}
