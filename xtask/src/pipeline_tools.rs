//! The pipelines and recipes that `ecrpass ci generate` writes, and the integrations of this repository, before the tools that
//! people check such files with: actionlint and zizmor for GitHub, the schemas of the CI systems, a Groovy compiler, a shell
//! and shellcheck, cfn-lint, systemd, cloud-init's schema, botocore for ECS, pre-commit. None may find anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{command, output, root, run as execute, say, target};
use crate::go;
use crate::tools::{self, cache};

/// The judges on PyPI, each pinned. check-jsonschema brings the schemas that GitLab, CircleCI and others publish.
const PYTHON: [&str; 6] = [
    "zizmor==1.32.0",
    "check-jsonschema==0.39.0",
    "cfn-lint==1.58.0",
    "botocore==1.44.8",
    "pre-commit==4.7.0",
    "ruamel.yaml==0.19.1",
];
const DIRECTORY: &str = "pipeline-tools-1";

const GROOVY: &str = "org.apache.groovy:groovy:5.0.8";

const JUDGE: &str = include_str!("pipeline_tools/judge.py");

/// The image in each partition in which a pipeline may run.
const IMAGES: [&str; 4] = [
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/app",
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/app",
    "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/team/app",
    "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/team/app",
];

/// The least that each system takes.
const SYSTEMS: [(&str, &str); 12] = [
    ("github", "--code team/app --branch main --claim repository-id=1 --claim owner-id=2"),
    ("gitlab", "--code team/app --branch main"),
    (
        "jenkins",
        "--code https://jenkins.example.com/job/app/ --branch main --claim host=jenkins.example.com/oidc --claim aud=sts.amazonaws.com",
    ),
    ("circleci", "--code o-1/p-1 --branch main --claim origin=github.com/team/app"),
    ("bitbucket", "--code team/app --branch main --claim workspace-id=w-1 --claim repository-id=r-1"),
    ("buildkite", "--code team/app --branch main"),
    ("azure", "--code team/app --branch main --claim organization-id=g-1 --claim connection=aws"),
    ("codebuild", "--code app"),
    ("ecs", ""),
    ("lambda", ""),
    ("ec2", ""),
    ("eks", ""),
];

/// More wishes, for some systems.
const MORE: [(&str, &[&str]); 8] = [
    (
        "--platform amd64,arm64 --tag latest",
        &["github", "gitlab", "jenkins", "circleci", "buildkite", "azure", "codebuild"],
    ),
    (
        "--pull-through docker-hub=docker.io --pull-through quay=quay.io",
        &["github", "gitlab", "circleci", "codebuild"],
    ),
    ("--branch release/* --git-tag v*", &["github", "gitlab", "circleci", "bitbucket", "azure", "jenkins"]),
    (
        "--branch it's --branch a\"b --branch x#y --branch a+b!",
        &["github", "gitlab", "circleci", "bitbucket", "jenkins"],
    ),
    (
        "--helper https://example.com/v1/helper --helper-sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        &["github", "gitlab", "circleci", "bitbucket", "buildkite", "azure", "jenkins", "codebuild", "ec2"],
    ),
    ("--with-login-action --environment production", &["github"]),
    ("--helper example/ecrpass@0123456789012345678901234567890123456789 --runner self-hosted", &["github"]),
    (
        "--context services/api --dockerfile services/api/Dockerfile.prod --account 210987654321",
        &["github", "gitlab", "bitbucket"],
    ),
];

/// Writes them all and has them judged.
///
/// # Errors
/// When one of the tools finds something, or ecrpass refuses a wish.
pub fn run() -> Result<()> {
    let python = install()?;
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass"))?;
    let directory = target().join("pipelines");
    match fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&directory)?,
    }
    let mut number = 0;
    for (system, least) in SYSTEMS {
        for image in IMAGES {
            write(&directory, &mut number, system, image, least)?;
        }
        for (more, systems) in MORE {
            if systems.contains(&system) {
                write(&directory, &mut number, system, IMAGES[0], &format!("{least} {more}"))?;
            }
        }
    }
    ensure!(number > 70, "only {number} wishes");
    github(&python, &directory)?;
    judge(&python, &directory)?;
    groovy(&directory)?;
    units(&directory)?;
    pre_commit(&python, &directory)?;
    say(&format!("  {number} wishes: nothing found"));
    Ok(())
}

/// Writes one wish into a directory of its own.
fn write(directory: &Path, number: &mut usize, system: &str, image: &str, wish: &str) -> Result<()> {
    *number += 1;
    let output = directory.join(format!("{number:03}-{system}"));
    let builds = !["ecs", "lambda", "ec2", "eks"].contains(&system);
    let image = if builds { image.to_owned() } else { format!("{image}:v1") };
    let mut generate = Command::new(target().join("debug/ecrpass"));
    generate.args(["ci", "generate", system, "--image", &image]).args(wish.split_whitespace());
    generate
        .arg("--output")
        .arg(&output)
        .args(["--iam", if number.is_multiple_of(2) { "json" } else { "cloudformation" }]);
    let made = generate.stdin(Stdio::null()).output().context("cannot run ecrpass")?;
    if !made.status.success() {
        bail!("`{system} {wish}` was refused:\n{}", String::from_utf8_lossy(&made.stderr));
    }
    Ok(())
}

/// actionlint and zizmor over all workflows, and over the action of this repository.
fn github(python: &Path, directory: &Path) -> Result<()> {
    let actionlint = go::ACTIONLINT.build()?;
    let mut workflows = Vec::new();
    for entry in fs::read_dir(directory)? {
        let workflow = entry?.path().join(".github/workflows/push-image.yml");
        if workflow.exists() {
            workflows.push(workflow);
        }
    }
    workflows.sort();
    ensure!(workflows.len() > 8, "only {} workflows", workflows.len());
    // It finds shellcheck by itself, where there is one.
    execute(Command::new(actionlint).arg("-no-color").args(&workflows).stdin(Stdio::null()))?;
    let mut zizmor = Command::new(python.join("bin/zizmor"));
    zizmor.args(["--offline", "--quiet", "--persona", "pedantic", "--no-config"]);
    execute(zizmor.args(&workflows).arg(root().join("action.yml")).stdin(Stdio::null()))
}

/// Schemas, shells, templates, ECS and cloud-init.
fn judge(python: &Path, directory: &Path) -> Result<()> {
    let script = directory.join("judge.py");
    fs::write(&script, JUDGE)?;
    let mut judge = Command::new(python.join("bin/python"));
    judge.arg(&script).arg(directory).arg(root()).arg(cloud_init()?);
    execute(judge.stdin(Stdio::null()))?;
    let mut templates = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        templates.extend(
            [path.join("iam/role.yaml"), path.join("function.yaml")].into_iter().filter(|path| path.exists()),
        );
    }
    ensure!(templates.len() > 20, "only {} templates", templates.len());
    execute(Command::new(python.join("bin/cfn-lint")).arg("--template").args(templates).stdin(Stdio::null()))
}

/// Compiles the Jenkinsfiles and the library as the Groovy they are.
fn groovy(directory: &Path) -> Result<()> {
    tools::java()?;
    let libraries = cache()?.join(GROOVY.replace(':', "-"));
    if !libraries.join("complete").exists() {
        say("  downloading a Groovy compiler, once");
        fs::create_dir_all(&libraries)?;
        let mut fetch =
            command("mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy");
        fetch.arg(format!("-Dartifact={GROOVY}")).arg(format!("-DoutputDirectory={}", libraries.display()));
        execute(&mut fetch)?;
        fs::write(libraries.join("complete"), "")?;
    }
    let sources = directory.join("groovy");
    fs::create_dir_all(&sources)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().replace('-', "_");
        let jenkinsfile = path.join("Jenkinsfile");
        if jenkinsfile.exists() {
            let copy = sources.join(format!("Pipeline{name}.groovy"));
            fs::copy(jenkinsfile, &copy)?;
            files.push(copy);
        }
    }
    ensure!(files.len() > 4, "only {} Jenkinsfiles", files.len());
    files.push(root().join("integrations/jenkins/vars/withEcr.groovy"));
    let mut compile = Command::new("java");
    compile.arg("-cp").arg(libraries.join("*")).arg("org.codehaus.groovy.tools.FileSystemCompiler");
    execute(compile.arg("-d").arg(sources.join("classes")).args(files).stdin(Stdio::null()))
}

/// systemd reads the units.
fn units(directory: &Path) -> Result<()> {
    let mut units = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        for file in fs::read_dir(&path).into_iter().flatten() {
            let file = file?.path();
            if file.extension().is_some_and(|extension| extension == "service") {
                units.push(file);
            }
        }
    }
    ensure!(units.len() > 3, "only {} units", units.len());
    for unit in units {
        execute(
            Command::new("systemd-analyze")
                .args(["verify", "--man=no", "--recursive-errors=no"])
                .arg(unit)
                .stdin(Stdio::null()),
        )?;
    }
    Ok(())
}

/// The hooks, by the real pre-commit, in a repository with a file that is right and one that is not.
fn pre_commit(python: &Path, directory: &Path) -> Result<()> {
    let place = directory.join("pre-commit");
    let (hooks, work) = (place.join("hooks"), place.join("work"));
    for repository in [&hooks, &work] {
        fs::create_dir_all(repository)?;
        git(repository, &["init", "--quiet"])?;
    }
    fs::copy(root().join(".pre-commit-hooks.yaml"), hooks.join(".pre-commit-hooks.yaml"))?;
    git(&hooks, &["add", "--all"])?;
    git(&hooks, &["commit", "--quiet", "--message", "hooks"])?;
    let mut head = Command::new("git");
    let revision = output(head.args(["rev-parse", "HEAD"]).current_dir(&hooks))?;
    let configuration = format!(
        "repos:\n  - repo: {}\n    rev: {}\n    hooks:\n      - id: ecrpass-audit\n      - id: ecrpass-ci-lint\n",
        hooks.display(),
        revision.trim()
    );
    fs::write(work.join(".pre-commit-config.yaml"), configuration)?;
    fs::write(
        work.join("push.sh"),
        "aws ecr get-login-password | docker login --username AWS --password-stdin public.ecr.aws\n",
    )?;
    git(&work, &["add", "--all"])?;
    let run = || {
        let mut hook = Command::new(python.join("bin/pre-commit"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut all = vec![target().join("debug")];
        all.extend(std::env::split_paths(&path));
        let path = std::env::join_paths(all)?;
        hook.args(["run", "--all-files", "--color", "never"]).current_dir(&work).env("PATH", path);
        hook.env("PRE_COMMIT_HOME", place.join("home")).stdin(Stdio::null());
        anyhow::Ok(hook.output()?)
    };
    let found = run()?;
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    ensure!(
        !found.status.success() && text.contains("wrong-login-username-or-password"),
        "pre-commit found nothing:\n{text}"
    );
    fs::write(work.join("push.sh"), "docker push public.ecr.aws/x/y:1\n")?;
    git(&work, &["add", "--all"])?;
    let clean = run()?;
    ensure!(
        clean.status.success(),
        "pre-commit found something:\n{}",
        String::from_utf8_lossy(&clean.stdout)
    );
    Ok(())
}

fn git(directory: &Path, arguments: &[&str]) -> Result<()> {
    let mut git = Command::new("git");
    git.args([
        "-c",
        "user.name=ecrpass",
        "-c",
        "user.email=ecrpass@example.com",
        "-c",
        "commit.gpgsign=false",
    ]);
    execute(git.args(arguments).current_dir(directory).stdin(Stdio::null()))
}

/// Installs the tools; where they are.
fn install() -> Result<PathBuf> {
    tools::shellcheck()?;
    tools::python(DIRECTORY, &PYTHON, "zizmor, the schemas of CI systems, cfn-lint, botocore and pre-commit")
}

/// cloud-init's schema, out of Debian's package: the program itself is for a machine that boots.
fn cloud_init() -> Result<PathBuf> {
    let directory = cache()?.join("cloud-init");
    let schema =
        directory.join("usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json");
    if !schema.exists() {
        say("  downloading cloud-init's schema, once");
        fs::create_dir_all(&directory)?;
        execute(command("apt-get download -qq cloud-init").current_dir(&directory))?;
        let package = fs::read_dir(&directory)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
            .context("apt-get downloaded nothing")?;
        execute(Command::new("dpkg-deb").arg("--extract").arg(package).arg(&directory).stdin(Stdio::null()))?;
    }
    Ok(schema)
}
