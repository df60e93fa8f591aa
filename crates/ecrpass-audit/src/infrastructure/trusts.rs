//! Trust policies for CI systems: which issuer's tokens a role takes, with which audience and subject.

use std::ops::Range;

use ecrpass_iam::document::model::{Effect, NamedKind, Statement};
use ecrpass_iam::layer::Layer;

use super::datum::Datum;
use super::in_scope::InScope;
use super::policies::FoundPolicy;

/// A statement that lets tokens of an issuer assume a role.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The file.
    pub path: String,
    /// The statement's bytes in it.
    pub bytes: Range<usize>,
    /// The issuer without `https://`: `token.actions.githubusercontent.com`.
    pub issuer: String,
    /// The role's name, where it is known.
    pub role: Option<String>,
    /// The audiences that are asked for, with their bytes; with holes (`${…}`) where they are not known.
    pub audiences: Vec<(String, Range<usize>)>,
    /// The subjects that are asked for.
    pub subjects: Vec<(String, Range<usize>)>,
}

/// Those of a document.
pub(super) fn of(path: &str, policy: &FoundPolicy, file: Option<&InScope<'_>>) -> Vec<Trust> {
    let statements = policy.document.statements.iter();
    let trusts = statements.filter(|statement| is_trust(policy, statement)).filter_map(|statement| {
        let (issuer, _) = issuer(policy, statement, file)?;
        let claimed = |claim: &str| {
            let key = format!("{issuer}:{claim}");
            let conditions = statement.conditions.iter();
            conditions
                .filter(|condition| condition.key.eq_ignore_ascii_case(&key))
                .flat_map(|condition| {
                    let bytes = policy.range(&condition.values_span);
                    condition.values.iter().map(move |value| (value.text().to_owned(), bytes.clone()))
                })
                .collect()
        };
        Some(Trust {
            path: path.to_owned(),
            bytes: policy.range(&statement.span),
            role: policy.owners.iter().find_map(|owner| role_name(owner, file)),
            audiences: claimed("aud"),
            subjects: claimed("sub"),
            issuer,
        })
    });
    trusts.collect()
}

/// Whether a statement lets somebody assume a role with a token.
pub fn is_trust(policy: &FoundPolicy, statement: &Statement) -> bool {
    let may_be = matches!(policy.layer, None | Some(Layer::Trust | Layer::Identity));
    let takes = |action: &str| statement.actions.items.iter().any(|item| item.value.matches(action));
    may_be
        && statement.effect == Effect::Allow
        && statement.principals.is_some()
        && !statement.actions.negated
        && takes("sts:assumerolewithwebidentity")
}

/// The issuer of a statement's tokens, and the bytes of the principal that names it, by its ARN, by the provider that
/// the files declare, or by the keys that are asked for.
pub fn issuer(
    policy: &FoundPolicy,
    statement: &Statement,
    file: Option<&InScope<'_>>,
) -> Option<(String, Range<usize>)> {
    let principals = statement.principals.as_ref()?;
    let federated = principals.items.iter().filter(|item| item.value.kind == NamedKind::Federated);
    let mut fallback = policy.range(&principals.span);
    for item in federated {
        let bytes = policy.range(&item.span);
        fallback = bytes.clone();
        if let Some((_, issuer)) = item.value.text.split_once(":oidc-provider/") {
            return Some((issuer.trim_end_matches('/').to_ascii_lowercase(), bytes));
        }
        if let Some(issuer) = declared(&item.value.text, file) {
            return Some((issuer, bytes));
        }
    }
    let keys = statement.conditions.iter().map(|condition| condition.key.as_str());
    let issuer =
        keys.filter_map(|key| key.rsplit_once(':')).find(|(_, claim)| matches!(*claim, "sub" | "aud"))?.0;
    Some((issuer.to_ascii_lowercase(), fallback))
}

/// The issuer of a provider that is named by a reference.
fn declared(text: &str, file: Option<&InScope<'_>>) -> Option<String> {
    let file = file?;
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    let (_, resource, _) = file.scope.resource(name)?;
    let url = resource.property(&["url", "Url"])?;
    let url = file.scope.known(url).exactly()?.to_ascii_lowercase();
    Some(url.trim_start_matches("https://").trim_end_matches('/').to_owned())
}

fn role_name(owner: &str, file: Option<&InScope<'_>>) -> Option<String> {
    let (_, resource, _) = file?.scope.resource(owner)?;
    let name: &Datum = resource.property(&["name", "RoleName"])?;
    file?.scope.known(name).exactly().map(str::to_owned)
}
