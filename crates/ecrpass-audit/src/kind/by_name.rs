//! What a file's name says. The path is in lower case, with `/`.

use ecrpass_clients::client::login_file_at;

use crate::kind::FileKind;
use crate::kind::path_end::ends_in;
use crate::system::System;

/// What the name says.
pub(super) enum Told {
    /// It is this.
    Certain(FileKind),
    /// It is this unless its content says otherwise.
    Perhaps(FileKind),
}

/// Endings that say that a file is made from this one, or is kept of it: what it is stands before them.
const DERIVED: [&str; 12] = [
    ".tpl",
    ".tmpl",
    ".tftpl",
    ".template",
    ".j2",
    ".erb",
    ".in",
    ".dist",
    ".example",
    ".sample",
    ".bak",
    ".orig",
];

/// What the name of a path says.
pub(super) fn kind(path: &str) -> Told {
    let path = DERIVED.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    if let Some(kind) = by_place(path, directory, name).or_else(|| by_full_name(directory, name)) {
        return Told::Certain(kind);
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match by_extension(extension) {
        Some(kind) => Told::Certain(kind),
        None => Told::Perhaps(FileKind::Other),
    }
}

/// Whether a directory of the path has that name.
fn is_below(directory: &str, name: &str) -> bool {
    directory.split('/').any(|part| part == name)
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yml") || name.ends_with(".yaml")
}

/// What its directories say.
fn by_place(path: &str, directory: &str, name: &str) -> Option<FileKind> {
    let pipeline = |system| Some(FileKind::Pipeline(system));
    let ends = |end: &str| ends_in(directory, end);
    if is_yaml(name) {
        if ends(".github/workflows") {
            return pipeline(System::Github);
        }
        if is_below(directory, ".gitlab") || is_below(directory, ".gitlab-ci") {
            return pipeline(System::Gitlab);
        }
        if is_below(directory, ".circleci") {
            return pipeline(System::Circleci);
        }
        if is_below(directory, ".buildkite") {
            return pipeline(System::Buildkite);
        }
        let azure = [".azure", ".azure-pipelines", ".azuredevops", "azure-pipelines"];
        if azure.iter().any(|part| is_below(directory, part)) {
            return pipeline(System::Azure);
        }
        if is_below(directory, ".woodpecker") {
            return pipeline(System::Woodpecker);
        }
    }
    if ends("vars") && name.ends_with(".groovy") {
        return pipeline(System::Jenkins);
    }
    if login_file_at(path).is_some() {
        return Some(FileKind::ClientConfig);
    }
    if ends(".aws") && matches!(name, "credentials" | "config") {
        return Some(FileKind::AwsFile);
    }
    if ["cron.d", "spool/cron", "cron/crontabs"].iter().any(|place| ends(place)) {
        return Some(FileKind::Crontab);
    }
    if directory.ends_with(".service.d") && name.ends_with(".conf") {
        return Some(FileKind::Unit);
    }
    if directory == "var/log" || directory.starts_with("var/log/") || directory.starts_with("/var/log") {
        return Some(FileKind::Log);
    }
    None
}

/// What its whole name says.
fn by_full_name(directory: &str, name: &str) -> Option<FileKind> {
    let pipeline = |system| Some(FileKind::Pipeline(system));
    let stem = name.split('.').next().unwrap_or_default();
    match name {
        "action.yml" | "action.yaml" => return pipeline(System::Github),
        ".travis.yml" | ".travis.yaml" => return pipeline(System::Travis),
        ".drone.yml" | ".drone.yaml" => return pipeline(System::Drone),
        ".woodpecker.yml" | ".woodpecker.yaml" => return pipeline(System::Woodpecker),
        "bitbucket-pipelines.yml" | "bitbucket-pipelines.yaml" => return pipeline(System::Bitbucket),
        "buildkite.yml" | "buildkite.yaml" => return pipeline(System::Buildkite),
        "makefile" | "gnumakefile" | "justfile" | ".justfile" => return Some(FileKind::Makefile),
        "taskfile.yml" | "taskfile.yaml" => return Some(FileKind::Taskfile),
        "package.json" => return Some(FileKind::NodePackage),
        ".dockercfg" | ".dockerconfigjson" => return Some(FileKind::ClientConfig),
        "crontab" => return Some(FileKind::Crontab),
        "environment" if directory == "etc" || directory.ends_with("/etc") => return Some(FileKind::Dotenv),
        ".envrc" => return Some(FileKind::Dotenv),
        ".bashrc" | ".bash_profile" | ".profile" | ".zshrc" | ".zprofile" | ".zshenv" => {
            return Some(FileKind::Shell);
        }
        ".history" | "fish_history" | "consolehost_history.txt" => return Some(FileKind::History),
        _ => {}
    }
    if name.starts_with('.') && name.ends_with("_history") {
        return Some(FileKind::History);
    }
    if name.starts_with("jenkinsfile") || name.ends_with(".jenkinsfile") {
        return pipeline(System::Jenkins);
    }
    if matches!(stem, "dockerfile" | "containerfile")
        || name.starts_with("dockerfile-")
        || name.ends_with(".dockerfile")
    {
        return Some(FileKind::Dockerfile);
    }
    if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") {
        return Some(FileKind::Dotenv);
    }
    if matches!(stem, "readme" | "changelog" | "changes" | "history" | "contributing" | "license" | "notes")
        && (name == stem || name.ends_with(".txt"))
    {
        return Some(FileKind::Document);
    }
    if is_yaml(name) {
        if name.ends_with(".gitlab-ci.yml")
            || name.ends_with(".gitlab-ci.yaml")
            || name.starts_with(".gitlab-ci")
        {
            return pipeline(System::Gitlab);
        }
        if name.starts_with("azure-pipeline") {
            return pipeline(System::Azure);
        }
        if name.starts_with("buildspec") {
            return pipeline(System::Codebuild);
        }
        if name.starts_with("compose.") || name.starts_with("compose-") || name.starts_with("docker-compose")
        {
            return Some(FileKind::Compose);
        }
        if name.starts_with("values.") || name.starts_with("values-") || name.starts_with("values_") {
            return Some(FileKind::HelmValues);
        }
        if name.starts_with("serverless.") || name.starts_with("serverless-") {
            return Some(FileKind::Cloudformation);
        }
    }
    if name.ends_with(".nomad") || name.ends_with(".nomad.hcl") {
        return Some(FileKind::Nomad);
    }
    if name.ends_with(".tf.json") || name.ends_with(".tfvars.json") {
        return Some(FileKind::Terraform);
    }
    if name.contains(".tfstate") {
        return Some(FileKind::TerraformState);
    }
    if name.ends_with(".log") || name.contains(".log.") {
        return Some(FileKind::Log);
    }
    None
}

/// What its ending says.
fn by_extension(extension: &str) -> Option<FileKind> {
    Some(match extension {
        "sh" | "bash" | "zsh" | "ksh" | "dash" => FileKind::Shell,
        "ps1" | "psm1" => FileKind::PowerShell,
        "bat" | "cmd" => FileKind::Batch,
        "mk" | "mak" | "just" => FileKind::Makefile,
        "service" | "timer" => FileKind::Unit,
        "cron" | "crontab" => FileKind::Crontab,
        "tf" | "tfvars" | "hcl" => FileKind::Terraform,
        "md" | "markdown" | "mdx" | "mkd" | "rst" | "adoc" | "asciidoc" | "html" | "htm" | "ipynb"
        | "tex" | "org" => FileKind::Document,
        _ => return None,
    })
}
