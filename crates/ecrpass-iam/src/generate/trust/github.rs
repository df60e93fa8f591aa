//! GitHub Actions: subjects of both forms.
//!
//! Repositories created, renamed or transferred since 15 July 2026 have subjects with the ids of owner and repository in
//! them, `repo:O@1/R@2:…`; others keep `repo:O/R:…`, until they opt in. Both are listed, so that a move does not lock the
//! pipeline out. Source: GitHub Docs, "OpenID Connect reference"; GitHub Changelog, 23 April 2026.

use super::claims::Claims;
use super::federated::{Federation, issuer};
use crate::generate::refusal::Refusal;

/// What narrows it.
pub const CLAIMS: &[&str] = &[
    "repository",
    "repository-id",
    "owner-id",
    "branch",
    "tag",
    "environment",
    "pull-request",
    "ref",
    "subject",
    "host",
    "aud",
    "job_workflow_ref",
    "workflow",
    "actor",
    "actor_id",
    "enterprise_id",
];

const HOST: &str = "token.actions.githubusercontent.com";

/// Keys that STS knows of GitHub's tokens, beside those in the subject. Source: AWS service authorization reference, sts.
const KEYS: [&str; 5] = ["job_workflow_ref", "workflow", "actor", "actor_id", "enterprise_id"];

/// Whom a token has to be for, and of whom.
pub fn federation(claims: &Claims) -> Result<Federation, Refusal> {
    let issuer = issuer(claims.one("host")?.unwrap_or(HOST))?;
    let repository = claims.literal("repository", "OWNER/REPOSITORY")?;
    let (owner, name) = repository
        .split_once('/')
        .filter(|(owner, name)| {
            !owner.is_empty()
                && !name.is_empty()
                && !name.contains(['/', '@', ':'])
                && !owner.contains(['@', ':'])
        })
        .ok_or_else(|| {
            Refusal::new(
                format!("`{repository}` is not a repository of GitHub."),
                "write --claim repository=OWNER/REPOSITORY",
            )
        })?;
    // GitHub Enterprise Server has its own issuer, and the older form only.
    let is_server = issuer.ends_with("/_services/token");
    let forms = claims.one("subject")?.unwrap_or(if is_server { "names" } else { "both" });
    let names = || format!("repo:{owner}/{name}");
    let ids = || -> Result<String, Refusal> {
        let owner_id = id(claims, "owner-id", repository)?;
        let repository_id = id(claims, "repository-id", repository)?;
        Ok(format!("repo:{owner}@{owner_id}/{name}@{repository_id}"))
    };
    let prefixes = match forms {
        "names" => vec![names()],
        "ids" => vec![ids()?],
        "both" => vec![names(), ids()?],
        other => {
            return Err(Refusal::new(
                format!("There is no form of subjects `{other}`."),
                "choose subject=both, subject=names (repositories from before 15 July 2026) or subject=ids",
            ));
        }
    };
    let ends = ends(claims)?;
    let subjects =
        prefixes.iter().flat_map(|prefix| ends.iter().map(move |end| format!("{prefix}:{end}"))).collect();
    let mut others = Vec::new();
    for key in KEYS {
        let values: Vec<String> = claims.all(key).map(str::to_owned).collect();
        let has_wildcard = values.iter().any(|value| value.contains(['*', '?']));
        if !values.is_empty() {
            others.push((if has_wildcard { "StringLike" } else { "StringEquals" }, key.to_owned(), values));
        }
    }
    let mut notes = Vec::new();
    if ends.iter().any(|end| end == "pull_request" || end == "*") {
        notes.push(
            "Whoever may open a pull request from a branch of this repository can use the role.".to_owned(),
        );
    }
    if ends.iter().any(|end| end.starts_with("ref:")) {
        notes.push(
            "A job with an environment has the environment in place of the branch in its subject.".to_owned(),
        );
    }
    let audience = claims.one("aud")?.unwrap_or("sts.amazonaws.com").to_owned();
    Ok(Federation {
        issuer,
        audiences: vec![audience],
        subject_operator: "StringLike",
        subjects,
        others,
        notes,
    })
}

/// What a subject says behind the repository.
fn ends(claims: &Claims) -> Result<Vec<String>, Refusal> {
    let mut ends: Vec<String> = Vec::new();
    ends.extend(claims.all("branch").map(|branch| format!("ref:refs/heads/{branch}")));
    ends.extend(claims.all("tag").map(|tag| format!("ref:refs/tags/{tag}")));
    // A colon in an environment's name is escaped in the subject.
    ends.extend(claims.all("environment").map(|name| format!("environment:{}", name.replace(':', "%3A"))));
    if claims.one("pull-request")?.is_some_and(|value| value == "yes") {
        ends.push("pull_request".to_owned());
    }
    for value in claims.all("ref") {
        match value {
            "*" => ends.push("*".to_owned()),
            value if value.starts_with("refs/") => ends.push(format!("ref:{value}")),
            value => {
                return Err(Refusal::new(
                    format!("`{value}` is not a ref."),
                    "write ref=refs/heads/BRANCH, or branch=BRANCH; ref=* is any branch, tag, environment and pull request",
                ));
            }
        }
    }
    if ends.is_empty() {
        return Err(Refusal::new(
            "It is not said which jobs of the repository may use the role.",
            "add --claim branch=main, tag=v*, environment=NAME or pull-request=yes; ref=* is all of them",
        ));
    }
    Ok(ends)
}

/// The id of a repository or its owner: digits, never a wildcard.
fn id<'a>(claims: &'a Claims, name: &str, repository: &str) -> Result<&'a str, Refusal> {
    let ask =
        format!("gh api repos/{repository} --jq '.id, .owner.id' prints the repository's and the owner's");
    let value = claims.one(name)?.ok_or_else(|| {
        Refusal::new(
            format!("Subjects of repositories from after 15 July 2026 hold ids, and {name} is not given."),
            format!("add --claim {name}=…: {ask}; subject=names leaves that form out"),
        )
    })?;
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::new(
            format!("The id `{value}` would let in repositories that are not yours: ids are digits."),
            ask,
        ));
    }
    Ok(value)
}
