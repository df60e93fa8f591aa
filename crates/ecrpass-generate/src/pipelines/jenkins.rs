//! Jenkins, with the plugin OpenID Connect Provider: its credential is a file with a token.

use crate::pipelines::plan::Plan;
use crate::pipelines::quote::{groovy, groovy_block};
use crate::pipelines::recipe::RecipeFile;
use crate::pipelines::script::{self, Builder, Packages, Surroundings};
use crate::pipelines::writer::Writer;
use ecrpass_iam::generate::Refusal;

/// What the credential is called in Jenkins.
pub const CREDENTIAL: &str = "aws-oidc-token";

/// The pipeline.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let mut w = Writer::with_comments("//", &plan.header("Builds and pushes"));
    w.line(0, "pipeline {");
    match &plan.runner {
        Some(label) => w.line(2, &format!("agent {{ label {} }}", groovy(label))),
        None => w.line(2, "agent any"),
    }
    w.lines(2, &["options {", "  timeout(time: 60, unit: 'MINUTES')", "}", "environment {"]);
    for (name, value) in script::variables(plan) {
        w.line(4, &format!("{name} = {}", groovy(&value)));
    }
    w.lines(2, &["}", "stages {", "  stage('Build and push') {"]);
    when(plan, &mut w);
    w.line(6, "steps {");
    w.line(
        8,
        &format!("withCredentials([file(credentialsId: '{CREDENTIAL}', variable: 'AWS_WEB_IDENTITY_TOKEN_FILE')]) {{"),
    );
    w.line(10, "sh '''");
    let surroundings = Surroundings {
        temporary: "$WORKSPACE_TMP",
        commit: "$GIT_COMMIT",
        packages: Packages::None,
        builder: Builder::Local,
        hand_on: None,
    };
    let mut lines = script::whole(plan, &surroundings, &[]);
    // The directory need not be there yet.
    lines.insert(1, "mkdir -p \"$WORKSPACE_TMP\"".to_owned());
    let lines: Vec<String> = lines.iter().map(|line| groovy_block(line)).collect();
    w.lines(12, &lines);
    w.line(10, "'''");
    w.lines(0, &["        }", "      }", "    }", "  }", "}"]);
    let audience = plan.claim("aud").unwrap_or_default();
    let notes = vec![format!(
        "The credential `{CREDENTIAL}` is one of the kind `OpenID Connect id token as file`, with the audience {audience}."
    )];
    Ok((vec![RecipeFile::pipeline("Jenkinsfile", w.finish())], notes))
}

/// Only for these branches and tags, in a multibranch pipeline.
fn when(plan: &Plan, w: &mut Writer) {
    let mut conditions = Vec::new();
    for (variable, names) in [("BRANCH_NAME", &plan.branches), ("TAG_NAME", &plan.git_tags)] {
        conditions.extend(names.iter().map(|name| {
            if crate::pipelines::refs::is_pattern(name) {
                // In Groovy's `==~` the whole text has to fit.
                let pattern = crate::pipelines::quote::regex(name);
                format!("env.{variable} != null && env.{variable} ==~ {}", groovy(&pattern))
            } else {
                format!("env.{variable} == {}", groovy(name))
            }
        }));
    }
    if conditions.is_empty() {
        return;
    }
    w.lines(6, &["when {", "  beforeAgent true", "  anyOf {"]);
    for condition in conditions {
        w.line(10, &format!("expression {{ {condition} }}"));
    }
    w.lines(6, &["  }", "}"]);
}
