//! Tokens of the metadata service are required with a hop limit of 1, and the machine runs containers that need its role:
//! the answer does not get to them.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::edit::{FileEdit, Replacement, Safety};
use crate::hit::{Hit, Spot};
use crate::infrastructure::stack::Resource;
use crate::infrastructure::user_data::{UserData, When};
use crate::infrastructure::{InScope, beside, metadata, user_data};
use crate::passage::Passage;
use crate::rule::{Examined, Rule};

/// `imds-unreachable-or-hop-limit`
pub static RULE: Rule = Rule { id: DiagnosisId::ImdsUnreachableOrHopLimit, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(stack) = examined.models.stack() else { return Vec::new() };
    let scripts = user_data::of(&stack);
    let options = metadata::of(&stack).into_iter().filter(|options| !options.is_disabled);
    options
        .filter_map(|options| {
            let (tokens, _) = options.tokens?;
            let (limit, bytes) = options.hop_limit?;
            if tokens != "required" || limit != "1" {
                return None;
            }
            let path = &examined.file.path;
            let is_own = |script: &&UserData| {
                script.owner == options.resource.address() && script.when != When::Apply
            };
            let own = scripts.iter().filter(is_own);
            let here = own.filter_map(|script| container(&script.passage)).next();
            let here = here.map(|bytes| Spot::new(path, bytes, "one hop further away"));
            let evidence = here.or_else(|| beside_it(examined, &stack, options.resource))?;
            let written = examined.file.text.get(bytes.clone())?;
            let edit = FileEdit {
                summary: "Let answers of the metadata service go one hop further".to_owned(),
                safety: Safety::Unsafe,
                replacements: vec![Replacement { bytes: bytes.clone(), text: written.replace('1', "2") }],
            };
            let title = "containers on this machine need its role, and the metadata service's answer does not reach them";
            let spots = vec![Spot::new(path, bytes, "one hop ends at the machine itself"), evidence];
            Some(Hit::new(Severity::Note, title, spots).with_edit(Some(edit)))
        })
        .collect()
}

/// The same in a file that the resource's user data is read from.
fn beside_it(examined: &Examined<'_>, stack: &InScope<'_>, resource: &Resource) -> Option<Spot> {
    let data = resource.property(&["user_data", "user_data_base64"])?;
    let file = beside::file(examined.tree, stack, data)?;
    let bytes = container(&Passage::verbatim(file.text.as_str(), 0))?;
    Some(Spot::new(&file.path, bytes, "one hop further away"))
}

/// What needs the machine's role when it runs in a container: the AWS CLI, builders, and agents whose jobs log in.
const NEEDS_ROLE: [&str; 17] = [
    "aws-cli",
    "awscli",
    "kaniko",
    "gitlab-runner",
    "inbound-agent",
    "jnlp",
    "jenkins",
    "buildkite/agent",
    "actions-runner",
    "github-runner",
    "gha-runner",
    "drone-runner",
    "woodpecker-agent",
    "teamcity-agent",
    "azp-agent",
    "amazon-ecr-credential-helper",
    "ecr-login",
];

/// Where a script runs such a thing in a container with a network of its own.
fn container(script: &Passage) -> Option<std::ops::Range<usize>> {
    let text = script.text();
    let mut start = 0;
    for line in joined_lines(text) {
        let (from, to) = (start, start + line.len());
        start = to;
        let command = line.trim_start();
        if command.starts_with('#') {
            continue;
        }
        let runs = ["docker run", "docker container run", "podman run", "nerdctl run"]
            .iter()
            .any(|run| command.contains(run));
        let is_host = ["--network host", "--network=host", "--net host", "--net=host"]
            .iter()
            .any(|net| command.contains(net));
        let needs = NEEDS_ROLE.iter().any(|image| command.contains(image));
        let executor = command.contains("gitlab-runner register")
            && command.contains("--executor")
            && (command.contains("docker")
                && !command.contains("--docker-network-mode host")
                && !command.contains("--docker-network-mode=host"));
        let configured = command.starts_with("executor")
            && command.contains("\"docker\"")
            && !text.contains("network_mode = \"host\"");
        if runs && needs && !is_host || executor || configured {
            let indent = line.len() - command.len();
            let end = from + line.trim_end().len();
            return Some(script.places(from + indent..end.max(from + indent)));
        }
    }
    None
}

/// The lines of a text; one that ends with `\` goes on in the next.
fn joined_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        loop {
            let line = rest.get(end..)?.split_inclusive('\n').next().unwrap_or_default();
            end += line.len();
            if line.is_empty() || !line.trim_end().ends_with('\\') {
                break;
            }
        }
        let (line, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(line)
    })
}
