//! What a line means beyond its words, as words of its own: `@cross-account`, `@push-action` and so on. They are added
//! to the line, so that signatures can ask for them like for any other text.

use ecrpass_core::Arn;
use ecrpass_core::account::is_account_id;
use ecrpass_core::partition::Partition;
use ecrpass_iam::policy_kind::PolicyKind;
use ecrpass_iam::principal::PrincipalKind;
use ecrpass_iam::{Principal, actions, denial};

use super::ecr_images::{EcrImage, PULL_THROUGH, ecr_images};
use super::missing_command::is_missing;
use super::registry_answers::answer;
use crate::finding::is_of_a_tool;

/// The tags of an unwrapped line, separated by spaces.
pub fn tags(line: &str) -> String {
    let mut tags = String::new();
    let mut add = |tag: &str| {
        tags.push(' ');
        tags.push_str(tag);
    };
    denial(line, &mut add);
    let images = ecr_images(line);
    if !images.is_empty()
        && let Some(answered) = answer(line)
    {
        add(answered);
    }
    if names_half_a_registry(line) {
        add("@half-host");
    }
    for image in images {
        image_tags(&image, &mut add);
        // `host=…` in a log is the host alone, whatever the image.
        if image.repository.is_empty() && !line.contains(&format!("={}", image.host)) {
            add("@no-repository");
        }
    }
    for region in api_regions(line) {
        region_tags(region, &mut add);
    }
    if let Some((_, rest)) = line.split_once("repository with name '") {
        let name = rest.split('\'').next().unwrap_or_default();
        if name.contains("amazonaws.com") || name.starts_with("public.ecr.aws") || name.starts_with("https:")
        {
            add("@registry-twice");
        } else if is_pulled_through(name) {
            add("@pull-through");
        }
    }
    if is_missing(line, "docker") {
        add("@docker-missing");
    }
    if is_private_dial(line) {
        add("@private-address");
    }
    if names_another_site(line) {
        add("@other-site");
    }
    tags
}

fn denial(line: &str, add: &mut impl FnMut(&str)) {
    let Some(denied) = denial::parse(line) else { return };
    if actions::is_write(denied.action) {
        add("@push-action");
    } else if actions::is_read(denied.action) {
        add("@pull-action");
    }
    if denied.action.to_ascii_lowercase().starts_with("ecr") {
        add("@ecr-action");
        if is_of_a_tool(denied.action) {
            add("@tool-action");
        }
    }
    if denied.reason.policy().is_some_and(|kind| !matches!(kind, PolicyKind::Identity | PolicyKind::Resource))
    {
        add("@other-policy");
    }
    if denied.reason.is_explicit() {
        add("@explicit-deny");
    }
    let account = |arn: &str| Some(Arn::parse(arn)?.account()?.to_owned());
    if let (Some(caller), Some(owner)) = (account(denied.principal), denied.resource.and_then(account)) {
        if accounts_differ(&caller, &owner) {
            add("@cross-account");
        } else if caller == owner && !is_masked(&caller) {
            add("@same-account");
        }
    }
    // A service has no policies of its own: the repository's has to allow it, and for Lambda that is a cause of its own.
    if Principal::parse(denied.principal).is_some_and(|caller| caller.kind() == PrincipalKind::Service) {
        add("@service-caller");
        if denied.principal.starts_with("lambda.") {
            add("@lambda-caller");
        }
    }
    let role = denied.principal.to_ascii_lowercase();
    let session = role.rsplit('/').next().unwrap_or_default();
    if role.contains("assumed-role/") && session.starts_with("i-") {
        add("@instance-role");
        if role.contains("node") {
            add("@node-role");
        }
    }
    // ECS pulls with it, and nothing else; other services call roles of theirs so that push.
    if role.contains("execution") && !role.contains("sagemaker") && !actions::is_write(denied.action) {
        add("@execution-role");
    }
}

fn image_tags(image: &EcrImage<'_>, add: &mut impl FnMut(&str)) {
    if image.public {
        add("@public-registry");
    } else {
        add("@private-registry");
    }
    if image.repository.contains(".dkr.ecr") || image.repository.contains("amazonaws.com") {
        add("@registry-twice");
    }
    if !image.public && is_pulled_through(image.repository) {
        add("@pull-through");
    }
    if image.repository.bytes().any(|b| b.is_ascii_uppercase()) {
        add("@upper-case");
    }
    if image.tag.contains(|c: char| !(c.is_ascii_alphanumeric() || "._-:<>*$[]{}".contains(c)))
        && !image.tag.starts_with("sha")
    {
        add("@bad-tag");
    }
    let host = image.host;
    if host.starts_with('.') || image.account.is_empty() && !image.public {
        add("@no-account");
    }
    if !is_account_id(image.account)
        && image.account.len() > 5
        && image.account.bytes().all(|b| b.is_ascii_digit())
        && !stands_for_an_account(image.account)
    {
        add("@odd-account");
    }
    region_tags(image.region, add);
    if let Some(partition) = Partition::of_region(image.region) {
        let suffix = host.split(image.region).nth(1).unwrap_or_default().trim_start_matches('.');
        if !suffix.is_empty()
            && suffix != partition.dns_suffix()
            && !host.contains(".on.")
            && !suffix.starts_with("vpce")
        {
            add("@wrong-suffix");
        }
    }
}

/// Whether a repository is named as those are that a pull-through cache makes.
fn is_pulled_through(repository: &str) -> bool {
    PULL_THROUGH.iter().any(|prefix| repository.starts_with(prefix))
}

/// A host that begins as a registry's does, with an account, and lacks one of its other parts:
/// `ACCOUNT.REGION.amazonaws.com`, `ACCOUNT.ecr.REGION.amazonaws.com`, `ACCOUNT.dkr.ecr.amazonaws.com`.
fn names_half_a_registry(line: &str) -> bool {
    line.match_indices(".amazonaws.com").any(|(end, _)| {
        let before = line.get(..end).unwrap_or_default();
        let is_host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let host = before.rsplit(|c: char| !is_host(c)).next().unwrap_or_default();
        let mut labels = host.split('.');
        let is_account = labels.next().is_some_and(is_account_id);
        let labels: Vec<&str> = labels.collect();
        let is_ours = |label: &&str| {
            matches!(*label, "dkr" | "ecr" | "ecr-fips")
                || Partition::of_region(label).is_some() && is_region(label)
        };
        let is_whole = matches!(labels.as_slice(), ["dkr", "ecr" | "ecr-fips", _]);
        is_account && !labels.is_empty() && labels.iter().all(is_ours) && !is_whole
    })
}

/// A server that is not AWS's, in a URL; where it is explained how to do something is none that was asked.
fn names_another_site(line: &str) -> bool {
    line.match_indices("://").any(|(at, sign)| {
        let rest = line.get(at + sign.len()..).unwrap_or_default();
        let is_host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let host = rest.split(|c: char| !is_host(c)).next().unwrap_or_default();
        let is_aws = host.contains("amazonaws.com") || host.ends_with(".aws") || host.contains("aws.amazon");
        host.contains('.')
            && host.contains(|c: char| c.is_ascii_alphabetic())
            && !is_aws
            && !host.starts_with("docs.")
    })
}

/// Whether nothing is left of an account that somebody does not want to show: `XXXXXXXXXXXX`, `<CUT>`. What our own pseudonyms
/// are made of still tells accounts apart.
fn is_masked(account: &str) -> bool {
    !account.bytes().any(|b| b.is_ascii_digit()) && !account.contains("ACCOUNT")
}

/// Whether two accounts are not the same. One that is shown beside one that is not, or not as a whole, may be the same.
fn accounts_differ(one: &str, other: &str) -> bool {
    if is_account_id(one) == is_account_id(other) || one.contains("ACCOUNT") || other.contains("ACCOUNT") {
        return one != other;
    }
    let digits = |(a, b): (u8, u8)| a.is_ascii_digit() && b.is_ascii_digit() && a != b;
    one.len() == other.len() && one.bytes().zip(other.bytes()).any(digits)
}

/// Digits that people put in the place of an account they do not want to show: `123456789`, `111111`.
fn stands_for_an_account(digits: &str) -> bool {
    let is_same = digits.bytes().all(|digit| Some(digit) == digits.bytes().next());
    is_same || "1234567890123".starts_with(digits) || "0123456789012".starts_with(digits)
}

fn region_tags(region: &str, add: &mut impl FnMut(&str)) {
    let is_word = region.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if is_availability_zone(region) {
        add("@availability-zone");
    } else if region.len() > 6 && is_word && !is_region(region) {
        add("@odd-region");
    }
}

/// Whether a text is put together as regions are: `ap-southeast-2`. Masked ones are given the benefit of the doubt.
fn is_region(text: &str) -> bool {
    if text.contains("xx") || text.contains("XX") || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return true;
    }
    let Some((place, number)) = text.rsplit_once('-') else { return false };
    let direction = place.rsplit('-').next().unwrap_or_default();
    const DIRECTIONS: [&str; 9] =
        ["north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"];
    Partition::of_region(text).is_some()
        && DIRECTIONS.contains(&direction)
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// A login's user name that is not `AWS`.
pub fn wrong_user(line: &str) -> bool {
    // A command's, or the one that Ansible's docker_login names.
    let user = match (line.split_once(" login "), line.split_once("Logging into ")) {
        (Some((_, rest)), _) => {
            let mut words = rest.split([' ', '=']);
            words.find(|word| ["-u", "--username"].contains(word)).and_then(|_| words.next())
        }
        (None, Some((_, rest))) => rest.split_once(" for user ").and_then(|(_, user)| user.split(' ').next()),
        (None, None) => None,
    };
    let user = user.unwrap_or_default().trim_matches(['"', '\'']);
    user != "AWS" && !user.is_empty() && !user.contains(['$', '*', '{', '<', '%', '['])
}

/// The regions of the API's hosts in a line.
fn api_regions(line: &str) -> Vec<&str> {
    let mut regions = Vec::new();
    for before in ["api.ecr.", "//ecr.", " ecr."] {
        for (at, _) in line.match_indices(before) {
            let rest = line.get(at + before.len()..).unwrap_or_default();
            if let Some((region, after)) = rest.split_once('.')
                && after.starts_with("amazonaws.com")
            {
                regions.push(region);
            }
        }
    }
    regions
}

/// `us-east-1a`, but not the masked `us-east-X`.
fn is_availability_zone(region: &str) -> bool {
    let mut bytes = region.bytes().rev();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.next().is_some_and(|b| b.is_ascii_digit())
        && region.matches('-').count() >= 2
}

/// An attempt to reach an address of a private network, as an interface endpoint has.
fn is_private_dial(line: &str) -> bool {
    ["dial tcp ", "connect to ", "Connecting to "].iter().any(|before| {
        line.match_indices(before).any(|(at, _)| {
            let address = line.get(at + before.len()..).unwrap_or_default();
            let mut numbers = address.split('.').map(|part| part.parse::<u8>());
            match (numbers.next(), numbers.next()) {
                (Some(Ok(10)), Some(Ok(_))) => true,
                (Some(Ok(172)), Some(Ok(second))) => (16..32).contains(&second),
                (Some(Ok(192)), Some(Ok(second))) => second == 168,
                _ => false,
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_is_not_shown_may_be_any() {
        for (one, other, differ) in [
            ("111111111111", "222222222222", true),
            ("111111111111", "111111111111", false),
            ("<CUT>", "222222222222", false),
            ("************", "222222222222", false),
            ("1234XXXXXXXX", "222222222222", true),
            ("XXXXXXXX2222", "222222222222", false),
            ("ACCOUNT-1", "ACCOUNT-2", true),
        ] {
            assert_eq!(
                (accounts_differ(one, other), accounts_differ(other, one)),
                (differ, differ),
                "{one} {other}"
            );
        }
    }

    #[test]
    fn meanings_are_seen() {
        for (line, tag) in [
            (
                "User: arn:aws:sts::111111111111:assumed-role/r/s is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:222222222222:repository/x because no",
                "@push-action @ecr-action @cross-account",
            ),
            (
                "User: arn:aws:sts::111111111111:assumed-role/my-NodeInstanceRole/i-0abc is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:111111111111:repository/x",
                "@pull-action @ecr-action @same-account @instance-role @node-role",
            ),
            (
                "lookup 1.dkr.ecr.us-west-1a.amazonaws.com/x: no such host",
                "@private-registry @availability-zone",
            ),
            (
                "https://123456789012.dkr.ecr.cn-north-1.amazonaws.com/v2/a/b",
                "@private-registry @wrong-suffix",
            ),
            (
                "pull access denied for 123456789012.dkr.ecr.us-east-1.amazonaws.com, x",
                "@private-registry @no-repository",
            ),
            (
                "HEAD https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/repo/manifests/1.0+abc: x",
                "@private-registry @bad-tag",
            ),
            ("12345678.dkr.ecr.us-east-1.amazonaws.com/x: denied", "@private-registry"),
            ("4711081509.dkr.ecr.us-east-1.amazonaws.com/x: denied", "@private-registry @odd-account"),
            ("Failed to pull image \"123456789012.eu-west-2.amazonaws.com/a:1\"", "@half-host"),
            ("lookup 123456789012.ecr.us-east-1.amazonaws.com: no such host", "@half-host"),
            ("https://123456789012.s3.us-east-1.amazonaws.com/key", ""),
            (
                "HEAD https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/a/manifests/1: status=404",
                "@answered-404 @private-registry",
            ),
            ("GET https://example.com/v2/a/manifests/1: status=404", "@other-site"),
            (
                "User: arn:aws:sts::111111111111:assumed-role/SageMaker-ExecutionRole/s is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:us-east-1:111111111111:repository/x",
                "@push-action @ecr-action @same-account",
            ),
            ("fatal: unable to access 'https://git.example.com/a/b.git/': x509", "@other-site"),
            ("SSL validation failed for https://api.ecr.eu-west-1.amazonaws.com/", ""),
            ("See https://docs.docker.com/go/access-tokens/", ""),
            ("dial tcp 10.0.3.4:443: i/o timeout", "@private-address"),
            ("dial tcp 52.1.2.3:443: i/o timeout", ""),
            (
                "User: lambda.amazonaws.com is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:111111111111:repository/x",
                "@pull-action @ecr-action @service-caller @lambda-caller",
            ),
            (
                "User: ecs-tasks.amazonaws.com is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:111111111111:repository/x",
                "@pull-action @ecr-action @service-caller",
            ),
            (
                "The repository with name 'docker-hub/library/alpine' does not exist in the registry with id '111111111111'",
                "@pull-through",
            ),
        ] {
            assert_eq!(tags(line).trim(), tag, "{line}");
        }
    }
}
