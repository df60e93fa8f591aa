//! The jobs that `ecrpass ci generate` writes, run here: the shell steps of each with the variables of its CI system, a token
//! of that system's form, the role with the trust policy that was written along, and a real `docker push`.
//!
//! BuildKit's builder is an image that no closed world can pull, so `docker buildx` is a script here that builds and pushes
//! with docker itself; everything else is as it was written.

use std::fs;

use anyhow::{Context, Result, ensure};
use ecrpass_lab::{HOST, Lab, Session};
use ecrpass_local::{DEFAULT_ACCOUNT, Policy, Role, WebIdentityTrust};
use serde_json::Value;

use crate::test::Test;

pub const TESTS: &[Test] = &[
    ("a_generated_github_job_pushes", a_generated_github_job_pushes),
    ("a_generated_gitlab_job_pushes", a_generated_gitlab_job_pushes),
    ("a_neighbours_job_is_refused", a_neighbours_job_is_refused),
];

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// `docker` with a `buildx` that needs no image: one platform, one build, all tags pushed.
const DOCKER: &str = r#"#!/bin/sh
if [ "$1" != buildx ] && [ "$1" != context ]; then exec /usr/bin/docker "$@"; fi
if [ "$1 $2" != 'buildx build' ]; then exit 0; fi
shift 2
tags= file= last=.
while [ "$#" -gt 0 ]; do
  case "$1" in
    --tag) tags="$tags $2"; shift ;;
    --metadata-file) file="$2"; shift ;;
    --builder | --platform) shift ;;
    --push) ;;
    *) last="$1" ;;
  esac
  shift
done
set -e
for tag in $tags; do
  DOCKER_BUILDKIT=0 /usr/bin/docker build --quiet --tag "$tag" "$last"
  /usr/bin/docker push --quiet "$tag"
  digest="$(/usr/bin/docker inspect --format '{{index .RepoDigests 0}}' "$tag")"
done
printf '{"containerimage.digest": "%s"}' "${digest##*@}" > "$file"
"#;

/// What was written, and a session with the program in place that a CI system has.
struct Job<'a> {
    session: Session<'a>,
    pipeline: String,
    trust: Value,
    policy: String,
}

fn generated<'a>(lab: &'a Lab, system: &str, more: &str) -> Result<Job<'a>> {
    let session = Session::new(lab)?;
    session.install_helper()?;
    session.install_ecrpass()?;
    session.script("bin/docker", DOCKER)?;
    session.write("code/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")?;
    let made = session.sh(&format!(
        "ecrpass ci generate {system} --image {HOST}/team/app --role generated-{system} --helper installed --context code --format json {more}"
    ))?;
    let written: Value = serde_json::from_str(&made.ok()?.stdout)?;
    let text = |part: &str| {
        let files = written["files"].as_array().into_iter().flatten();
        let file = files.into_iter().find(|file| file["for"] == part).and_then(|file| file["text"].as_str());
        file.map(str::to_owned).with_context(|| format!("no {part}"))
    };
    let (pipeline, trust) = (text("pipeline")?, serde_json::from_str(&text("trust")?)?);
    Ok(Job { session, pipeline, trust, policy: text("policy")? })
}

impl Job<'_> {
    /// Makes the role as its trust policy says it; issuer and audience of the policy.
    fn role(&self, system: &str) -> Result<(String, String)> {
        let statement = &self.trust["Statement"][0];
        let provider = statement["Principal"]["Federated"].as_str().context("no provider")?;
        let issuer = provider.split_once("oidc-provider/").context("no issuer")?.1.to_owned();
        let condition = |claim: &str| {
            let operators = statement["Condition"].as_object().into_iter().flatten();
            let mut values = operators
                .map(|(_, keys)| &keys[format!("{issuer}:{claim}")])
                .filter(|value| !value.is_null());
            let value = values.next().with_context(|| format!("no condition for {claim}"))?;
            // Several may be listed; this world's role takes one.
            let first = value.as_array().and_then(|all| all.first()).unwrap_or(value);
            first.as_str().map(str::to_owned).context("no text")
        };
        let (audience, subject) = (condition("aud")?, condition("sub")?);
        let trust =
            WebIdentityTrust { issuer: format!("https://{issuer}"), audience: audience.clone(), subject };
        let role = Role::new(DEFAULT_ACCOUNT, &format!("generated-{system}"))
            .policy(Policy::nothing().inline("ecr-push", &self.policy))
            .web_identity(trust);
        self.session.lab.ecr.add_role(role);
        Ok((format!("https://{issuer}"), audience))
    }

    /// The scripts below `run: |` or `- |`, without their indentation.
    fn scripts(&self) -> Vec<String> {
        let mut scripts = Vec::new();
        let mut lines = self.pipeline.lines().peekable();
        while let Some(line) = lines.next() {
            if !matches!(line.trim(), "run: |" | "- |") && !line.trim_start().starts_with("run: ") {
                continue;
            }
            if let Some(one) = line.trim_start().strip_prefix("run: ").filter(|one| *one != "|") {
                scripts.push(one.to_owned());
                continue;
            }
            let indent = line.len() - line.trim_start().len();
            let mut script = String::new();
            while let Some(next) =
                lines.next_if(|next| next.is_empty() || next.len() - next.trim_start().len() > indent)
            {
                script.push_str(next.trim_start());
                script.push('\n');
            }
            scripts.push(script);
        }
        scripts
    }

    /// The variables of the file, `NAME: value`.
    fn variables(&mut self, names: &[&str]) -> Result<()> {
        for name in names {
            let prefix = format!("{name}: ");
            let value =
                self.pipeline.lines().find_map(|line| line.trim().strip_prefix(&prefix)).map(str::to_owned);
            self.session.set(name, &value.with_context(|| format!("no {name}:\n{}", self.pipeline))?);
        }
        Ok(())
    }

    /// What was pushed is there, and nothing else is left.
    fn pushed(&self, said: &str) -> Result<()> {
        let tags = self.session.lab.ecr.tags(DEFAULT_ACCOUNT, "us-east-1", "team/app")?;
        ensure!(tags.iter().any(|tag| tag == COMMIT), "{tags:?}\n{said}");
        ensure!(said.contains(&format!("pushed {HOST}/team/app@sha256:")), "{said}");
        ensure!(!self.session.path(".docker").exists(), "something was logged in");
        ensure!(!self.session.path(".ecr").exists(), "a token was left");
        let principals: Vec<_> =
            self.session.lab.ecr.calls().into_iter().filter_map(|call| call.principal).collect();
        ensure!(principals.iter().any(|principal| principal.contains("generated-")), "{principals:?}");
        Ok(())
    }
}

fn a_generated_github_job_pushes(lab: &Lab) -> Result<()> {
    let mut job = generated(
        lab,
        "github",
        "--code team/app --branch main --claim repository-id=22 --claim owner-id=11 --runner self-hosted",
    )?;
    let (issuer, audience) = job.role("github")?;
    let token = lab.ecr.web_identity_token_of(&issuer, &audience, "repo:team/app:ref:refs/heads/main", 300);
    // What the step before does: configure-aws-credentials.
    let file = job.session.write("token", token.expose())?;
    job.session.set("AWS_WEB_IDENTITY_TOKEN_FILE", &file.display().to_string());
    job.session.set("AWS_ROLE_ARN", &lab.ecr.role_arn(DEFAULT_ACCOUNT, "generated-github"));
    job.session.set("AWS_REGION", "us-east-1");
    job.variables(&["ECR_IMAGE"])?;
    job.session.set("GITHUB_SHA", COMMIT);
    let temporary = job.session.path("temporary");
    fs::create_dir(&temporary)?;
    job.session.set("RUNNER_TEMP", &temporary.display().to_string());
    for (name, file) in [("GITHUB_ENV", "env"), ("GITHUB_OUTPUT", "output"), ("GITHUB_PATH", "path")] {
        let path = job.session.write(file, "")?;
        job.session.set(name, &path.display().to_string());
    }
    let mut said = String::new();
    let scripts = job.scripts();
    ensure!(scripts.len() == 3, "{scripts:#?}");
    for script in scripts {
        let path = job.session.write("step.sh", &script)?;
        let run = job.session.sh(&format!("bash --noprofile --norc -eo pipefail {}", path.display()))?;
        said.push_str(&run.ok()?.text());
        for line in fs::read_to_string(job.session.path("env"))?.lines() {
            if let Some((name, value)) = line.split_once('=') {
                job.session.set(name, value);
            }
        }
    }
    ensure!(fs::read_to_string(job.session.path("output"))?.starts_with("digest=sha256:"), "{said}");
    ensure!(fs::read_dir(&temporary)?.next().is_none(), "something is left");
    job.pushed(&said)
}

/// Sets what GitLab sets, with a token of this subject.
fn gitlab<'a>(lab: &'a Lab, subject: &str) -> Result<(Job<'a>, String)> {
    let mut job = generated(lab, "gitlab", "--code team/app --branch main")?;
    let (issuer, audience) = job.role("gitlab")?;
    let asked = job.pipeline.lines().find_map(|line| line.trim().strip_prefix("aud: "));
    ensure!(
        asked == Some(audience.as_str()),
        "the pipeline asks for {asked:?}, the trust policy wants {audience}"
    );
    let token = lab.ecr.web_identity_token_of(&issuer, &audience, subject, 300);
    job.session.set("AWS_ID_TOKEN", token.expose());
    job.session.set("CI_COMMIT_SHA", COMMIT);
    job.variables(&["AWS_REGION", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "ECR_IMAGE"])?;
    let scripts = job.scripts();
    ensure!(scripts.len() == 1, "{scripts:#?}");
    Ok((job, scripts.concat()))
}

fn a_generated_gitlab_job_pushes(lab: &Lab) -> Result<()> {
    let (job, script) = gitlab(lab, "project_path:team/app:ref_type:branch:ref:main")?;
    let path = job.session.write("step.sh", &script)?;
    let run = job.session.sh(&format!("sh {}", path.display()))?;
    let said = run.ok()?.text();
    ensure!(fs::read_to_string(job.session.path("image.env"))?.starts_with("ECR_DIGEST=sha256:"), "{said}");
    job.pushed(&said)
}

fn a_neighbours_job_is_refused(lab: &Lab) -> Result<()> {
    let (job, script) = gitlab(lab, "project_path:team/other:ref_type:branch:ref:main")?;
    let path = job.session.write("step.sh", &script)?;
    // Before anything is built, and with the reason.
    let run = job.session.sh(&format!("sh {}", path.display()))?;
    run.refused("ecr-login: [")?.does_not_say("pushed ")?;
    Ok(())
}
