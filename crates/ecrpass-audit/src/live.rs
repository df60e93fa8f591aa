//! What AWS itself says of the things a tree speaks of: access keys that are old, unused or lie in its files, and how
//! repositories are set up. Policies are looked at by the rules, as files.

use ecrpass_core::redact::redact;
use ecrpass_core::time::duration;
use ecrpass_diagnosis::finding::{Evidence, Finding, Fix, Severity};

/// From when on a key is old, in seconds: what AWS's own checks take. Source: Security Hub, control IAM.3.
const OLD: i64 = 90 * 24 * 3600;

/// How many repositories of one kind are named.
const NAMED: usize = 20;

/// Where more is said.
const HELP: &str = "docs/audit.md, What AWS says";

/// An access key of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveKey {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// Whether it works.
    pub is_active: bool,
    /// When it was made, in seconds since 1970.
    pub created_at: i64,
    /// When it was last used, and for which service.
    pub last_used: Option<(i64, String)>,
    /// The file of the tree that its id stands in.
    pub found_in: Option<String>,
}

/// How a repository is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveRepository {
    /// Where: `us-east-1/team/app`.
    pub place: String,
    /// Whether every tag can be moved.
    pub is_mutable: bool,
    /// Whether its images are scanned without being asked for; none where that could not be read.
    pub is_scanned: Option<bool>,
    /// Whether it is encrypted with a key of KMS.
    pub has_kms_key: bool,
}

/// What is found, the worst first.
pub fn findings(keys: &[LiveKey], repositories: &[LiveRepository], now: i64) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        keys.iter().filter(|key| key.is_active).filter_map(|key| of_key(key, now)).collect();
    found.extend(of_repositories(repositories));
    found.sort_by_key(|finding| finding.severity);
    found
}

fn of_key(key: &LiveKey, now: i64) -> Option<Finding> {
    let id = redact(&key.id).into_owned();
    let age = now - key.created_at;
    let since = key.last_used.as_ref().map(|(at, service)| (now - at, service.as_str()));
    let used = match since {
        Some((since, service)) => format!("last used {} ago for {service}", duration(since.max(0))),
        None => "never used".to_owned(),
    };
    let evidence = Evidence::new(
        format!("aws/iam/user/{}/access-keys", key.user),
        format!("{id}: active, made {} ago, {used}", duration(age.max(0))),
    );
    let user = &key.user;
    let switch_off = Fix::by_hand(format!(
        "switch it off first, and delete it when nothing misses it: aws iam update-access-key --user-name {user} --access-key-id {id} --status Inactive"
    ));
    let role =
        Fix::by_hand("use a role: of the machine, of the job (OIDC), or of IAM Identity Center".to_owned());
    let is_unused = since.map_or(age, |(since, _)| since) > OLD;
    let (slug, severity, title, explanation, fixes) = if let Some(path) = &key.found_in {
        (
            "access-key-in-use",
            Severity::Error,
            format!("the access key {id} of {path} works"),
            "Its id stands in a file of this tree, and AWS says that it is active: whoever has the file and its secret has what the user may do.",
            vec![switch_off, role],
        )
    } else if is_unused {
        (
            "access-key-unused",
            Severity::Warning,
            format!("the access key {id} of {user} works, and nobody uses it"),
            "Nobody would notice if somebody else did.",
            vec![switch_off],
        )
    } else if age > OLD && since.is_some_and(|(_, service)| service.starts_with("ecr")) {
        (
            "access-key-old",
            Severity::Warning,
            format!("{user} logs in to ECR with an access key that is {} old", duration(age)),
            "A key that does not change is known to every machine and log it ever passed. A role issues credentials that expire by themselves.",
            vec![role, switch_off],
        )
    } else {
        return None;
    };
    Some(finding(slug, severity, title, explanation, vec![evidence], fixes))
}

fn of_repositories(repositories: &[LiveRepository]) -> Vec<Finding> {
    let places = |is_meant: &dyn Fn(&LiveRepository) -> bool, what: &str| {
        let meant: Vec<&LiveRepository> = repositories.iter().filter(|one| is_meant(one)).collect();
        let mut evidence: Vec<Evidence> = meant
            .iter()
            .take(NAMED)
            .map(|one| Evidence::new(format!("aws/ecr/{}", one.place), what.to_owned()))
            .collect();
        if meant.len() > NAMED {
            evidence.push(Evidence::new("aws/ecr", format!("and {} more", meant.len() - NAMED)));
        }
        (meant.len(), evidence)
    };
    let counted = |count: usize| match count {
        1 => "a repository".to_owned(),
        count => format!("{count} repositories"),
    };
    let mut found = Vec::new();
    let (count, evidence) = places(&|one| one.is_mutable, "MUTABLE");
    if count > 0 {
        found.push(finding(
            "repository-tags-mutable",
            Severity::Note,
            format!("tags can be moved in {}", counted(count)),
            "Whoever may push can put another image behind a tag that others pull. Moving tags (latest) need an exclusion filter, or digests in what is deployed.",
            evidence,
            vec![Fix::by_hand("let only those tags be moved that have to be: ecrpass repo ensure NAME --mutability immutable --except latest")],
        ));
    }
    let (count, evidence) = places(&|one| one.is_scanned == Some(false), "no scan on push");
    if count > 0 {
        found.push(finding(
            "repository-not-scanned",
            Severity::Note,
            format!("images are not scanned in {}", counted(count)),
            "ECR's basic scan costs nothing, and is set for the whole registry.",
            evidence,
            vec![Fix::by_hand("have the registry scan on push: aws ecr put-registry-scanning-configuration --scan-type BASIC --rules '[{\"scanFrequency\":\"SCAN_ON_PUSH\",\"repositoryFilters\":[{\"filter\":\"*\",\"filterType\":\"WILDCARD\"}]}]'")],
        ));
    }
    // With neither everywhere nor nowhere one of both is a mistake.
    let with_key = repositories.iter().filter(|one| one.has_kms_key).count();
    let (count, evidence) = places(&|one| !one.has_kms_key, "AES256");
    if with_key > 0 && count > 0 {
        found.push(finding(
            "repository-encryption-differs",
            Severity::Note,
            format!("{} without a key of KMS beside {with_key} with one", counted(count)),
            "Encryption is set when a repository is created, and cannot be changed later.",
            evidence,
            vec![Fix::by_hand(
                "where a key of KMS is wanted, create the repository again, with --encryption-configuration",
            )],
        ));
    }
    found
}

fn finding(
    slug: &str,
    severity: Severity,
    title: String,
    explanation: &str,
    evidence: Vec<Evidence>,
    fixes: Vec<Fix>,
) -> Finding {
    Finding {
        explanation: explanation.to_owned(),
        evidence,
        fixes,
        ..Finding::outside_catalogue(slug, severity, title, HELP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600;
    const NOW: i64 = 2_000_000_000;

    fn key(age: i64, last_used: Option<(i64, &str)>) -> LiveKey {
        LiveKey {
            id: ["AKIA", "RZPUZDIK", "GB2VALC4"].concat(),
            user: "ci".to_owned(),
            is_active: true,
            created_at: NOW - age * DAY,
            last_used: last_used.map(|(ago, service)| (NOW - ago * DAY, service.to_owned())),
            found_in: None,
        }
    }

    fn said(keys: &[LiveKey], repositories: &[LiveRepository]) -> Vec<(String, Severity)> {
        findings(keys, repositories, NOW).into_iter().map(|finding| (finding.id, finding.severity)).collect()
    }

    #[test]
    fn keys_are_judged_by_age_and_use() {
        let one = |key: LiveKey| said(&[key], &[]).pop().map(|(id, _)| id);
        let is = |slug: &str| Some(slug.to_owned());
        assert_eq!(one(key(10, None)), None, "it was just made");
        assert_eq!(one(key(100, None)), is("access-key-unused"));
        assert_eq!(one(key(400, Some((100, "ecr")))), is("access-key-unused"));
        assert_eq!(one(key(400, Some((1, "ecr")))), is("access-key-old"));
        assert_eq!(one(key(400, Some((1, "s3")))), None, "it has nothing to do with ECR");
        assert_eq!(one(key(80, Some((1, "ecr")))), None);
        assert_eq!(
            one(LiveKey { found_in: Some(".env".to_owned()), ..key(1, None) }),
            is("access-key-in-use")
        );
        assert_eq!(one(LiveKey { is_active: false, ..key(400, None) }), None);
        let text = format!("{:?}", findings(&[key(400, None)], &[], NOW));
        assert!(!text.contains("RZPUZDIK"), "{text}");
    }

    #[test]
    fn repositories_of_a_kind_are_one_note() {
        let repository = |name: usize, is_mutable, is_scanned, has_kms_key| LiveRepository {
            place: format!("us-east-1/r{name}"),
            is_mutable,
            is_scanned,
            has_kms_key,
        };
        let all: Vec<LiveRepository> =
            (0..25).map(|name| repository(name, true, Some(false), false)).collect();
        let found = findings(&[], &all, NOW);
        let ids: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids, ["repository-tags-mutable", "repository-not-scanned"]);
        assert_eq!(found[0].evidence.len(), NAMED + 1);
        assert!(found[0].title.contains("25 repositories"), "{}", found[0].title);
        assert!(found.iter().all(|finding| finding.severity == Severity::Note));
        let good = [repository(0, false, Some(true), true), repository(1, false, None, true)];
        assert_eq!(said(&[], &good), []);
        let mixed = [repository(0, false, Some(true), true), repository(1, false, Some(true), false)];
        assert_eq!(said(&[], &mixed), [("repository-encryption-differs".to_owned(), Severity::Note)]);
    }
}
