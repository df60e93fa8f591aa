//! The other identity providers: what their tokens say of who asks.
//!
//! Sources: GitLab Docs, "ID token payload"; CircleCI Docs, "OpenID Connect tokens"; Buildkite Docs, "OIDC with AWS"; HCP
//! Terraform Docs, "Workload identity tokens"; Bitbucket Support, "Integrate Pipelines with resource servers using OIDC";
//! Azure DevOps, "AWS service connection, OIDC"; Jenkins, plugin oidc-provider; EKS User Guide, "IAM roles for service
//! accounts".

use super::claims::Claims;
use super::place::Place;
use crate::generate::refusal::Refusal;

/// Whom a token has to be for, and of whom.
#[derive(Clone, Debug)]
pub struct Federation {
    /// The issuer, without its scheme.
    pub issuer: String,
    /// Whom it is for.
    pub audiences: Vec<String>,
    /// How subjects are compared.
    pub subject_operator: &'static str,
    /// Of whom it is.
    pub subjects: Vec<String>,
    /// Further claims: operator, claim, values.
    pub others: Vec<(&'static str, String, Vec<String>)>,
    /// What somebody who uses it has to know.
    pub notes: Vec<String>,
}

/// The claims a provider knows.
pub fn claims(place: Place) -> &'static [&'static str] {
    match place {
        Place::Gitlab => &[
            "project",
            "branch",
            "tag",
            "ref",
            "host",
            "aud",
            "namespace_id",
            "project_id",
            "pipeline_source",
            "ref_protected",
            "runner_environment",
        ],
        Place::CircleCi => &["organization", "project", "origin", "branch", "tag"],
        Place::Bitbucket => &["workspace", "workspace-id", "repository-id", "environment-id"],
        Place::Buildkite => &["organization", "pipeline", "branch", "aud", "cluster_id"],
        Place::AzureDevops => &["organization-id", "organization", "project", "connection"],
        Place::TerraformCloud => &["organization", "project", "workspace", "run-phase", "host", "aud"],
        Place::Jenkins => &["host", "job", "aud"],
        Place::Irsa => &["host", "namespace", "service-account", "aud", "cluster", "region"],
        _ => &[],
    }
}

/// Whom a token has to be for, and of whom.
pub fn federation(place: Place, claims: &Claims) -> Result<Federation, Refusal> {
    match place {
        Place::Gitlab => gitlab(claims),
        Place::CircleCi => circleci(claims),
        Place::Bitbucket => bitbucket(claims),
        Place::Buildkite => buildkite(claims),
        Place::AzureDevops => azure_devops(claims),
        Place::TerraformCloud => terraform_cloud(claims),
        Place::Jenkins => jenkins(claims),
        _ => irsa(claims),
    }
}

/// An issuer as IAM names it: host and path, without scheme and final slash.
pub fn issuer(text: &str) -> Result<String, Refusal> {
    let bare = text.strip_prefix("https://").unwrap_or(text).trim_end_matches('/');
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':');
    if bare.is_empty() || bare.contains("://") || !bare.contains('.') || !bare.chars().all(fits) {
        return Err(Refusal::new(
            format!("`{text}` is not an issuer."),
            "give the host, and the path if it has one, as in the token's claim iss",
        ));
    }
    Ok(bare.to_owned())
}

/// `StringLike` where there are wildcards: `StringEquals` takes them for themselves, and then nobody gets in.
fn of(issuer: String, audience: &str, subjects: Vec<String>) -> Federation {
    let has_wildcards = subjects.iter().any(|subject| subject.contains(['*', '?']));
    Federation {
        issuer,
        audiences: vec![audience.to_owned()],
        subject_operator: if has_wildcards { "StringLike" } else { "StringEquals" },
        subjects,
        others: Vec::new(),
        notes: Vec::new(),
    }
}

/// Values of claims that STS knows as keys of their own.
fn others(claims: &Claims, keys: &[&str]) -> Vec<(&'static str, String, Vec<String>)> {
    let given = keys.iter().map(|key| (*key, claims.all(key).map(str::to_owned).collect::<Vec<_>>()));
    given
        .filter(|(_, values)| !values.is_empty())
        .map(|(key, values)| {
            let has_wildcard = values.iter().any(|value| value.contains(['*', '?']));
            (if has_wildcard { "StringLike" } else { "StringEquals" }, key.to_owned(), values)
        })
        .collect()
}

fn gitlab(claims: &Claims) -> Result<Federation, Refusal> {
    let issuer = issuer(claims.one("host")?.unwrap_or("gitlab.com"))?;
    let project = claims.required("project", "GROUP/PROJECT; GROUP/* is every project of the group")?;
    let mut refs: Vec<String> = Vec::new();
    refs.extend(claims.all("branch").map(|branch| format!("ref_type:branch:ref:{branch}")));
    refs.extend(claims.all("tag").map(|tag| format!("ref_type:tag:ref:{tag}")));
    refs.extend(claims.all("ref").filter(|value| *value == "*").map(|_| "*".to_owned()));
    if refs.is_empty() {
        return Err(Refusal::new(
            "It is not said which pipelines of the project may use the role.",
            "add --claim branch=main or tag=v*; ref=* is every branch and tag",
        ));
    }
    let default = format!("https://{issuer}");
    let audience = claims.one("aud")?.unwrap_or(&default);
    let subjects = refs.iter().map(|end| format!("project_path:{project}:{end}")).collect();
    let mut federation = of(issuer, audience, subjects);
    federation.others = others(
        claims,
        &["namespace_id", "project_id", "pipeline_source", "ref_protected", "runner_environment"],
    );
    federation
        .notes
        .push(format!("The job has to ask for that audience: id_tokens: {{ID_TOKEN: {{aud: {audience}}}}}."));
    Ok(federation)
}

fn circleci(claims: &Claims) -> Result<Federation, Refusal> {
    let organization = claims.literal("organization", "its id, Organization Settings > Overview")?;
    let project = claims.literal("project", "its id, Project Settings > Overview")?;
    let issuer = issuer(&format!("oidc.circleci.com/org/{organization}"))?;
    let prefix = format!("org/{organization}/project/{project}/user");
    let mut refs: Vec<String> = Vec::new();
    refs.extend(claims.all("branch").map(|branch| format!("refs/heads/{branch}")));
    refs.extend(claims.all("tag").map(|tag| format!("refs/tags/{tag}")));
    if refs.is_empty() {
        // The last part is the user who started it; tokens of the second kind have the ref behind it.
        return Ok(of(issuer, organization, vec![format!("{prefix}/*")]));
    }
    let origin =
        claims.literal("origin", "the repository as its host names it: github.com/OWNER/REPOSITORY")?;
    // A wildcard for the user would also take in what a branch with slashes in its name puts behind it.
    let subjects =
        refs.iter().map(|end| format!("{prefix}/{USER}/vcs-origin/{origin}/vcs-ref/{end}")).collect();
    let mut federation = of(issuer, organization, subjects);
    federation.notes.push("Only tokens of the second kind say the ref: CIRCLE_OIDC_TOKEN_V2.".to_owned());
    Ok(federation)
}

/// Any user: the form of a UUID, character by character.
const USER: &str = "????????-????-????-????-????????????";

fn bitbucket(claims: &Claims) -> Result<Federation, Refusal> {
    let find = "Repository settings > OpenID Connect shows it";
    let workspace = claims.literal("workspace", "the workspace's name in URLs")?;
    let bare = |id: &str| id.trim_matches(['{', '}']).to_owned();
    let workspace_id = bare(claims.literal("workspace-id", find)?);
    let repository = bare(claims.literal("repository-id", find)?);
    let environment =
        claims.one("environment-id")?.map(|id| format!("{{{}}}:", bare(id))).unwrap_or_default();
    let issuer =
        issuer(&format!("api.bitbucket.org/2.0/workspaces/{workspace}/pipelines-config/identity/oidc"))?;
    // Both forms have been reported; the ids have braces in subjects, and none in audiences.
    let subjects = vec![
        format!("{{{repository}}}:{environment}*"),
        format!("{{{workspace_id}}}:{{{repository}}}:{environment}*"),
    ];
    let mut federation = of(issuer, &format!("ari:cloud:bitbucket::workspace/{workspace_id}"), subjects);
    federation.notes.push(
        "Both forms of subjects that are known are listed; read the claim sub of one token, and keep the one that fits.".to_owned(),
    );
    Ok(federation)
}

fn buildkite(claims: &Claims) -> Result<Federation, Refusal> {
    let issuer = issuer("agent.buildkite.com")?;
    let organization = claims.literal("organization", "its slug in URLs")?;
    let pipeline = claims.required("pipeline", "its slug in URLs; * is every pipeline")?;
    let branches: Vec<&str> = claims.all("branch").collect();
    if branches.is_empty() {
        return Err(Refusal::new(
            "It is not said which builds of the pipeline may use the role.",
            "add --claim branch=main; branch=* is every branch",
        ));
    }
    // Commit and step follow, and change with every job.
    let subjects = branches
        .iter()
        .map(|branch| {
            format!("organization:{organization}:pipeline:{pipeline}:ref:refs/heads/{branch}:commit:*:step:*")
        })
        .collect();
    let mut federation = of(issuer, claims.one("aud")?.unwrap_or("sts.amazonaws.com"), subjects);
    federation.others = others(claims, &["cluster_id"]);
    Ok(federation)
}

fn azure_devops(claims: &Claims) -> Result<Federation, Refusal> {
    let id = claims.literal(
        "organization-id",
        "its GUID: https://dev.azure.com/ORGANIZATION/_apis/connectionData, instanceId",
    )?;
    let organization = claims.literal("organization", "its name in URLs")?;
    let project = claims.literal("project", "its name")?;
    let connection = claims.required("connection", "the name of the AWS service connection")?;
    let issuer = issuer(&format!("vstoken.dev.azure.com/{id}"))?;
    Ok(of(issuer, "api://AzureADTokenExchange", vec![format!("sc://{organization}/{project}/{connection}")]))
}

fn terraform_cloud(claims: &Claims) -> Result<Federation, Refusal> {
    let issuer = issuer(claims.one("host")?.unwrap_or("app.terraform.io"))?;
    let organization = claims.literal("organization", "its name in URLs")?;
    let project = claims.required("project", "its name; * is every project")?;
    let workspace = claims.required("workspace", "its name; * is every workspace")?;
    let mut phases: Vec<&str> = claims.all("run-phase").collect();
    if phases.is_empty() {
        phases = vec!["plan", "apply"];
    }
    if let Some(other) = phases.iter().find(|phase| !["plan", "apply"].contains(phase)) {
        return Err(Refusal::new(
            format!("A run has no phase `{other}`."),
            "choose run-phase=plan or run-phase=apply",
        ));
    }
    let subjects = phases
        .iter()
        .map(|phase| {
            format!("organization:{organization}:project:{project}:workspace:{workspace}:run_phase:{phase}")
        })
        .collect();
    Ok(of(issuer, claims.one("aud")?.unwrap_or("aws.workload.identity"), subjects))
}

fn jenkins(claims: &Claims) -> Result<Federation, Refusal> {
    let issuer = issuer(
        claims.literal("host", "the issuer that the plugin shows, such as jenkins.example.com/oidc")?,
    )?;
    let job = claims.required("job", "the job's URL, which is the plugin's subject unless it was changed")?;
    let audience = claims.literal("aud", "the audience that the credential in Jenkins is set to")?;
    let mut federation = of(issuer, audience, vec![job.to_owned()]);
    federation.notes.push(
        "AWS has to be able to read the issuer's keys over HTTPS, with a certificate of a public CA."
            .to_owned(),
    );
    Ok(federation)
}

fn irsa(claims: &Claims) -> Result<Federation, Refusal> {
    let issuer = issuer(claims.literal(
        "host",
        "aws eks describe-cluster --name CLUSTER --query cluster.identity.oidc.issuer --output text prints it",
    )?)?;
    let namespace = claims.literal("namespace", "that of the service account")?;
    let account = claims.required("service-account", "its name; * is every one of the namespace")?;
    let audience = claims.one("aud")?.unwrap_or("sts.amazonaws.com");
    let mut federation = of(issuer, audience, vec![format!("system:serviceaccount:{namespace}:{account}")]);
    federation.notes.push(
        "This is for what runs in pods: images are pulled by the node's role, unless the kubelet's provider is set up for service accounts.".to_owned(),
    );
    Ok(federation)
}
