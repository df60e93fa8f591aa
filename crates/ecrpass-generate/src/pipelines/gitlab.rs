//! GitLab CI.

use crate::pipelines::pins;
use crate::pipelines::plan::Plan;
use crate::pipelines::quote::yaml;
use crate::pipelines::recipe::RecipeFile;
use crate::pipelines::refs;
use crate::pipelines::roles;
use crate::pipelines::script::{self, Builder, Packages, Surroundings};
use crate::pipelines::writer::Writer;
use ecrpass_iam::generate::Refusal;

/// The pipeline.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let drafts = roles::drafts(plan)?;
    let audience = roles::audience(&drafts).unwrap_or_default();
    let mut w = Writer::with_comments("#", &plan.header("Builds and pushes"));
    w.line(0, "push-image:");
    w.line(2, "stage: build");
    w.line(2, &format!("image: {}", plan.pins.reference(pins::DOCKER)));
    w.line(2, "services:");
    w.lines(4, &[format!("- name: {}", plan.pins.reference(pins::DAEMON)), "  alias: docker".to_owned()]);
    if let Some(runner) = &plan.runner {
        w.lines(2, &["tags:".to_owned(), format!("  - {}", yaml(runner))]);
    }
    w.lines(
        2,
        &["id_tokens:".to_owned(), "  AWS_ID_TOKEN:".to_owned(), format!("    aud: {}", yaml(audience))],
    );
    w.line(2, "variables:");
    w.lines(
        4,
        &[
            "DOCKER_HOST: tcp://docker:2376",
            "DOCKER_TLS_CERTDIR: /certs",
            "DOCKER_TLS_VERIFY: \"1\"",
            "DOCKER_CERT_PATH: /certs/client",
        ],
    );
    for (name, value) in script::variables(plan) {
        w.line(4, &format!("{name}: {}", yaml(&value)));
    }
    w.line(2, "rules:");
    for branch in &plan.branches {
        w.line(4, &format!("- if: {}", rule(&refs::gitlab("CI_COMMIT_BRANCH", branch))));
    }
    for tag in &plan.git_tags {
        w.line(4, &format!("- if: {}", rule(&refs::gitlab("CI_COMMIT_TAG", tag))));
    }
    w.lines(2, &["timeout: 1 hour", "script:", "  - |"]);
    let surroundings = Surroundings {
        temporary: "/tmp",
        commit: "$CI_COMMIT_SHA",
        packages: Packages::Apk,
        builder: Builder::Remote,
        hand_on: Some("echo \"ECR_DIGEST=$digest\" > image.env"),
    };
    let token = script::token_in("AWS_ID_TOKEN", "the job has no id_tokens");
    w.lines(6, &script::whole(plan, &surroundings, &token));
    w.lines(2, &["artifacts:", "  reports:", "    dotenv: image.env"]);
    let notes = vec![
        "The runner has to run privileged services, as those of gitlab.com do: the image is built by docker in docker.".to_owned(),
    ];
    Ok((vec![RecipeFile::pipeline(".gitlab-ci.yml", w.finish())], notes))
}

/// A condition, quoted where YAML would read it in another way.
fn rule(condition: &str) -> String {
    match condition.contains(['#', '\'', ':']) || condition.contains(": ") {
        true => format!("'{}'", condition.replace('\'', "''")),
        false => condition.to_owned(),
    }
}
