//! The commands that put a document to work, for people.

use ecrpass_core::CommandLine;

use super::draft::{Draft, Kind};

impl Draft {
    /// What it is and where it belongs, in one line: `role ci-push in account 123456789012`.
    pub fn title(&self) -> String {
        let named = |what: &str| match &self.holder {
            Some(holder) => format!("{what} {holder}"),
            None => what.to_owned(),
        };
        let what = match self.kind {
            Kind::Role => named("policy of the role"),
            Kind::User => named("policy of the user"),
            Kind::Boundary => "permissions boundary".to_owned(),
            Kind::Session => "session policy".to_owned(),
            Kind::Repository => named("policy of the repository"),
            Kind::Registry => "policy of the registry".to_owned(),
            Kind::ApiEndpoint => "policy of the VPC endpoint for ECR's API (ecr.api)".to_owned(),
            Kind::RegistryEndpoint => "policy of the VPC endpoint for the registry (ecr.dkr)".to_owned(),
            Kind::LayerEndpoint => "policy of the VPC endpoint for S3".to_owned(),
            Kind::Trust => named("trust policy of the role"),
        };
        let region = self.region.iter().map(|region| format!(", {region}"));
        let account = self.account.iter().map(|account| format!(", account {account}"));
        std::iter::once(what).chain(account).chain(region).collect()
    }

    /// The file that the commands name.
    pub fn file_name(&self) -> String {
        match self.kind {
            Kind::Role | Kind::User | Kind::ApiEndpoint | Kind::RegistryEndpoint | Kind::LayerEndpoint => {
                format!("{}.json", self.name)
            }
            _ => format!("{}-{}.json", self.name, self.kind.id()),
        }
    }

    /// Whether the command that puts it to work leaves what is there already in force.
    pub fn is_added(&self) -> bool {
        matches!(self.kind, Kind::Role | Kind::User)
    }

    /// The command that puts it to work, once it is in that file.
    pub fn attach_command(&self) -> CommandLine {
        let file = format!("file://{}", self.file_name());
        let region = self.region.as_deref().unwrap_or("us-east-1");
        let word = |line: CommandLine, option: &'static str, value: &str| line.shell_word(option).word(value);
        match (self.kind, &self.holder) {
            (Kind::Role, Some(role)) => {
                let line = CommandLine::shell("aws iam put-role-policy --role-name").word(role);
                word(word(line, "--policy-name", &self.name), "--policy-document", &file)
            }
            (Kind::User, Some(user)) => {
                let line = CommandLine::shell("aws iam put-user-policy --user-name").word(user);
                word(word(line, "--policy-name", &self.name), "--policy-document", &file)
            }
            (Kind::Role | Kind::User | Kind::Boundary, _) => {
                let line = CommandLine::shell("aws iam create-policy --policy-name").word(&self.name);
                word(line, "--policy-document", &file)
            }
            (Kind::Session, _) => word(
                CommandLine::shell("aws sts assume-role --role-arn ROLE_ARN --role-session-name ecr"),
                "--policy",
                &file,
            ),
            (Kind::Repository, Some(repository)) if self.region.is_none() => {
                let line = CommandLine::shell(
                    "aws ecr-public set-repository-policy --region us-east-1 --repository-name",
                );
                word(line.word(repository), "--policy-text", &file)
            }
            (Kind::Repository, holder) => {
                let line = CommandLine::shell("aws ecr set-repository-policy --region").word(region);
                let line = word(line, "--registry-id", self.account.as_deref().unwrap_or("ACCOUNT"));
                let line = word(line, "--repository-name", holder.as_deref().unwrap_or("REPOSITORY"));
                word(line, "--policy-text", &file)
            }
            (Kind::Registry, _) => {
                let line = CommandLine::shell("aws ecr put-registry-policy --region").word(region);
                word(line, "--policy-text", &file)
            }
            (Kind::ApiEndpoint | Kind::RegistryEndpoint | Kind::LayerEndpoint, _) => {
                let line = CommandLine::shell("aws ec2 modify-vpc-endpoint --region").word(region);
                word(line.shell_word("--vpc-endpoint-id VPC_ENDPOINT_ID"), "--policy-document", &file)
            }
            (Kind::Trust, Some(role)) => {
                let line = CommandLine::shell("aws iam update-assume-role-policy --role-name").word(role);
                word(line, "--policy-document", &file)
            }
            (Kind::Trust, None) => {
                let line = CommandLine::shell("aws iam create-role --role-name").word(&self.name);
                word(line, "--assume-role-policy-document", &file)
            }
        }
    }
}
