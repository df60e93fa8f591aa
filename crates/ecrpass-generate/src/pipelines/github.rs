//! GitHub Actions.
//!
//! Nothing of an expression stands in a script: a branch's name could be a command. Permissions are none but for the job's.

use crate::pipelines::pins;
use crate::pipelines::plan::Plan;
use crate::pipelines::quote::{yaml, yaml_list};
use crate::pipelines::recipe::RecipeFile;
use crate::pipelines::refs;
use crate::pipelines::roles;
use crate::pipelines::script::{self, Builder, Packages, Surroundings};
use crate::pipelines::wanted::Helper;
use crate::pipelines::writer::Writer;
use ecrpass_iam::generate::Refusal;

/// The audience the action asks for by itself.
const USUAL_AUDIENCE: &str = "sts.amazonaws.com";

/// The workflow.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let mut w = Writer::with_comments("#", &plan.header("Builds and pushes"));
    w.line(0, "name: Push image");
    w.line(0, "");
    triggers(plan, &mut w);
    w.lines(0, &["", "permissions: {}", "", "concurrency:"]);
    w.lines(2, &["group: ${{ github.workflow }}-${{ github.ref }}", "cancel-in-progress: false"]);
    w.lines(0, &["", "defaults:", "  run:", "    shell: bash", "", "jobs:", "  push:"]);
    w.line(4, "name: Build and push");
    w.line(4, &format!("runs-on: {}", yaml(plan.runner.as_deref().unwrap_or("ubuntu-24.04"))));
    w.line(4, "timeout-minutes: 60");
    if let Some(environment) = &plan.environment {
        w.line(4, &format!("environment: {}", yaml(environment)));
    }
    w.lines(
        4,
        &["permissions:", "  contents: read # to check out", "  id-token: write # to assume the role"],
    );
    w.lines(4, &["outputs:", "  digest: ${{ steps.build.outputs.digest }}"]);
    w.lines(4, &["env:".to_owned(), format!("  ECR_IMAGE: {}", plan.name)]);
    w.line(4, "steps:");
    step(&mut w, &["name: Check out".to_owned(), format!("uses: {}", plan.pins.action(pins::CHECKOUT))]);
    w.lines(8, &["with:", "  persist-credentials: false"]);
    credentials(plan, &mut w)?;
    registry(plan, &mut w);
    step(&mut w, &["name: Build and push".to_owned(), "id: build".to_owned()]);
    let mut lines = vec!["builder=\"ecr-${DOCKER_CONFIG##*-}\"".to_owned()];
    lines.push("echo \"ECR_BUILDER=$builder\" >> \"$GITHUB_ENV\"".to_owned());
    lines.extend(script::build(plan, &surroundings(plan)));
    run(&mut w, &lines);
    step(&mut w, &["name: Leave nothing behind".to_owned(), "if: always()".to_owned()]);
    run(
        &mut w,
        &[
            "docker buildx rm --force \"${ECR_BUILDER:-none}\" > /dev/null 2>&1 || true".to_owned(),
            "rm -rf \"${DOCKER_CONFIG:?}\"".to_owned(),
        ],
    );
    Ok((vec![RecipeFile::pipeline(".github/workflows/push-image.yml", w.finish())], notes(plan)))
}

fn surroundings(plan: &Plan) -> Surroundings<'static> {
    // On a machine of one's own nothing is installed.
    let is_hosted = plan.runner.as_deref().is_none_or(|runner| runner.starts_with("ubuntu-"));
    Surroundings {
        temporary: "$RUNNER_TEMP",
        commit: "$GITHUB_SHA",
        packages: if is_hosted { Packages::AptWithSudo } else { Packages::None },
        builder: Builder::Local,
        hand_on: Some("echo \"digest=$digest\" >> \"$GITHUB_OUTPUT\""),
    }
}

fn triggers(plan: &Plan, w: &mut Writer) {
    w.line(0, "on:");
    if plan.branches.is_empty() && plan.git_tags.is_empty() {
        w.line(2, "workflow_dispatch:");
        return;
    }
    w.line(2, "push:");
    for (key, names) in [("branches", &plan.branches), ("tags", &plan.git_tags)] {
        let filters: Vec<String> = names.iter().map(|name| refs::github(name)).collect();
        if !filters.is_empty() {
            w.line(4, &format!("{key}: {}", yaml_list(&filters)));
        }
    }
}

fn step(w: &mut Writer, lines: &[String]) {
    for (index, line) in lines.iter().enumerate() {
        if index == 0 {
            w.line(6, &format!("- {line}"));
        } else {
            w.line(8, line);
        }
    }
}

fn run(w: &mut Writer, lines: &[String]) {
    w.line(8, "run: |");
    w.lines(10, lines);
}

fn credentials(plan: &Plan, w: &mut Writer) -> Result<(), Refusal> {
    step(w, &["name: Assume the role".to_owned(), format!("uses: {}", plan.pins.action(pins::CREDENTIALS))]);
    w.line(8, "with:");
    w.line(10, &format!("role-to-assume: {}", plan.role_arn()));
    w.line(10, &format!("aws-region: {}", plan.region));
    let drafts = roles::drafts(plan)?;
    if let Some(audience) = roles::audience(&drafts).filter(|audience| *audience != USUAL_AUDIENCE) {
        w.line(10, &format!("audience: {}", yaml(audience)));
    }
    Ok(())
}

/// How the clients of the job get the registry's password.
fn registry(plan: &Plan, w: &mut Writer) {
    if let (Helper::Action(action), false) = (&plan.helper, plan.with_login_action) {
        step(w, &["name: Name the credential helper".to_owned(), format!("uses: {action}")]);
        w.lines(8, &["with:".to_owned(), format!("  registries: {}", plan.host())]);
        return;
    }
    let surroundings = surroundings(plan);
    let mut lines = script::directory(&surroundings);
    if !plan.with_login_action {
        lines.extend(script::install(plan, &surroundings));
        lines.push(script::name_helper(plan));
        if script::is_downloaded(plan) {
            lines.push("PATH=\"$DOCKER_CONFIG/bin:$PATH\"".to_owned());
            lines.push("echo \"$DOCKER_CONFIG/bin\" >> \"$GITHUB_PATH\"".to_owned());
        }
        lines.push("export AWS_ECR_CACHE_DIR".to_owned());
        lines.push(script::try_helper(plan));
    }
    lines.push("echo \"DOCKER_CONFIG=$DOCKER_CONFIG\" >> \"$GITHUB_ENV\"".to_owned());
    lines.push("echo \"AWS_ECR_CACHE_DIR=$AWS_ECR_CACHE_DIR\" >> \"$GITHUB_ENV\"".to_owned());
    let name = match plan.with_login_action {
        true => "Have a client's configuration of the job's own",
        false => "Name the credential helper",
    };
    step(w, &[format!("name: {name}")]);
    run(w, &lines);
    if plan.with_login_action {
        step(w, &["name: Log in".to_owned(), format!("uses: {}", plan.pins.action(pins::LOGIN))]);
        let other = plan.registry.account().filter(|account| *account != plan.account);
        if plan.registry.is_public() {
            w.lines(8, &["with:", "  registry-type: public"]);
        } else if let Some(account) = other {
            w.lines(8, &["with:".to_owned(), format!("  registries: '{account}'")]);
        }
    }
}

fn notes(plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    if plan.environment.is_some() && plan.branches.is_empty() && plan.git_tags.is_empty() {
        notes.push("It is started by hand; limit the environment to the branches that may push.".to_owned());
    } else if plan.environment.is_some() {
        notes.push(
            "The token names the environment in place of the branch: limit the environment to these branches, too.".to_owned(),
        );
    }
    notes
}
