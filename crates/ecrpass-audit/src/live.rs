//! What AWS itself says of the things a tree speaks of: access keys that are old, unused or lie in its files, and how
//! repositories are set up. Policies are looked at by the rules, as files.

use ecrpass_core::Secret;
use ecrpass_core::redact::redact;
use ecrpass_core::time::duration;
use ecrpass_diagnosis::finding::{Evidence, Finding, Fix, Severity, Topic};

use crate::elsewhere::FoundElsewhere;
use crate::evidence::evidence;
use crate::hit::Spot;
use crate::source::Tree;

/// The names of what is found here.
pub const RULES: [&str; 6] = [
    "access-key-in-use",
    "access-key-unused",
    "access-key-old",
    "repository-tags-mutable",
    "repository-not-scanned",
    "repository-encryption-differs",
];

/// What a baseline's paths begin with, of what is found at AWS: no file's name does.
pub const AT_AWS: &str = "aws:";

/// From when on a key is old, in seconds: what AWS's own checks take. Source: Security Hub, control IAM.3.
const OLD: i64 = 90 * 24 * 3600;

/// How many repositories of one kind are named.
const NAMED: usize = 20;

/// What all of this is about.
const ABOUT: Topic = Topic("docs/audit.md, What AWS says");

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

/// What is found, the worst first; the tree is the one that speaks of it.
pub fn findings(keys: &[LiveKey], repositories: &[LiveRepository], tree: &Tree) -> Vec<FoundElsewhere> {
    let mut found: Vec<FoundElsewhere> =
        keys.iter().filter(|key| key.is_active).filter_map(|key| of_key(key, tree)).collect();
    found.extend(of_repositories(repositories));
    found.sort_by_key(|found| found.finding.severity);
    found
}

fn of_key(key: &LiveKey, tree: &Tree) -> Option<FoundElsewhere> {
    let now = tree.now;
    let id = redact(&key.id).into_owned();
    let age = now - key.created_at;
    let since = key.last_used.as_ref().map(|(at, service)| (now - at, service.as_str()));
    let used = match since {
        Some((since, service)) => format!("last used {} ago for {service}", duration(since.max(0))),
        None => "never used".to_owned(),
    };
    let at_aws = format!("aws/iam/user/{}/access-keys", key.user);
    let path = format!("{AT_AWS}{at_aws}");
    let at_aws = Evidence::new(at_aws, format!("{id}: active, made {} ago, {used}", duration(age.max(0))));
    let in_tree = in_tree(key, tree);
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
    let places = in_tree.iter().filter_map(|place| Some((place.source.clone(), place.line?..=place.line?)));
    let places = places.collect();
    let evidence = std::iter::once(at_aws).chain(in_tree).collect();
    let finding = ABOUT.finding(slug, severity, title, explanation, evidence, fixes);
    // How old it is, and when it was used last, is no other finding.
    Some(FoundElsewhere { finding, path, what: Secret::new(key.id.clone()), places })
}

/// Where the id of a key stands in the file that it was found in.
fn in_tree(key: &LiveKey, tree: &Tree) -> Option<Evidence> {
    let path = key.found_in.as_ref()?;
    let file = tree.get(path)?;
    let at = file.text.find(&key.id)?;
    Some(evidence(file, &Spot::new(path, at..at + key.id.len(), "the key's id")))
}

fn of_repositories(repositories: &[LiveRepository]) -> Vec<FoundElsewhere> {
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
    // Another repository more is new.
    let named = |is_meant: &dyn Fn(&LiveRepository) -> bool| {
        let meant = repositories.iter().filter(|one| is_meant(one)).map(|one| one.place.as_str());
        Secret::new(meant.collect::<Vec<_>>().join(" "))
    };
    let mut found: Vec<FoundElsewhere> = Vec::new();
    let mut push = |finding: Finding, what: Secret| {
        found.push(FoundElsewhere { finding, path: format!("{AT_AWS}aws/ecr"), what, places: Vec::new() });
    };
    let (count, evidence) = places(&|one| one.is_mutable, "MUTABLE");
    if count > 0 {
        let finding = ABOUT.finding(
            "repository-tags-mutable",
            Severity::Note,
            format!("tags can be moved in {}", counted(count)),
            "Whoever may push can put another image behind a tag that others pull. Moving tags (latest) need an exclusion filter, or digests in what is deployed.",
            evidence,
            vec![Fix::by_hand(
                "let only those tags be moved that have to be: ecrpass repo ensure NAME --mutability immutable --except latest",
            )],
        );
        push(finding, named(&|one| one.is_mutable));
    }
    let (count, evidence) = places(&|one| one.is_scanned == Some(false), "no scan on push");
    if count > 0 {
        let finding = ABOUT.finding(
            "repository-not-scanned",
            Severity::Note,
            format!("images are not scanned in {}", counted(count)),
            "ECR's basic scan costs nothing, and is set for the whole registry.",
            evidence,
            vec![Fix::by_hand(
                "have the registry scan on push: aws ecr put-registry-scanning-configuration --scan-type BASIC --rules '[{\"scanFrequency\":\"SCAN_ON_PUSH\",\"repositoryFilters\":[{\"filter\":\"*\",\"filterType\":\"WILDCARD\"}]}]'",
            )],
        );
        push(finding, named(&|one| one.is_scanned == Some(false)));
    }
    // With neither everywhere nor nowhere one of both is a mistake.
    let with_key = repositories.iter().filter(|one| one.has_kms_key).count();
    let (count, evidence) = places(&|one| !one.has_kms_key, "AES256");
    if with_key > 0 && count > 0 {
        let finding = ABOUT.finding(
            "repository-encryption-differs",
            Severity::Note,
            format!("{} without a key of KMS beside {with_key} with one", counted(count)),
            "Encryption is set when a repository is created, and cannot be changed later.",
            evidence,
            vec![Fix::by_hand(
                "where a key of KMS is wanted, create the repository again, with --encryption-configuration",
            )],
        );
        push(finding, named(&|one| !one.has_kms_key));
    }
    found
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
        let found = findings(keys, repositories, &Tree::new(Vec::new(), NOW)).into_iter();
        found.map(|found| (found.finding.id, found.finding.severity)).collect()
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
        let text = format!("{:?}", findings(&[key(400, None)], &[], &Tree::new(Vec::new(), NOW)));
        assert!(!text.contains("RZPUZDIK"), "{text}");
    }

    #[test]
    fn a_key_is_known_by_its_id_and_left_out_where_it_stands() {
        use crate::kind::{FileKind, Owner};
        use crate::source::SourceFile;

        let in_file = LiveKey { found_in: Some("a.env".to_owned()), ..key(1, None) };
        let file = SourceFile {
            path: "a.env".to_owned(),
            text: format!("A=1\nKEY={}\n", in_file.id),
            kind: FileKind::Dotenv,
            owner: Owner::Repository,
        };
        let tree = Tree::new(vec![file], NOW);
        let found = findings(std::slice::from_ref(&in_file), &[], &tree);
        assert_eq!(found[0].places, [("a.env".to_owned(), 2..=2)]);
        assert_eq!(found[0].finding.evidence[1].line, Some(2));
        assert!(found.iter().all(|found| RULES.contains(&found.finding.id.as_str())));
        let later = findings(&[in_file], &[], &Tree::new(Vec::new(), NOW + 9 * DAY));
        assert_eq!(found[0].what.expose(), later[0].what.expose());
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
        let found = findings(&[], &all, &Tree::new(Vec::new(), NOW));
        assert_eq!(found[0].what.expose().split(' ').count(), 25);
        let found: Vec<Finding> = found.into_iter().map(|found| found.finding).collect();
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
