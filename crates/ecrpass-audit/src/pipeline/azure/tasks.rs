//! What known tasks do. Sources: Azure Pipelines task reference; AWS Toolkit for Azure DevOps user guide.

use crate::deed::What;
use crate::known::Known;
use crate::pipeline::model::Uses;
use crate::pipeline::suggests;
use crate::shell::Dialect;

/// The inputs that hold a task's script, its syntax and shell.
pub(super) fn script(name: &str, uses: &Uses) -> (&'static [&'static str], Dialect, Option<&'static str>) {
    match name {
        "AWSShellScript" => (&["inlineScript"], Dialect::Posix, Some("bash")),
        "AWSPowerShellModuleScript" => (&["inlineScript"], Dialect::PowerShell, Some("powershell")),
        "Bash" | "ShellScript" => (&["script"], Dialect::Posix, Some("bash")),
        "CmdLine" => (&["script"], Dialect::Posix, None),
        "PowerShell" if uses.is_set_to("pwsh", "true") => (&["script"], Dialect::PowerShell, Some("pwsh")),
        "PowerShell" => (&["script"], Dialect::PowerShell, Some("powershell")),
        "AzureCLI" => (&["inlineScript"], Dialect::Posix, None),
        _ => (&[], Dialect::Posix, None),
    }
}

/// What a task does. Tasks with a service connection log in by it.
pub(super) fn deeds(uses: &Uses) -> Vec<What> {
    match uses.name.as_str() {
        // They log in to ECR for themselves alone.
        "ECRPushImage" => pushes(uses),
        "ECRPullImage" => Vec::new(),
        "Docker" | "DockerCompose" if uses.filled("containerRegistry").is_some() => vec![What::MayLogIn],
        "Docker" | "DockerInstaller" | "DockerCompose" => Vec::new(),
        name if suggests::login(name) => vec![What::MayLogIn],
        _ => Vec::new(),
    }
}

/// Source: AWS Toolkit for Azure DevOps, `ECRPushImage`: without a tag it is `latest`.
fn pushes(uses: &Uses) -> Vec<What> {
    if uses.filled("repositoryName").is_none() {
        return Vec::new();
    }
    let text = |text: &str| Known::Exactly(text.to_owned());
    let tag = uses.filled("pushTag").map_or_else(|| text("latest"), |tag| tag.value.clone());
    let image = Known::concat([
        &Known::named("registry"),
        &text("/"),
        &uses.value("repositoryName"),
        &text(":"),
        &tag,
    ]);
    vec![What::Push { client: "task".to_owned(), image }]
}
