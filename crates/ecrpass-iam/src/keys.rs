//! What is known of condition keys: which of them have several values, and which a request of an action never has.
//!
//! Sources: IAM User Guide, "AWS global condition context keys"; service authorization reference of ECR and ECR Public.

use crate::actions::{self, Scope};

/// The global keys that have several values.
const SEVERAL: [&str; 7] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
];

/// The global keys that have one, by what they begin with where tags' names follow.
const ONE: [&str; 40] = [
    "aws:currenttime",
    "aws:ec2instancesourceprivateipv4",
    "aws:ec2instancesourcevpc",
    "aws:epochtime",
    "aws:federatedprovider",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalservicename",
    "aws:principaltag/",
    "aws:principaltype",
    "aws:referer",
    "aws:requestedregion",
    "aws:requesttag/",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:resourcetag/",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceidentity",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:userid",
    "aws:username",
    "aws:viaawsservice",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpcsourceip",
    "ecr:accountsetting",
    "ecr:resourcetag/",
    "ecr-public:resourcetag/",
];

/// How many values a key has; `None` where that is not known, as of the keys of other services and providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// One.
    One,
    /// Any number.
    Several,
}

/// How many values a key has.
pub fn cardinality(key: &str) -> Option<Cardinality> {
    let key = key.to_ascii_lowercase();
    if SEVERAL.contains(&key.as_str()) || key.ends_with(":amr") {
        return Some(Cardinality::Several);
    }
    let is = |known: &&&str| if known.ends_with('/') { key.starts_with(**known) } else { key == **known };
    ONE.iter().find(is).map(|_| Cardinality::One)
}

/// The keys, and families of keys by what they begin with, that a request of an action of ECR never has.
///
/// Source: service authorization reference: the tags of a repository are there for what acts on repositories, tags of a
/// request where tags are passed, and the name of a setting where one is read or written.
pub fn never_there(action: &str) -> Vec<&'static str> {
    let lower = action.to_ascii_lowercase();
    let Some((service @ ("ecr" | "ecr-public"), name)) = lower.split_once(':') else { return Vec::new() };
    let mut never = Vec::new();
    // There is no repository yet whose tags could be looked at.
    if actions::scope(&lower) == Some(Scope::Everything) || name == "createrepository" {
        never.push("aws:resourcetag/");
        never.push(if service == "ecr" { "ecr:resourcetag/" } else { "ecr-public:resourcetag/" });
    }
    if !matches!(name, "createrepository" | "tagresource") {
        never.push("aws:requesttag/");
    }
    if !matches!(name, "createrepository" | "tagresource" | "untagresource") {
        never.push("aws:tagkeys");
    }
    if !matches!(name, "getaccountsetting" | "putaccountsetting") {
        never.push("ecr:accountsetting");
    }
    never
}

/// Whether a key is one of those, or of a family of them.
pub fn is_one_of(known: &[&str], key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    known.iter().any(|known| if known.ends_with('/') { key.starts_with(known) } else { key == *known })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_one_value_or_several() {
        for (key, expected) in [
            ("aws:TagKeys", Some(Cardinality::Several)),
            ("aws:PrincipalOrgPaths", Some(Cardinality::Several)),
            ("graph.facebook.com:amr", Some(Cardinality::Several)),
            ("AWS:SourceVpce", Some(Cardinality::One)),
            ("aws:PrincipalTag/team", Some(Cardinality::One)),
            ("aws:PrincipalTag", None),
            ("gitlab.com:sub", None),
        ] {
            assert_eq!(cardinality(key), expected, "{key}");
        }
    }

    #[test]
    fn some_keys_are_never_there() {
        for (action, key, expected) in [
            ("ecr:GetAuthorizationToken", "aws:ResourceTag/team", true),
            ("ECR:getauthorizationtoken", "ecr:ResourceTag/team", true),
            ("ecr:BatchGetImage", "aws:ResourceTag/team", false),
            ("ecr:BatchGetImage", "aws:RequestTag/team", true),
            ("ecr:CreateRepository", "aws:RequestTag/team", false),
            ("ecr:CreateRepository", "aws:ResourceTag/team", true),
            ("ecr:UntagResource", "aws:TagKeys", false),
            ("ecr:UntagResource", "aws:RequestTag/team", true),
            ("ecr:PutAccountSetting", "ecr:AccountSetting", false),
            ("ecr:PutImage", "ecr:AccountSetting", true),
            ("s3:GetObject", "aws:TagKeys", false),
        ] {
            assert_eq!(is_one_of(&never_there(action), key), expected, "{action} {key}");
        }
    }
}
