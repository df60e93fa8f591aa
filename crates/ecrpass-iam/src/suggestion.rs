//! What a document alone suggests where nobody says it: the kind of policy it is, a repository it is about, and a caller.

use ecrpass_core::{Arn, Partition, arn};

use crate::document::{Document, Effect, Statement};
use crate::layer::Layer;

/// An account where the document names none.
const ACCOUNT: &str = "111122223333";

/// What a document of that shape hangs on.
pub fn layer(document: &Document) -> Layer {
    let statements = &document.statements;
    let all = |is: &dyn Fn(&Statement) -> bool| statements.iter().all(is);
    let assumes = |statement: &Statement| {
        statement.actions.items.iter().all(|item| item.value.text.to_ascii_lowercase().starts_with("sts:"))
    };
    let is_for_everyone = |statement: &Statement| {
        let named = statement.principals.as_ref();
        named.is_some_and(|named| named.items.iter().any(|item| item.value.is_everyone()))
    };
    let has_principal = statements.iter().any(|statement| statement.principals.is_some());
    let has_resource = statements.iter().any(|statement| statement.resources.is_some());
    match (has_principal, has_resource) {
        (false, _) => Layer::Identity,
        (true, false) if all(&assumes) => Layer::Trust,
        (true, false) => Layer::Repository,
        // A registry is open to some by name; an endpoint is to everybody, and a resource control policy denies everybody.
        (true, true) if !all(&is_for_everyone) => Layer::Registry,
        (true, true) if all(&|statement| statement.effect == Effect::Deny) => Layer::ResourceControl,
        (true, true) => Layer::Endpoint,
    }
}

/// The first repository a document names, as an ARN; of a pattern, one of those it stands for.
pub fn repository(document: &Document) -> Option<String> {
    let resources = document.statements.iter().filter_map(|statement| statement.resources.as_ref());
    resources.flat_map(|listed| &listed.items).find_map(|item| {
        let arn = Arn::parse(item.value.text())?;
        arn.repository()?;
        let or = |part: &str, other: &str| {
            if part.contains(['*', '?']) { other.to_owned() } else { part.to_owned() }
        };
        let (region, account) = (or(arn.region, "us-east-1"), or(arn.account, ACCOUNT));
        let (partition, resource) = (or(arn.partition, "aws"), arn.resource.replace(['*', '?'], "x"));
        let named =
            Arn { partition: &partition, region: &region, account: &account, resource: &resource, ..arn };
        Some(named.to_string())
    })
}

/// A repository where no document names one.
pub fn any_repository() -> String {
    arn::repository_arn(Partition::Aws, "us-east-1", ACCOUNT, "app")
}

/// A role of the account that a repository's ARN names.
pub fn caller(repository: Option<&str>) -> String {
    let arn = repository.and_then(Arn::parse);
    let (partition, account) = arn.map_or(("aws", ACCOUNT), |arn| (arn.partition, arn.account));
    Arn::iam(partition, account, "role/ci").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::read;

    fn document(rest: &str) -> Document {
        read("p.json", &format!("{{\"Statement\":{{{rest}}}}}")).document.unwrap()
    }

    #[test]
    fn the_kind_of_policy_is_told_by_its_elements() {
        let account = "\"Principal\":{\"AWS\":\"111122223333\"}";
        for (rest, expected) in [
            ("\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Resource\":\"*\"".to_owned(), Layer::Identity),
            ("\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Principal\":\"*\"".to_owned(), Layer::Repository),
            (format!("\"Effect\":\"Allow\",\"Action\":\"ecr:ReplicateImage\",{account},\"Resource\":\"*\""), Layer::Registry),
            (
                "\"Effect\":\"Allow\",\"Action\":\"*\",\"Principal\":\"*\",\"Resource\":\"*\"".to_owned(),
                Layer::Endpoint,
            ),
            (
                "\"Effect\":\"Deny\",\"Action\":\"*\",\"Principal\":\"*\",\"Resource\":\"*\"".to_owned(),
                Layer::ResourceControl,
            ),
            (
                "\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"}"
                    .to_owned(),
                Layer::Trust,
            ),
        ] {
            assert_eq!(layer(&document(&rest)), expected, "{rest}");
        }
    }

    #[test]
    fn a_repository_it_is_about_is_found() {
        let about = |resource: &str| {
            repository(&document(&format!(
                "\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Resource\":[\"arn:aws:s3:::b\",\"{resource}\"]"
            )))
        };
        for (resource, expected) in [
            (
                "arn:aws:ecr:eu-west-1:444455556666:repository/team/*",
                Some("arn:aws:ecr:eu-west-1:444455556666:repository/team/x"),
            ),
            ("arn:aws:ecr:*:*:repository/a", Some("arn:aws:ecr:us-east-1:111122223333:repository/a")),
            (
                "arn:aws:ecr-public::444455556666:repository/a",
                Some("arn:aws:ecr-public::444455556666:repository/a"),
            ),
            ("*", None),
        ] {
            assert_eq!(about(resource).as_deref(), expected, "{resource}");
        }
        let named = about("arn:aws-cn:ecr:cn-north-1:444455556666:repository/a");
        assert_eq!(caller(named.as_deref()), "arn:aws-cn:iam::444455556666:role/ci");
        assert_eq!(caller(Some(&any_repository())), "arn:aws:iam::111122223333:role/ci");
    }
}
