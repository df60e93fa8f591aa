//! Buildkite.

use crate::pipelines::plan::Plan;
use crate::pipelines::quote::{shell, yaml};
use crate::pipelines::recipe::RecipeFile;
use crate::pipelines::roles;
use crate::pipelines::script::{self, Builder, Packages, Surroundings};
use crate::pipelines::writer::Writer;
use ecrpass_iam::generate::Refusal;

/// How long the token is good, in seconds: for a long build, since the role is taken on when the push begins, too.
const LIFETIME: u32 = 3600;

/// The pipeline.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let drafts = roles::drafts(plan)?;
    let audience = roles::audience(&drafts).unwrap_or_default();
    let mut w = Writer::with_comments("#", &plan.header("Builds and pushes"));
    w.lines(0, &["steps:", "  - label: \":docker: Build and push\"", "    key: push-image"]);
    // Names are separated by spaces, which git does not have in them.
    w.line(4, &format!("branches: {}", yaml(&escaped(&plan.branches.join(" ")))));
    if let Some(queue) = &plan.runner {
        w.lines(4, &["agents:".to_owned(), format!("  queue: {}", yaml(queue))]);
    }
    w.lines(4, &["timeout_in_minutes: 60", "env:"]);
    for (name, value) in script::variables(plan) {
        w.line(6, &format!("{name}: {}", yaml(&value)));
    }
    w.line(4, "command: |");
    let surroundings = Surroundings {
        temporary: "${TMPDIR:-/tmp}",
        commit: "$BUILDKITE_COMMIT",
        packages: Packages::None,
        builder: Builder::Local,
        hand_on: Some("buildkite-agent meta-data set ecr-digest \"$digest\""),
    };
    let ask =
        format!("buildkite-agent oidc request-token --audience {} --lifetime {LIFETIME}", shell(audience));
    let lines = script::whole(plan, &surroundings, &script::token_from(&ask));
    let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    w.lines(6, &lines);
    Ok((vec![RecipeFile::pipeline(".buildkite/pipeline.yml", w.finish())], Vec::new()))
}

/// Variables are put in when the pipeline is uploaded, unless their `$` is doubled.
fn escaped(text: &str) -> String {
    text.replace('$', "$$")
}
