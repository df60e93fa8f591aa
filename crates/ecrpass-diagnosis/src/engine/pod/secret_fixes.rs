//! What to do about a pull secret, by what is wrong with it.
//!
//! A command has to work where the secret is there already, and must not take a login along that somebody else needs.

use ecrpass_core::time::EpochSeconds;
use ecrpass_core::{DiagnosisId, Placeholder, Registry, Template};

use super::details::details;
use crate::catalogue;
use crate::catalogue::remedy::{Own, Remedy, own};
use crate::finding::{Details, Fix, Situation, safe};
use crate::inputs::{LoginTrouble, PodSeen, PullSecret};

/// What is wrong with a pull secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is not there.
    Missing,
    /// The kubelet cannot read it.
    Unreadable,
    /// Its type is another.
    OtherType,
    /// It has no login for the image.
    NoLogin,
    /// Its login is over.
    Expired,
    /// ECR does not take its login, whenever it was made.
    Refused(LoginTrouble),
    /// The service account was given it when the pod was there already.
    GivenLater,
}

/// Why, and what to do.
pub struct Advice {
    /// Why it does not work.
    pub explanation: String,
    /// What to do, and what shows that this is the cause.
    pub fixes: Vec<Fix>,
}

const CREATE: Template = Template::new(
    "kubectl create secret docker-registry {secret} --namespace {namespace} --docker-server={host} --docker-username=AWS --docker-password=\"$({get-password})\"",
);
const REPLACE: Template = Template::new(
    "kubectl create secret docker-registry {secret} --namespace {namespace} --docker-server={host} --docker-username=AWS --docker-password=\"$({get-password})\" --dry-run=client -o yaml | kubectl apply -f -",
);
const MAKE_AGAIN: Template = Template::new(
    "kubectl delete secret {secret} --namespace {namespace} && kubectl create secret docker-registry {secret} --namespace {namespace} --docker-server={host} --docker-username=AWS --docker-password=\"$({get-password})\"",
);
const RENEW: Template = Template::new(
    "kubectl get secret {secret} --namespace {namespace} -o yaml | ecrpass fix - | kubectl apply -f -",
);
const GIVE_TO_ACCOUNT: Template = Template::new(
    "kubectl patch serviceaccount {service-account} --namespace {namespace} -p '{\"imagePullSecrets\":[{\"name\":\"{secret}\"}]}'",
);
const DELETE_POD: Template = Template::new("kubectl delete pod {pod} --namespace {namespace}");
const REPLACE_POD: Template =
    Template::new("kubectl get pod {pod} --namespace {namespace} -o yaml | kubectl replace --force -f -");
const SHOW_SECRET: Template = Template::new("kubectl get secret {secret} --namespace {namespace}");
const SHOW_ACCOUNT: Template =
    Template::new("kubectl get serviceaccount {service-account} --namespace {namespace} -o yaml");

/// The provider in place of any secret.
const NODE_NEEDS_NO_SECRET: Remedy =
    own("or set up the node's credential provider, which needs no pull secret", Own::SetupKubelet);

/// What to do about a pull secret of a pod, for an image of that host (with its port).
pub fn advice(pod: &PodSeen, host: &str, secret: &str, wrong: Wrong, now: EpochSeconds) -> Advice {
    let case = Case { pod, host, details: Details { secret: safe(secret), ..details(pod, host) }, now };
    let known = pod.pod.secrets.iter().chain(&pod.account_known).find(|known| known.name == secret);
    let mut fixes = match wrong {
        Wrong::Missing => vec![case.run("create the secret in the pod's namespace", CREATE)],
        Wrong::GivenLater => case.another_pod(secret, known),
        Wrong::OtherType if case.may_be_replaced(known) => {
            vec![case.run("make it again: the type of a secret cannot be changed", MAKE_AGAIN)]
        }
        Wrong::Unreadable | Wrong::NoLogin | Wrong::Expired | Wrong::Refused(_)
            if case.may_be_replaced(known) =>
        {
            vec![case.run("write a fresh login into it", REPLACE)]
        }
        Wrong::Expired => vec![case.run("renew it where it is, and keep what else is in it", RENEW)],
        Wrong::Unreadable => vec![Fix::by_hand(
            "correct the entry that cannot be decoded, or take it out: the others in it are wanted, too",
        )],
        Wrong::OtherType | Wrong::NoLogin | Wrong::Refused(_) => case.beside(secret),
    };
    if wrong == Wrong::Expired && case.may_be_replaced(known) {
        fixes.push(case.run("or renew it where it is", RENEW));
    }
    if wrong != Wrong::GivenLater {
        fixes.push(NODE_NEEDS_NO_SECRET.fix(&Situation::of(&case.details)));
    }
    fixes.push(case.confirmation(wrong));
    Advice { explanation: explanation(pod, secret, wrong), fixes }
}

/// A pull secret and what it is for.
struct Case<'a> {
    pod: &'a PodSeen,
    host: &'a str,
    details: Details,
    now: EpochSeconds,
}

impl Case<'_> {
    /// A command for this case; without what is not known it is said in words.
    fn run(&self, summary: &str, command: Template) -> Fix {
        self.run_for(summary, command, self.details.secret.clone())
    }

    fn run_for(&self, summary: &str, command: Template, secret: Option<String>) -> Fix {
        let situation = Situation::of(&Details { secret, ..self.details.clone() });
        let value = |hole| match hole {
            // The kubelet compares ports, too.
            Placeholder::Host => safe(self.host).map(ecrpass_core::template::Filling::Value),
            Placeholder::ServiceAccount => {
                let account = self.pod.pod.service_account.as_deref().unwrap_or("default");
                safe(account).map(ecrpass_core::template::Filling::Value)
            }
            _ => situation.value(hole),
        };
        match command.command(&value) {
            Ok(command) => Fix::run(summary, command),
            Err(_) => Fix::by_hand(summary),
        }
    }

    /// Whether nothing is lost where the secret is written again for this host alone.
    fn may_be_replaced(&self, secret: Option<&PullSecret>) -> bool {
        let Some(secret) = secret else { return false };
        !secret.has_more
            && secret.entries.iter().all(|login| {
                let of = registry_of(&login.key);
                let is_over = login.trouble.is_some() || login.expires_at.is_some_and(|at| at <= self.now);
                of == self.host || is_over && Registry::parse(of).is_ok()
            })
    }

    /// Another secret, beside one whose logins somebody needs.
    fn beside(&self, secret: &str) -> Vec<Fix> {
        let account = self.pod.pod.service_account.as_deref().unwrap_or("default");
        let of_account = self.pod.account_secrets.as_deref().unwrap_or_default();
        let own = &self.pod.pod.pull_secrets;
        if let Some(given) = of_account.iter().find(|name| !own.contains(name)) {
            return vec![Fix::by_hand(format!(
                "name pull secret {given} of service account {account} in the pod's template as well, beside {secret}: a pod that names its own is not given the account's"
            ))];
        }
        let situation = Situation::of(&self.details);
        let region = situation.registry().map_or("login", Registry::region);
        let names = [format!("ecr-{region}"), format!("{secret}-ecr"), format!("{secret}-ecr-{region}")];
        let name = names.into_iter().find(|name| !own.contains(name)).as_deref().and_then(safe);
        let create = self.run_for(
            "make another secret, and leave this one to whoever needs what is in it",
            CREATE,
            name.clone(),
        );
        let is_from_account = !of_account.is_empty() && of_account == own.as_slice();
        let mut fixes = vec![create];
        if is_from_account {
            fixes.push(self.run_for("give it to the service account", GIVE_TO_ACCOUNT, name));
            fixes.push(self.run("then delete the pod: the next one is given it", DELETE_POD));
        } else {
            let name = name.as_deref().unwrap_or("it");
            fixes.push(Fix::by_hand(format!(
                "name {name} in `imagePullSecrets` of the pod's template, beside {secret}"
            )));
        }
        fixes
    }

    /// Another pod in place of this one, which will be given the account's secrets.
    fn another_pod(&self, name: &str, secret: Option<&PullSecret>) -> Vec<Fix> {
        let mut fixes = vec![if self.pod.is_owned {
            self.run(
                "delete the pod: the one that takes its place is given the account's pull secrets",
                DELETE_POD,
            )
        } else {
            self.run(
                "delete the pod and make it again, so that it is given the account's pull secrets",
                REPLACE_POD,
            )
        }];
        let is_over = |secret: &&PullSecret| {
            let of_host = || secret.entries.iter().filter(|login| registry_of(&login.key) == self.host);
            let is_good = |at: Option<EpochSeconds>| at.is_none_or(|at| at > self.now);
            !of_host().any(|login| login.trouble.is_none() && is_good(login.expires_at))
        };
        if let Some(secret) = secret.filter(is_over)
            && self.may_be_replaced(Some(secret))
        {
            fixes.insert(0, self.run(&format!("write a fresh login into pull secret {name} first"), REPLACE));
        }
        fixes
    }

    fn confirmation(&self, wrong: Wrong) -> Fix {
        const CONFIRM: &str = "check whether this is the cause";
        let fix = match wrong {
            Wrong::Missing => self.run(CONFIRM, SHOW_SECRET),
            Wrong::GivenLater => self.run(CONFIRM, SHOW_ACCOUNT),
            _ => {
                let entry = catalogue::find(DiagnosisId::K8sPullSecretExpired);
                entry
                    .confirmation(&Situation::of(&self.details))
                    .unwrap_or_else(|| self.run(CONFIRM, SHOW_SECRET))
            }
        };
        Fix { looks: true, ..fix }
    }
}

/// The host of a key of a pull secret, with its port.
fn registry_of(key: &str) -> &str {
    let key = key.split_once("://").map_or(key, |(_, rest)| rest);
    key.split('/').next().unwrap_or_default()
}

fn explanation(pod: &PodSeen, secret: &str, wrong: Wrong) -> String {
    match wrong {
        Wrong::Missing => {
            let elsewhere = pod.elsewhere.iter().find(|(name, _)| name == secret);
            let elsewhere = elsewhere.map_or_else(String::new, |(_, others)| {
                format!(
                    " There is one of that name in {}, which only pods of that namespace can use.",
                    others.join(", ")
                )
            });
            format!(
                "The pod names a pull secret that its namespace does not have. The kubelet passes over it, and goes on with what else there is.{elsewhere}"
            )
        }
        Wrong::Unreadable => {
            "The secret is there, and its contents are broken. With one such secret the kubelet fails the whole search: it asks no credential provider either, and the pod cannot pull at all.".to_owned()
        }
        Wrong::OtherType => {
            "The secret is there, and the kubelet does not look into it: only the types `kubernetes.io/dockerconfigjson` and `kubernetes.io/dockercfg` count. The type of a secret that is there cannot be changed.".to_owned()
        }
        Wrong::NoLogin => {
            "The secret is there and can be read, but none of its keys matches the image. The kubelet compares the host label by label, the port (a key without one does not match an image with one, nor the reverse), and the path as a prefix.".to_owned()
        }
        Wrong::Expired => {
            "A pull secret made from an ECR password is valid for 12 hours, and nothing has renewed it.".to_owned()
        }
        Wrong::Refused(LoginTrouble::AccessKey | LoginTrouble::OtherUser) => {
            "ECR knows one user, `AWS`, and one kind of password: what `aws ecr get-login-password` prints, which is made with access keys and valid for 12 hours. It answers any other login with 400 or 401.".to_owned()
        }
        Wrong::Refused(_) => {
            "A password of ECR is one line of base64. With a space or a line break in it, it was cut or wrapped on its way into the secret, or a command stands there in place of what it prints, such as `$(aws ecr get-login-password)` in single quotes or in YAML. ECR answers 400.".to_owned()
        }
        Wrong::GivenLater => {
            "A service account's pull secrets are copied into a pod when the pod is made, and only into one that names none. They never reach a pod that is there already, however often it tries.".to_owned()
        }
    }
}
