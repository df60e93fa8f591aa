//! The repositories that a policy is about, as people name them.

use ecrpass_core::account::is_account_id;
use ecrpass_core::{Arn, ImageReference, Partition, Registry, arn};

use super::refusal::Refusal;

/// A repository, or all whose names begin alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The partition.
    pub partition: Partition,
    /// The region; empty for ECR Public, whose ARNs name none.
    pub region: String,
    /// The account that owns it.
    pub account: String,
    /// The name, `PREFIX/*`, or `*` for all of the registry.
    pub name: String,
    /// Whether it is one of ECR Public.
    pub is_public: bool,
}

const FORMS: &str = "name an image (123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app), an ARN, or all below a prefix (…/team/*)";

impl Target {
    /// Reads an image, an ARN, `PREFIX/*` behind a host, or a bare name in the registry; `account` is the one whose
    /// repositories of ECR Public are meant, which images do not say.
    ///
    /// # Errors
    /// [`Refusal`], with what to write instead.
    pub fn parse(text: &str, registry: Option<&Registry>, account: Option<&str>) -> Result<Self, Refusal> {
        let text = text.trim();
        if text.starts_with("arn:") { Self::of_arn(text) } else { Self::of_image(text, registry, account) }
    }

    fn of_arn(text: &str) -> Result<Self, Refusal> {
        let refused = |what: String| Refusal::new(what, FORMS);
        let no_repository = || refused(format!("`{text}` is not a repository's ARN."));
        let arn = Arn::parse(text).ok_or_else(no_repository)?;
        let name = arn.repository().ok_or_else(no_repository)?;
        let partition = Partition::all()
            .find(|partition| partition.id() == arn.partition)
            .ok_or_else(|| refused(format!("There is no partition `{}`.", arn.partition)))?;
        let is_public = arn.service == "ecr-public";
        if !is_account_id(arn.account) {
            return Err(refused(format!("`{text}` names no account: twelve digits.")));
        }
        if is_public != arn.region.is_empty() {
            let what = if is_public { "ARNs of ECR Public have no region" } else { "the region is missing" };
            return Err(refused(format!("`{text}` is not a repository's ARN: {what}.")));
        }
        match Partition::of_region(arn.region) {
            Some(other) if other != partition => {
                return Err(refused(format!(
                    "`{text}` cannot be: the region {} is in the partition {other}.",
                    arn.region
                )));
            }
            None if !is_public && !is_name_of_region(arn.region) => {
                return Err(refused(format!("`{}` is not a region.", arn.region)));
            }
            _ => {}
        }
        check_name(name)?;
        Ok(Self {
            partition,
            region: arn.region.to_owned(),
            account: arn.account.to_owned(),
            name: name.to_owned(),
            is_public,
        })
    }

    fn of_image(text: &str, registry: Option<&Registry>, account: Option<&str>) -> Result<Self, Refusal> {
        let (prefix, is_pattern) = match text.strip_suffix('*') {
            Some("") => ("", true),
            Some(prefix) => (prefix.strip_suffix('/').ok_or_else(|| wildcard(text))?, true),
            None => (text, false),
        };
        if prefix.contains(['*', '?']) {
            return Err(wildcard(text));
        }
        // Below a prefix any name is a repository's: the reader of images is given one.
        let below = match (is_pattern, prefix) {
            (false, _) => prefix.to_owned(),
            (true, "") => "xx".to_owned(),
            (true, _) => format!("{prefix}/xx"),
        };
        let image = ImageReference::parse(&below)
            .map_err(|error| Refusal::new(format!("`{text}` is no repository: {error}."), FORMS))?;
        let own = match &image.host {
            Some(_) => Some(
                image
                    .registry()
                    .map_err(|error| Refusal::new(format!("`{text}` is not in ECR: {error}."), FORMS))?,
            ),
            None => None,
        };
        let registry = own.as_ref().or(registry).ok_or_else(|| {
            Refusal::new(
                format!("`{text}` does not say in which registry it is."),
                "write it with the registry's host in front, or add --registry HOST",
            )
        })?;
        let name = match is_pattern {
            true => image.repository.strip_suffix("xx").map(|prefix| format!("{prefix}*")),
            false => Some(image.repository.clone()),
        };
        let name = name.unwrap_or_default();
        match registry {
            Registry::Private(private) => Ok(Self {
                partition: private.partition,
                region: private.region.clone(),
                account: private.account.clone(),
                name,
                is_public: false,
            }),
            Registry::Public { .. } => {
                let account = account.ok_or_else(|| {
                    Refusal::new(
                        format!("`{text}` does not say which account it belongs to, and ARNs of ECR Public name it."),
                        "add --account with the twelve digits of the account that owns the repository",
                    )
                })?;
                // The first part is the registry's alias.
                let (_, name) = name.split_once('/').ok_or_else(|| {
                    Refusal::new(
                        format!("`{text}` has no repository behind the registry's alias."),
                        "write public.ecr.aws/ALIAS/REPOSITORY",
                    )
                })?;
                Ok(Self {
                    partition: Partition::Aws,
                    region: String::new(),
                    account: account.to_owned(),
                    name: name.to_owned(),
                    is_public: true,
                })
            }
        }
    }

    /// Its ARN.
    pub fn arn(&self) -> String {
        match self.is_public {
            true => arn::public_repository_arn(&self.account, &self.name),
            false => arn::repository_arn(self.partition, &self.region, &self.account, &self.name),
        }
    }

    /// Whether it stands for more than one repository.
    pub fn is_pattern(&self) -> bool {
        self.name.ends_with('*')
    }
}

fn wildcard(text: &str) -> Refusal {
    Refusal::new(
        format!("`{text}` has a wildcard where none may be."),
        "end with /* for all repositories below a prefix; otherwise name each with a --repository of its own",
    )
}

/// The region of a partition may be newer than our table.
fn is_name_of_region(region: &str) -> bool {
    region.split('-').count() >= 3
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let (fixed, is_pattern) = match name.strip_suffix('*') {
        Some("") => return Ok(()),
        Some(prefix) => (prefix.strip_suffix('/').ok_or_else(|| wildcard(name))?, true),
        None => (name, false),
    };
    if fixed.contains(['*', '?']) {
        return Err(wildcard(name));
    }
    let read = if is_pattern { format!("{fixed}/xx") } else { fixed.to_owned() };
    match ImageReference::parse(&format!("public.ecr.aws/{read}")) {
        Ok(image) if image.repository == read => Ok(()),
        Ok(_) => Err(Refusal::new(format!("`{name}` is not a repository's name."), FORMS)),
        Err(error) => Err(Refusal::new(format!("`{name}` is not a repository's name: {error}."), FORMS)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";

    #[test]
    fn the_forms_that_people_write() {
        let registry = Registry::parse(HOST).unwrap();
        for (text, arn) in [
            (&*format!("{HOST}/team/app:v1"), "arn:aws:ecr:eu-central-1:123456789012:repository/team/app"),
            (&format!("{HOST}/team/*"), "arn:aws:ecr:eu-central-1:123456789012:repository/team/*"),
            (&format!("{HOST}/a/*"), "arn:aws:ecr:eu-central-1:123456789012:repository/a/*"),
            (&format!("{HOST}/*"), "arn:aws:ecr:eu-central-1:123456789012:repository/*"),
            ("team/app", "arn:aws:ecr:eu-central-1:123456789012:repository/team/app"),
            ("team/*", "arn:aws:ecr:eu-central-1:123456789012:repository/team/*"),
            ("*", "arn:aws:ecr:eu-central-1:123456789012:repository/*"),
            (
                "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app",
                "arn:aws-cn:ecr:cn-north-1:123456789012:repository/app",
            ),
            (
                "arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/app",
                "arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/app",
            ),
            ("public.ecr.aws/alias/team/app", "arn:aws:ecr-public::111122223333:repository/team/app"),
        ] {
            let target = Target::parse(text, Some(&registry), Some("111122223333")).unwrap();
            assert_eq!(target.arn(), arn, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (text, what) in [
            ("team/app", "in which registry"),
            ("public.ecr.aws/alias/app", "which account"),
            ("public.ecr.aws/alias", "which account"),
            ("docker.io/library/alpine", "not in ECR"),
            (HOST, "is a registry, not an image"),
            (&format!("{HOST}/Team/App"), "lower case"),
            (&format!("{HOST}/team*"), "wildcard"),
            (&format!("{HOST}/*/app"), "wildcard"),
            (&format!("{HOST}/te?m/*"), "wildcard"),
            ("arn:aws:ecr:eu-central-1:123456789012:repository/a*b", "wildcard"),
            ("arn:aws:ecr:eu-central-1:123:repository/ab", "no account"),
            ("arn:aws:ecr::123456789012:repository/ab", "region is missing"),
            ("arn:aws:ecr:cn-north-1:123456789012:repository/ab", "partition aws-cn"),
            ("arn:aws:ecr:*:123456789012:repository/ab", "not a region"),
            ("arn:aws-x:ecr:us-east-1:123456789012:repository/ab", "no partition"),
            ("arn:aws:s3:::bucket", "not a repository's ARN"),
            ("arn:aws:ecr-public:us-east-1:123456789012:repository/ab", "no region"),
            ("arn:aws:ecr:eu-central-1:123456789012:repository/AB", "lower case"),
            ("", "empty"),
        ] {
            let refused = Target::parse(text, None, None).unwrap_err();
            assert!(refused.what.contains(what), "{text}: {refused}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_an_arn_that_is_read_again(text in "\\PC{0,40}", behind in "[a-z*/:@?.-]{0,12}") {
            for text in [text.clone(), format!("{HOST}/{behind}"), format!("arn:aws:ecr:us-east-1:123456789012:repository/{behind}")] {
                if let Ok(target) = Target::parse(&text, None, Some("111122223333")) {
                    prop_assert_eq!(Target::parse(&target.arn(), None, None), Ok(target));
                }
            }
        }
    }
}
