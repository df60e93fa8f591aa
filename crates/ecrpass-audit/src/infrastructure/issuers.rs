//! CI systems by the issuers of their tokens, and how wide a subject of theirs is.

use crate::known::{find_outside_holes, has_hole};

/// How much a subject lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// A project, a repository, or less; or it is not known.
    Narrow,
    /// All of an organization.
    Organization,
    /// Everybody who uses the CI system.
    Everybody,
}

/// A CI system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// GitHub Actions.
    Github,
    /// GitLab, the public one or one's own.
    Gitlab,
    /// Bitbucket, whose issuers are one for each workspace.
    Bitbucket,
    /// CircleCI, whose issuers are one for each organization.
    Circleci,
    /// Buildkite.
    Buildkite,
    /// HCP Terraform.
    Terraform,
}

impl Issuer {
    /// The CI system of an issuer, without `https://`; `None` for others, such as clusters of Kubernetes.
    pub fn of(issuer: &str) -> Option<Self> {
        let host = issuer.split('/').next().unwrap_or(issuer);
        match host {
            "token.actions.githubusercontent.com" => Some(Self::Github),
            "api.bitbucket.org" => Some(Self::Bitbucket),
            "oidc.circleci.com" => Some(Self::Circleci),
            "agent.buildkite.com" => Some(Self::Buildkite),
            "app.terraform.io" => Some(Self::Terraform),
            // GitHub Enterprise Server.
            _ if issuer.ends_with("/_services/token") => Some(Self::Github),
            _ if host.split('.').any(|part| part.starts_with("gitlab")) => Some(Self::Gitlab),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Bitbucket => "Bitbucket",
            Self::Circleci => "CircleCI",
            Self::Buildkite => "Buildkite",
            Self::Terraform => "HCP Terraform",
        }
    }

    /// What a policy without a subject lets in: an issuer of one organization only that.
    pub fn without_subject(self) -> Width {
        match self {
            Self::Bitbucket | Self::Circleci => Width::Organization,
            _ => Width::Everybody,
        }
    }

    /// What a claim other than the subject pins to.
    pub fn width_of_claim(self, claim: &str) -> Width {
        match claim {
            "repository_owner"
            | "repository_owner_id"
            | "namespace_id"
            | "namespace_path"
            | "organization_slug"
            | "organization_id"
            | "terraform_organization_id"
            | "terraform_organization_name"
            | "workspaceuuid" => Width::Organization,
            "aud" | "iss" | "amr" | "actor" | "ref" | "environment" | "workflow" | "pipeline_source"
            | "ref_protected" | "runner_environment" | "build_branch" => Width::Everybody,
            // `repository`, `repository_id`, `job_workflow_ref`, `project_id`, and what is not known.
            _ => Width::Narrow,
        }
    }

    /// How wide a pattern of subjects is.
    pub fn width(self, pattern: &str) -> Width {
        if pattern.chars().all(|c| matches!(c, '*' | '?' | ':')) {
            return self.without_subject();
        }
        // What a variable decides is not known.
        if pattern.starts_with("${") {
            return Width::Narrow;
        }
        match self {
            Self::Github => github(pattern),
            Self::Gitlab => gitlab(pattern),
            Self::Bitbucket => {
                if pattern.starts_with('*') {
                    Width::Organization
                } else {
                    Width::Narrow
                }
            }
            Self::Circleci => match pattern.split_once("/project/") {
                Some((_, project)) if project.starts_with('*') => Width::Organization,
                None if !has_hole(pattern) || pattern.ends_with('*') => Width::Organization,
                _ => Width::Narrow,
            },
            Self::Buildkite => fields(pattern, "organization", "pipeline"),
            Self::Terraform => fields(pattern, "organization", "workspace"),
        }
    }
}

/// `repo:ORGANISATION/REPOSITORY:…`.
fn github(pattern: &str) -> Width {
    let Some(rest) = pattern.strip_prefix("repo:") else {
        // Subjects can be made of other claims; a wildcard in front is everybody's.
        return if pattern.starts_with('*') || pattern == "repo*" { Width::Everybody } else { Width::Narrow };
    };
    let (organization, repository) = split_at(rest, '/');
    if organization.starts_with('*') {
        return Width::Everybody;
    }
    // What a variable decides is not known: `${…}:*` may be of one repository.
    if has_hole(organization) {
        return Width::Narrow;
    }
    if organization.contains(['*', '?']) {
        return Width::Everybody;
    }
    if repository.starts_with('*') { Width::Organization } else { Width::Narrow }
}

/// `project_path:GROUP/PROJECT:ref_type:…`.
fn gitlab(pattern: &str) -> Width {
    let Some(rest) = pattern.strip_prefix("project_path:") else {
        return if pattern.starts_with('*') || pattern == "project_path*" {
            Width::Everybody
        } else {
            Width::Narrow
        };
    };
    let (path, _) = split_at(rest, ':');
    let (group, project) = split_at(path, '/');
    if group.starts_with('*') {
        return Width::Everybody;
    }
    if has_hole(group) {
        return Width::Narrow;
    }
    if group.contains(['*', '?']) {
        return Width::Everybody;
    }
    if project.starts_with('*') { Width::Organization } else { Width::Narrow }
}

/// What is before and behind a sign; signs in what a variable puts in do not count.
fn split_at(text: &str, sign: char) -> (&str, &str) {
    let at = find_outside_holes(text, &[sign]).unwrap_or(text.len());
    (text.get(..at).unwrap_or(text), text.get(at + 1..).unwrap_or_default())
}

/// `organization:X:pipeline:Y:…`.
fn fields(pattern: &str, outer: &str, inner: &str) -> Width {
    let value = |name: &str| {
        let mut parts = pattern.split(':');
        parts.find(|part| *part == name)?;
        parts.next()
    };
    match value(outer) {
        None => return if pattern.starts_with('*') { Width::Everybody } else { Width::Narrow },
        Some(organization) if organization.contains("${") => return Width::Narrow,
        Some(organization) if organization.contains('*') => return Width::Everybody,
        Some(_) => {}
    }
    match value(inner) {
        Some(one) if one != "*" => Width::Narrow,
        // A variable may put it in.
        None if has_hole(pattern) && !pattern.ends_with('*') => Width::Narrow,
        _ => Width::Organization,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_known() {
        for (issuer, expected) in [
            ("token.actions.githubusercontent.com", Some(Issuer::Github)),
            ("gitlab.com", Some(Issuer::Gitlab)),
            ("gitlab.example.com", Some(Issuer::Gitlab)),
            ("api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc", Some(Issuer::Bitbucket)),
            ("oidc.circleci.com/org/1", Some(Issuer::Circleci)),
            ("oidc.eks.eu-west-1.amazonaws.com/id/1", None),
            ("accounts.google.com", None),
        ] {
            assert_eq!(Issuer::of(issuer), expected, "{issuer}");
        }
    }

    #[test]
    fn subjects_are_as_wide_as_their_wildcards() {
        use Width::{Everybody, Narrow, Organization};
        for (issuer, pattern, expected) in [
            (Issuer::Github, "*", Everybody),
            (Issuer::Github, "repo:*", Everybody),
            (Issuer::Github, "repo:*:ref:refs/heads/main", Everybody),
            (Issuer::Github, "repo:*/app:*", Everybody),
            (Issuer::Github, "repo:acme*", Everybody),
            (Issuer::Github, "repo:acme/*", Organization),
            (Issuer::Github, "repo:acme/*:ref:refs/heads/main", Organization),
            (Issuer::Github, "repo:acme/app:*", Narrow),
            (Issuer::Github, "repo:acme/app-*:*", Narrow),
            (Issuer::Github, "repo:${var.org}/*", Narrow),
            (Issuer::Github, "repo:acme/${var.repo}:*", Narrow),
            (Issuer::Github, "repo:${var.repo}:*", Narrow),
            (Issuer::Github, "repo:${join(\"/\", [var.org, \"*\"])}:*", Narrow),
            (Issuer::Github, "${var.subject}", Narrow),
            (Issuer::Github, "repo:*/${var.repo}:*", Everybody),
            (Issuer::Github, "repository_id:1:*", Narrow),
            (Issuer::Gitlab, "project_path:*", Everybody),
            (Issuer::Gitlab, "project_path:acme/*:ref_type:branch:ref:main", Organization),
            (Issuer::Gitlab, "project_path:${var.path}:*", Narrow),
            (Issuer::Gitlab, "project_path:*/${var.name}:*", Everybody),
            (Issuer::Gitlab, "project_path:acme/app:ref_type:*:ref:*", Narrow),
            (Issuer::Bitbucket, "*", Organization),
            (Issuer::Bitbucket, "{1}:*", Narrow),
            (Issuer::Circleci, "org/1/project/*", Organization),
            (Issuer::Circleci, "org/1/project/2/user/*", Narrow),
            (Issuer::Circleci, "org/${var.org}/${var.rest}", Narrow),
            (Issuer::Circleci, "org/${var.org}/*", Organization),
            (Issuer::Buildkite, "organization:acme:${var.rest}", Narrow),
            (Issuer::Buildkite, "organization:*", Everybody),
            (Issuer::Buildkite, "organization:acme:*", Organization),
            (Issuer::Buildkite, "organization:acme:pipeline:app:*", Narrow),
            (Issuer::Terraform, "organization:acme:project:*:workspace:*:run_phase:*", Organization),
            (Issuer::Terraform, "organization:acme:project:x:workspace:y:run_phase:*", Narrow),
        ] {
            assert_eq!(issuer.width(pattern), expected, "{pattern}");
        }
    }
}
