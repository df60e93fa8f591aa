//! A statement that allows what is missing, as narrow as it can be.

use ecrpass_core::Arn;
use ecrpass_json::quoted;

use crate::context::KeyValue;
use crate::layer::Layer;
use crate::principal::PrincipalKind;
use crate::request::Request;

/// The statement as text, in lines; `None` for a layer that allows nothing.
pub(super) fn allowing(layer: Layer, request: &Request, actions: &[&str]) -> Option<String> {
    let mut members = vec![("Effect", quoted("Allow"))];
    match layer {
        Layer::ResourceControl => return None,
        Layer::Repository | Layer::Registry | Layer::Trust => {
            let (key, name) = principal(request);
            members.push(("Principal", format!("{{{}: {}}}", quoted(key), quoted(&name))));
        }
        // Whoever is let in by it is still held to the other policies.
        Layer::Endpoint => members.push(("Principal", quoted("*"))),
        Layer::Identity | Layer::Boundary | Layer::ServiceControl | Layer::Session => {}
    }
    let actions: Vec<String> = actions.iter().map(|action| quoted(action)).collect();
    members.push(match actions.as_slice() {
        [one] => ("Action", one.clone()),
        several => ("Action", format!("[\n    {}\n  ]", several.join(",\n    "))),
    });
    if !matches!(layer, Layer::Repository | Layer::Trust) {
        members.push(("Resource", quoted(&request.resource)));
    }
    let members: Vec<String> =
        members.into_iter().map(|(key, value)| format!("  {}: {value}", quoted(key))).collect();
    Some(format!("{{\n{}\n}}", members.join(",\n")))
}

/// A document with that one statement.
pub(super) fn document(statement: &str) -> String {
    let statement = statement.replace('\n', "\n    ");
    format!("{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {statement}\n  ]\n}}\n")
}

/// The caller as a `Principal` element names it: of a session, the role, which stays.
fn principal(request: &Request) -> (&'static str, String) {
    let text = request.principal.text();
    match request.principal.kind() {
        PrincipalKind::Service => ("Service", text.to_owned()),
        PrincipalKind::Federated => ("Federated", text.to_owned()),
        _ => ("AWS", principal_arn(request).unwrap_or_else(|| text.to_owned())),
    }
}

/// The caller as `aws:PrincipalArn` names it. A session's own ARN does not show the path of its role.
pub(super) fn principal_arn(request: &Request) -> Option<String> {
    if let KeyValue::Known(values) = request.context.get("aws:PrincipalArn") {
        return values.all().first().cloned();
    }
    let arn = request.principal.arn()?;
    match request.principal.kind() {
        PrincipalKind::Session => {
            let role = format!("role/{}", arn.role_name()?);
            Some(Arn::iam(arn.partition, arn.account, &role).to_string())
        }
        PrincipalKind::Service | PrincipalKind::Federated => None,
        _ => Some(request.principal.text().to_owned()),
    }
}
