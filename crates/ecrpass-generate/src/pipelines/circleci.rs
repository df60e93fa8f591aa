//! CircleCI.

use crate::pipelines::plan::Plan;
use crate::pipelines::quote::yaml;
use crate::pipelines::recipe::RecipeFile;
use crate::pipelines::refs;
use crate::pipelines::script::{self, Builder, Packages, Surroundings};
use crate::pipelines::writer::Writer;
use ecrpass_iam::generate::Refusal;

/// The configuration.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let mut w = Writer::with_comments("#", &plan.header("Builds and pushes"));
    w.lines(0, &["version: 2.1", "", "jobs:", "  push-image:", "    machine:"]);
    let machine = plan.runner.as_deref().unwrap_or("ubuntu-2404:current");
    w.line(6, &format!("image: {}", yaml(machine)));
    w.line(4, "environment:");
    for (name, value) in script::variables(plan) {
        w.line(6, &format!("{name}: {}", yaml(&value)));
    }
    w.lines(4, &["steps:", "  - checkout", "  - run:", "      name: Build and push", "      command: |"]);
    let surroundings = Surroundings {
        temporary: "/tmp",
        commit: "$CIRCLE_SHA1",
        packages: Packages::AptWithSudo,
        builder: Builder::Local,
        hand_on: None,
    };
    let token = script::token_in("CIRCLE_OIDC_TOKEN_V2", "the job has no OIDC token; give it a context");
    w.lines(12, &script::whole(plan, &surroundings, &token));
    w.lines(
        0,
        &["", "workflows:", "  push-image:", "    jobs:", "      - push-image:", "          filters:"],
    );
    // A job that tags start needs a filter of tags; without one of branches it would run for all of them.
    w.line(12, "branches:");
    if plan.branches.is_empty() {
        w.line(14, "ignore: /.*/");
    } else {
        only(&mut w, &plan.branches);
    }
    if !plan.git_tags.is_empty() {
        w.line(12, "tags:");
        only(&mut w, &plan.git_tags);
    }
    Ok((vec![RecipeFile::pipeline(".circleci/config.yml", w.finish())], Vec::new()))
}

fn only(w: &mut Writer, names: &[String]) {
    w.line(14, "only:");
    for name in names {
        w.line(16, &format!("- {}", yaml(&refs::circleci(name))));
    }
}
