//! The case at hand, as remedies look at it: which registry in which partition, who calls, with which client, to do
//! what; and what of all that can be put into a command.

use ecrpass_clients::client::Client;
use ecrpass_core::registry::PUBLIC_REGION;
use ecrpass_core::template::Filling;
use ecrpass_core::{CallerIdentity, CommandLine, Partition, Placeholder, Registry, arn};
use ecrpass_iam::actions;

use super::ci::Ci;
use super::details::Details;
use super::own_command::{OwnCommand, SetupTarget};
use super::place::Place;

/// A case.
#[derive(Clone, Debug, Default)]
pub struct Situation {
    registry: Option<Registry>,
    /// Of the registry; where that is not known, of what the case is about.
    is_public: Option<bool>,
    partition: Option<Partition>,
    account: Option<String>,
    region: Option<String>,
    repository: Option<String>,
    tag: Option<String>,
    principal: Option<CallerIdentity>,
    action: Option<String>,
    profile: Option<String>,
    client: Option<Client>,
    ci: Option<Ci>,
    place: Option<Place>,
    namespace: Option<String>,
    pod: Option<String>,
    secret: Option<String>,
    cluster: Option<String>,
    service: Option<String>,
    task: Option<String>,
    operation: Option<Purpose>,
    said: Option<String>,
}

/// What is done with the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// It is pulled.
    Pull,
    /// It is pushed.
    Push,
}

/// The actions that only a push takes.
const PUSHES: [&str; 4] = ["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage"];

/// The action behind a token of ECR Public, beside its own.
const PUBLIC_BEARER: &str = "sts:GetServiceBearerToken";

/// Whether an action is of those that neither a login nor a pull nor a push takes.
pub fn is_of_a_tool(action: &str) -> bool {
    let name = action.split_once(':').map_or("", |(_, name)| name).to_ascii_lowercase();
    let is_import = action.eq_ignore_ascii_case(actions::IMPORT_UPSTREAM);
    !name.is_empty() && !is_import && !name.contains("getauthorizationtoken") && {
        let private = format!("ecr:{name}");
        !actions::is_write(&private) && !actions::is_read(&private)
    }
}

impl Situation {
    /// The case of which that much is known. What belongs to another partition than the registry is left out: one
    /// command must not mix two.
    pub fn of(details: &Details) -> Self {
        let action = details.action.clone();
        let service = action.as_deref().and_then(|action| action.split_once(':')).map(|(service, _)| service);
        // There is one public registry.
        let is_publics = service == Some("ecr-public") || action.as_deref() == Some(PUBLIC_BEARER);
        let public = || is_publics.then_some(Registry::Public { dual_stack: false });
        // What only the public one asks for is its, whatever host stands near.
        let named = details.host.as_deref().and_then(|host| Registry::parse(host).ok());
        let registry = named.filter(|registry| !is_publics || registry.is_public()).or_else(public);
        let region = details.region.clone().filter(|region| Partition::of_region(region).is_some());
        let principal = details.principal.as_deref().and_then(CallerIdentity::parse);
        let of_principal = || {
            let id = &principal.as_ref()?.partition;
            Partition::all().find(|partition| partition.id() == id)
        };
        let partition = registry
            .as_ref()
            .map(Registry::partition)
            .or_else(|| Partition::of_region(region.as_deref()?))
            .or_else(of_principal);
        let fits = |principal: &CallerIdentity| {
            principal.partition.is_empty()
                || partition.is_none_or(|partition| partition.id() == principal.partition)
        };
        let principal = principal.filter(fits);
        let is_public = match (&registry, service) {
            (Some(registry), _) => Some(registry.is_public()),
            (None, Some("ecr")) => Some(false),
            _ => None,
        };
        let pushes = |action: &str| PUSHES.iter().any(|push| action.ends_with(push));
        Self {
            account: registry
                .as_ref()
                .map_or_else(|| details.account.clone(), |registry| registry.account().map(str::to_owned)),
            region: match &registry {
                Some(registry) => Some(registry.region().to_owned()),
                None => region,
            },
            repository: details.repository.clone(),
            tag: details.tag.clone(),
            profile: details.profile.clone(),
            client: details.client.as_deref().and_then(Client::parse),
            ci: details.ci.as_deref().and_then(Ci::parse),
            // Of ECS the client is known by its words, wherever it runs.
            place: [&details.place, &details.client]
                .into_iter()
                .flatten()
                .find_map(|name| Place::parse(name)),
            namespace: details.namespace.clone(),
            pod: details.pod.clone(),
            secret: details.secret.clone(),
            cluster: details.cluster.clone(),
            service: details.service.clone(),
            task: details.task.clone(),
            operation: action.as_deref().filter(|action| pushes(action)).map(|_| Purpose::Push),
            registry,
            is_public,
            partition,
            principal,
            action,
            said: None,
        }
        .with_host()
    }

    /// The registry of an account and a region that are both known.
    fn with_host(mut self) -> Self {
        if self.registry.is_none()
            && let (Some(account), Some(region), Some(partition)) =
                (&self.account, &self.region, self.partition)
        {
            let host = format!("{account}.dkr.ecr.{region}.{}", partition.dns_suffix());
            self.registry = Registry::parse(&host).ok();
            self.is_public = self.registry.as_ref().map(Registry::is_public);
        }
        self
    }

    /// The same, with what is done there.
    #[must_use]
    pub fn to(mut self, purpose: Purpose) -> Self {
        self.operation = Some(purpose);
        self
    }

    /// The same, with the message that tells of it.
    #[must_use]
    pub fn saying(mut self, message: &str) -> Self {
        self.said = Some(message.to_ascii_lowercase());
        self
    }

    /// The message that tells of it, in lower case, where one does.
    pub fn said(&self) -> Option<&str> {
        self.said.as_deref()
    }

    /// Whether the action that was refused is ECR's and needed by tools alone; none where none is known.
    pub fn is_of_a_tool(&self) -> Option<bool> {
        self.action.as_deref().map(|action| action.starts_with("ecr") && is_of_a_tool(action))
    }

    /// The same caller and client at ECR Public.
    #[must_use]
    pub fn at_ecr_public(&self) -> Self {
        Self {
            registry: Some(Registry::Public {
                dual_stack: self.registry.as_ref().is_some_and(Registry::dual_stack)
                    && self.is_public == Some(true),
            }),
            is_public: Some(true),
            partition: Some(Partition::Aws),
            account: None,
            region: Some(PUBLIC_REGION.to_owned()),
            repository: self.repository.clone().filter(|_| self.is_public == Some(true)),
            principal: self.principal.clone().filter(|principal| principal.partition == Partition::Aws.id()),
            ..self.clone()
        }
    }

    /// The registry.
    pub fn registry(&self) -> Option<&Registry> {
        self.registry.as_ref()
    }

    /// Whether it is about ECR Public; none where nothing says so or otherwise.
    pub fn is_public(&self) -> Option<bool> {
        self.is_public
    }

    /// Who calls.
    pub fn principal(&self) -> Option<&CallerIdentity> {
        self.principal.as_ref()
    }

    /// What is done with the image.
    pub fn purpose(&self) -> Option<Purpose> {
        self.operation
    }

    /// The CI system it happens in.
    pub fn ci(&self) -> Option<Ci> {
        self.ci
    }

    /// The program or service that pulls by itself, if one does.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// The client at hand: docker, where no other is named.
    pub fn client(&self) -> Client {
        self.client.unwrap_or(Client::Docker)
    }

    /// What is put into a hole of a template.
    pub fn value(&self, hole: Placeholder) -> Option<Filling> {
        let text = |value: Option<String>| value.map(Filling::Value);
        let command = |line: Option<CommandLine>| line.map(Filling::Command);
        let principal = self.principal.as_ref();
        match hole {
            Placeholder::Account => text(self.account.clone()),
            Placeholder::Action => text(self.action.clone()),
            Placeholder::Api => text(self.api()),
            Placeholder::Arn => text(self.arn()),
            Placeholder::Caller => text(principal.and_then(|principal| principal.in_policies.clone())),
            Placeholder::Client => text(Some(self.client().id().to_owned())),
            Placeholder::GetPassword => command(self.get_password()),
            Placeholder::Host => text(self.registry.as_ref().map(|registry| registry.host().to_owned())),
            Placeholder::Login => command(self.login()),
            Placeholder::Logout => command(self.logout()),
            Placeholder::Namespace => text(self.namespace.clone()),
            Placeholder::OwnAccount => text(
                principal.map(|principal| principal.account.clone()).filter(|account| !account.is_empty()),
            ),
            Placeholder::Partition => text(self.partition.map(|partition| partition.id().to_owned())),
            Placeholder::PermissionSet | Placeholder::Role | Placeholder::User => {
                text(principal.map(|principal| principal.name.clone()))
            }
            Placeholder::Pod => text(self.pod.clone()),
            Placeholder::Profile => text(self.profile.clone()),
            Placeholder::ProfileOption => command(Some(match self.profile_to_name() {
                Some(profile) => CommandLine::shell(" --profile").word(profile),
                None => CommandLine::default(),
            })),
            Placeholder::Secret => text(self.secret.clone()),
            Placeholder::Cluster => text(self.cluster.clone()),
            Placeholder::Service => text(self.service.clone()),
            Placeholder::Task => text(self.task.clone()),
            Placeholder::Region => text(self.region.clone()),
            Placeholder::Repository => text(self.repository.clone()),
            Placeholder::Setup => command(self.setup().map(|setup| setup.command_line())),
            Placeholder::Suffix => text(self.partition.map(|partition| partition.dns_suffix().to_owned())),
            Placeholder::Tag => text(self.tag.clone()),
            // No log and no fact tells these.
            Placeholder::Function
            | Placeholder::FunctionAccount
            | Placeholder::Image
            | Placeholder::Instance
            | Placeholder::Key
            | Placeholder::NodeRole
            | Placeholder::Prefix
            | Placeholder::Project
            | Placeholder::Proxy
            | Placeholder::Quota
            | Placeholder::RouteTable
            | Placeholder::ServiceAccount
            | Placeholder::ServiceArn
            | Placeholder::Vpc
            | Placeholder::Workload => None,
        }
    }

    /// The command that names the helper for the registry, where the client asks helpers.
    pub fn setup(&self) -> Option<OwnCommand> {
        let target = SetupTarget::of(self.client())?;
        Some(OwnCommand::Setup { registry: self.registry.clone()?, target })
    }

    fn api(&self) -> Option<String> {
        let of_region =
            || Some(format!("api.ecr.{}.{}", self.region.as_ref()?, self.partition?.dns_suffix()));
        self.registry.as_ref().map(Registry::api_host).or_else(of_region)
    }

    fn arn(&self) -> Option<String> {
        let repository = self.repository.as_ref()?;
        if self.is_public == Some(true) {
            // The host's path begins with the registry's alias, its ARN has the account.
            let account = self.principal.as_ref().map(|principal| principal.account.as_str());
            let account = account.filter(|account| !account.is_empty())?;
            let (_, name) = repository.split_once('/')?;
            return Some(arn::public_repository_arn(account, name));
        }
        Some(arn::repository_arn(self.partition?, self.region.as_ref()?, self.account.as_ref()?, repository))
    }

    /// The profile, where a command has to name it.
    fn profile_to_name(&self) -> Option<&str> {
        self.profile.as_deref().filter(|profile| *profile != "default")
    }

    fn get_password(&self) -> Option<CommandLine> {
        if self.is_public == Some(true) {
            return Some(CommandLine::shell("aws ecr-public get-login-password --region us-east-1"));
        }
        let ask = CommandLine::shell("aws ecr get-login-password --region").word(self.region.as_ref()?);
        Some(match self.profile_to_name() {
            Some(profile) => ask.word("--profile").word(profile),
            None => ask,
        })
    }

    fn login(&self) -> Option<CommandLine> {
        let host = self.registry.as_ref()?.host();
        let login = CommandLine::shell(self.client().login()?).word(host);
        Some(self.get_password()?.pipe(login))
    }

    fn logout(&self) -> Option<CommandLine> {
        let host = self.registry.as_ref()?.host();
        Some(CommandLine::shell(self.client().logout()?).word(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(details: &Details, hole: Placeholder) -> Option<String> {
        Situation::of(details).value(hole).map(|filling| match filling {
            Filling::Value(value) => value,
            Filling::Command(command) => command.to_string(),
        })
    }

    #[test]
    fn hosts_are_of_the_partition_or_not_known() {
        let some = |text: &str| Some(text.to_owned());
        let mut details = Details { region: some("cn-north-1"), ..Details::default() };
        assert_eq!(value(&details, Placeholder::Host), None);
        assert_eq!(value(&details, Placeholder::Api).as_deref(), Some("api.ecr.cn-north-1.amazonaws.com.cn"));
        details.account = some("123456789012");
        let host = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn";
        assert_eq!(value(&details, Placeholder::Host).as_deref(), Some(host));
        // A caller of another partition is none that this registry knows.
        details.principal = some("arn:aws:iam::123456789012:user/ada");
        assert_eq!(value(&details, Placeholder::Caller), None);
    }

    #[test]
    fn every_client_logs_in_its_own_way() {
        let host = "public.ecr.aws";
        for (client, expected) in [
            ("docker", Some("docker login --username AWS --password-stdin")),
            ("helm", Some("helm registry login --username AWS --password-stdin")),
            ("regclient", Some("regctl registry login --user AWS --pass-stdin")),
            ("kubelet", None),
        ] {
            let details = Details {
                host: Some(host.to_owned()),
                client: Some(client.to_owned()),
                ..Details::default()
            };
            let expected = expected.map(|expected| {
                format!("aws ecr-public get-login-password --region us-east-1 | {expected} {host}")
            });
            assert_eq!(value(&details, Placeholder::Login), expected);
        }
    }
}
