//! The holes that texts of ours may have: what is known of a case is put in, what is not known has words of its own.

/// What stands in a hole of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// The account that owns the registry.
    Account,
    /// The action that is refused.
    Action,
    /// The host of the API that issues the registry's tokens.
    Api,
    /// The ARN of the repository.
    Arn,
    /// The caller, as policies name it.
    Caller,
    /// The client, as `ecrpass resolve` knows it.
    Client,
    /// A cluster of EKS or ECS.
    Cluster,
    /// A Lambda function.
    Function,
    /// The account of a Lambda function.
    FunctionAccount,
    /// The command that prints the registry's password.
    GetPassword,
    /// The registry's host.
    Host,
    /// An image of the local daemon.
    Image,
    /// An EC2 instance.
    Instance,
    /// A GPG key.
    Key,
    /// The command that logs the client in to the registry.
    Login,
    /// The command that logs the client out of the registry.
    Logout,
    /// A Kubernetes namespace.
    Namespace,
    /// The role of a Kubernetes node.
    NodeRole,
    /// The account of the caller.
    OwnAccount,
    /// The partition, as ARNs have it.
    Partition,
    /// A permission set of IAM Identity Center.
    PermissionSet,
    /// A pod.
    Pod,
    /// The prefix of a pull-through cache rule.
    Prefix,
    /// The AWS profile.
    Profile,
    /// The option that names the AWS profile; nothing where none is in force.
    ProfileOption,
    /// A CodeBuild project.
    Project,
    /// A proxy's address.
    Proxy,
    /// The code of a quota.
    Quota,
    /// The region of the registry.
    Region,
    /// The repository.
    Repository,
    /// The role of the caller.
    Role,
    /// A route table of a VPC.
    RouteTable,
    /// A Kubernetes secret.
    Secret,
    /// A service of ECS.
    Service,
    /// A Kubernetes service account.
    ServiceAccount,
    /// The ARN of a service of App Runner.
    ServiceArn,
    /// The command that names the credential helper for the registry.
    Setup,
    /// The DNS suffix of the partition.
    Suffix,
    /// The tag.
    Tag,
    /// An ECS task definition.
    Task,
    /// The IAM user who calls.
    User,
    /// A VPC.
    Vpc,
    /// What creates a pod: `deployment/web`.
    Workload,
}

impl Placeholder {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Account,
        Self::Action,
        Self::Api,
        Self::Arn,
        Self::Caller,
        Self::Client,
        Self::Cluster,
        Self::Function,
        Self::FunctionAccount,
        Self::GetPassword,
        Self::Host,
        Self::Image,
        Self::Instance,
        Self::Key,
        Self::Login,
        Self::Logout,
        Self::Namespace,
        Self::NodeRole,
        Self::OwnAccount,
        Self::Partition,
        Self::PermissionSet,
        Self::Pod,
        Self::Prefix,
        Self::Profile,
        Self::ProfileOption,
        Self::Project,
        Self::Proxy,
        Self::Quota,
        Self::Region,
        Self::Repository,
        Self::Role,
        Self::RouteTable,
        Self::Secret,
        Self::Service,
        Self::ServiceAccount,
        Self::ServiceArn,
        Self::Setup,
        Self::Suffix,
        Self::Tag,
        Self::Task,
        Self::User,
        Self::Vpc,
        Self::Workload,
    ];

    /// The name, as it stands between braces in a template.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Action => "action",
            Self::Api => "api",
            Self::Arn => "arn",
            Self::Caller => "caller",
            Self::Client => "client",
            Self::Cluster => "cluster",
            Self::Function => "function",
            Self::FunctionAccount => "function-account",
            Self::GetPassword => "get-password",
            Self::Host => "host",
            Self::Image => "image",
            Self::Instance => "instance",
            Self::Key => "key",
            Self::Login => "login",
            Self::Logout => "logout",
            Self::Namespace => "namespace",
            Self::NodeRole => "node-role",
            Self::OwnAccount => "own-account",
            Self::Partition => "partition",
            Self::PermissionSet => "permission-set",
            Self::Pod => "pod",
            Self::Prefix => "prefix",
            Self::Profile => "profile",
            Self::ProfileOption => "profile-option",
            Self::Project => "project",
            Self::Proxy => "proxy",
            Self::Quota => "quota",
            Self::Region => "region",
            Self::Repository => "repository",
            Self::Role => "role",
            Self::RouteTable => "route-table",
            Self::Secret => "secret",
            Self::Service => "service",
            Self::ServiceAccount => "service-account",
            Self::ServiceArn => "service-arn",
            Self::Setup => "setup",
            Self::Suffix => "suffix",
            Self::Tag => "tag",
            Self::Task => "task",
            Self::User => "user",
            Self::Vpc => "vpc",
            Self::Workload => "workload",
        }
    }

    /// What is missing where it is not known, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Account => "the registry's account",
            Self::Action => "the action that is refused",
            Self::Api => "the region of the ECR API",
            Self::Arn => "the repository's ARN",
            Self::Caller => "the caller's ARN",
            Self::Client => "the client",
            Self::Cluster => "the cluster's name",
            Self::Function => "the function's name",
            Self::FunctionAccount => "the function's account",
            Self::GetPassword | Self::Host | Self::Login | Self::Logout | Self::Setup => {
                "the registry's host"
            }
            Self::Image => "the image's name in `docker image ls`",
            Self::Instance => "the instance's id",
            Self::Key => "the GPG key's id",
            Self::Namespace => "the pod's namespace",
            Self::NodeRole => "the node's role",
            Self::OwnAccount => "the caller's account",
            Self::Partition => "the AWS partition",
            Self::PermissionSet => "the permission set",
            Self::Pod => "the pod's name",
            Self::Prefix => "the rule's prefix",
            Self::Profile | Self::ProfileOption => "the AWS profile",
            Self::Project => "the CodeBuild project",
            Self::Proxy => "the proxy's address",
            Self::Quota => "the quota's code",
            Self::Region => "the registry's region",
            Self::Repository => "the repository",
            Self::Role => "the role's name",
            Self::RouteTable => "the route table's id",
            Self::Secret => "the pull secret's name",
            Self::Service => "the service's name",
            Self::ServiceAccount => "the service account's name",
            Self::ServiceArn => "the service's ARN",
            Self::Suffix => "the partition's DNS suffix",
            Self::Tag => "the tag",
            Self::Task => "the task definition",
            Self::User => "the user's name",
            Self::Vpc => "the VPC's id",
            Self::Workload => "what creates the pod, as deployment/NAME",
        }
    }

    /// As people read it on a page, where nothing is known.
    pub(crate) fn shown(self) -> String {
        match self {
            Self::ProfileOption => " --profile <profile>".to_owned(),
            Self::Api => "api.ecr.<region>.<suffix>".to_owned(),
            Self::Arn => "arn:<partition>:ecr:<region>:<account>:repository/<repository>".to_owned(),
            Self::GetPassword => "aws ecr get-login-password --region <region>".to_owned(),
            Self::Login => {
                let password = Self::GetPassword.shown();
                format!("{password} | docker login --username AWS --password-stdin <host>")
            }
            Self::Logout => "docker logout <host>".to_owned(),
            Self::Setup => "ecrpass setup <host>".to_owned(),
            other => format!("<{}>", other.name()),
        }
    }

    /// The placeholder of that name.
    pub(crate) const fn of(name: &[u8]) -> Option<Self> {
        let mut all = Self::ALL;
        while let Some((first, rest)) = all.split_first() {
            if is_same(first.name().as_bytes(), name) {
                return Some(*first);
            }
            all = rest;
        }
        None
    }
}

const fn is_same(mut one: &[u8], mut other: &[u8]) -> bool {
    loop {
        match (one.split_first(), other.split_first()) {
            (None, None) => return true,
            (Some((a, rest_of_one)), Some((b, rest_of_other))) if *a == *b => {
                one = rest_of_one;
                other = rest_of_other;
            }
            _ => return false,
        }
    }
}
