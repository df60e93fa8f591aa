//! GitLab CI: the job declares an identity token, and a script hands it to AWS.

use ecrpass_audit::rule::Examined;
use ecrpass_audit::yaml::Node;

use crate::convert::snippet::{self, Setting};
use crate::convert::work::{Obstacle, Target, Work};
use crate::convert::{jobs, lines, locate};

/// The variable with the token.
const TOKEN: &str = "AWS_ID_TOKEN";

/// Converts a pipeline.
pub(super) fn convert(examined: &Examined<'_>, target: &Target) -> Result<Work, Vec<Obstacle>> {
    let text = &examined.file.text;
    let documents = jobs::documents(examined);
    let mut work = Work::default();
    let mut obstacles = Vec::new();
    let mut declared: Vec<usize> = Vec::new();
    let audience = target.audience.clone().unwrap_or_else(|| "https://gitlab.com".to_owned());
    for chain in jobs::chains(examined, target)? {
        let byte = chain.commands.first().map_or(0, |command| command.start);
        let way = locate::way(documents, byte);
        let Some(owner) = locate::with_key(&way, "script")
            .or_else(|| locate::with_key(&way, "before_script"))
            .or_else(|| way.iter().rev().map(|hop| hop.node).find(|node| node.members().is_some()))
        else {
            continue;
        };
        let root = way.first().map(|hop| hop.node);
        let is_global = root.is_some_and(|root| root.bytes == owner.bytes);
        let token = match token_of(owner) {
            Some((name, given)) if given == audience => name,
            Some((name, _)) => {
                obstacles.push(Obstacle::new(
                    owner.get("id_tokens").map_or(byte..byte + 1, |node| node.bytes.clone()),
                    format!("The token {name} of this job is for another audience than {audience}."),
                    "add --audience with the one that it is for",
                ));
                continue;
            }
            None => {
                if !declared.contains(&owner.bytes.start) {
                    declared.push(owner.bytes.start);
                    declare(text, owner, is_global, &audience, &mut work);
                }
                TOKEN.to_owned()
            }
        };
        let by_reference = text.contains("!reference");
        if by_reference && is_hidden(&way) {
            obstacles.push(Obstacle::new(
                byte..byte + 1,
                "Other jobs take this script by !reference, and not the token with it.",
                "use `extends` in place of !reference",
            ));
            continue;
        }
        let setting = Setting {
            temporary: "/tmp",
            with_sudo: false,
            token: Some(format!("printf '%s' \"${token}\"")),
            region: snippet::region(&chain.hosts),
            session: "\"gitlab-$CI_PIPELINE_ID\"",
            kept_in: None,
        };
        let new = snippet::lines(&chain.hosts, target, &setting);
        jobs::replace(text, documents, &chain, &new, &mut work, &mut obstacles);
    }
    jobs::finished(work, obstacles, || {
        format!(
            "The trust policy of {} has to let this project in, with the audience {audience}: ecrpass policy generate push --repository IMAGE --trust gitlab --claim project=GROUP/PROJECT --claim branch=BRANCH",
            target.role_arn
        )
    })
}

/// The token that is declared already.
fn token_of(owner: &Node) -> Option<(String, String)> {
    let (key, token) = owner.members_of("id_tokens").first()?;
    let audience = token.each_of("aud").first().and_then(Node::text)?;
    Some((key.text.clone(), audience.to_owned()))
}

/// Whether a script is one that no job is: `.login:`.
fn is_hidden(way: &[locate::Hop<'_>]) -> bool {
    way.get(1).and_then(|hop| hop.key).is_some_and(|key| key.text.starts_with('.'))
}

/// Declares the token beside the script.
fn declare(text: &str, owner: &Node, is_global: bool, audience: &str, work: &mut Work) {
    let declaration = |indent: &str| {
        vec![
            format!("{indent}id_tokens:"),
            format!("{indent}  {TOKEN}:"),
            format!("{indent}    aud: {}", crate::pipelines::quote::yaml(audience)),
        ]
    };
    let Some((first, _)) = owner.members().and_then(|members| {
        members
            .iter()
            .filter(|(key, _)| owner.bytes.contains(&key.bytes.start))
            .min_by_key(|(key, _)| key.bytes.start)
    }) else {
        return;
    };
    if is_global {
        // For all jobs, as the script is.
        let new: Vec<String> = std::iter::once("default:".to_owned()).chain(declaration("  ")).collect();
        match owner.entry("default") {
            Some((key, default)) => {
                let indent = default
                    .members()
                    .and_then(|members| members.first())
                    .map_or_else(|| "  ".to_owned(), |(key, _)| lines::column(text, key.bytes.start));
                work.edit(vec![lines::behind(text, key.bytes.start, &indent, &declaration(""))]);
            }
            None => work.edit(vec![lines::before(text, first.bytes.start, "", &new)]),
        }
        return;
    }
    let indent = lines::column(text, first.bytes.start);
    work.edit(vec![lines::before(text, first.bytes.start, &indent, &declaration(""))]);
}
