//! What holds of every evaluation, whatever the policies say.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test's way of failing

use ecrpass_iam::context::{Context, Values};
use ecrpass_iam::{Document, Policies, Principal, Request, Verdict, document, evaluate};
use proptest::prelude::*;
use serde_json::{Value, json};

const PRINCIPALS: [&str; 6] = [
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::111122223333:role/build",
    "arn:aws:sts::111122223333:assumed-role/build/42",
    "arn:aws:sts::444455556666:assumed-role/guest/1",
    "arn:aws:iam::111122223333:root",
    "lambda.amazonaws.com",
];
const NAMES: [&str; 8] = [
    "*",
    "111122223333",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::111122223333:role/build",
    "arn:aws:sts::111122223333:assumed-role/build/42",
    "arn:aws:iam::444455556666:role/path/guest",
    "arn:aws:iam::999999999999:role/other",
];
const ACTIONS: [&str; 5] = ["ecr:*", "*", "ecr:BatchGet?mage", "ecr:PutImage", "ecr:GetAuthorizationToken"];
const RESOURCES: [&str; 5] = [
    "*",
    "arn:aws:ecr:*:111122223333:repository/*",
    "arn:aws:ecr:eu-west-1:111122223333:repository/${aws:PrincipalTag/team}/*",
    "arn:aws:ecr:eu-west-1:111122223333:repository/team/app",
    "arn:aws:ecr:*:*:repository/other",
];
const KEYS: [&str; 4] = ["aws:SourceVpce", "aws:PrincipalTag/team", "aws:TagKeys", "aws:SecureTransport"];
const OPERATORS: [&str; 10] = [
    "StringEquals",
    "StringNotEquals",
    "StringLikeIfExists",
    "StringNotLike",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringLike",
    "ForAnyValue:StringNotEquals",
    "Bool",
    "Null",
    "ArnLike",
];
const VALUES: [&str; 6] = ["team", "t*", "true", "false", "${aws:PrincipalTag/team}", "vpce-1"];

fn one_of(choices: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(choices)
}

/// The value of a key: one, several, or none.
fn value() -> impl Strategy<Value = Option<Values>> {
    prop_oneof![
        Just(None),
        one_of(&VALUES).prop_map(|value| Some(Values::from(value))),
        prop::collection::vec(one_of(&VALUES).prop_map(str::to_owned), 0..3)
            .prop_map(|values| Some(Values::Several(values))),
    ]
}

fn conditions() -> impl Strategy<Value = Value> {
    let one = (one_of(&OPERATORS), one_of(&KEYS), prop::collection::vec(one_of(&VALUES), 1..3));
    prop::collection::vec(one, 0..3).prop_map(|conditions| {
        let mut block = serde_json::Map::new();
        for (operator, key, values) in conditions {
            block.insert(operator.to_owned(), json!({key: values}));
        }
        Value::Object(block)
    })
}

fn statement(effects: &'static [&'static str], for_others: bool) -> impl Strategy<Value = Value> {
    let not = || prop::bool::weighted(0.2);
    let parts = (one_of(effects), one_of(&NAMES), (not(), one_of(&ACTIONS)), (not(), one_of(&RESOURCES)));
    (parts, not(), conditions()).prop_map(
        move |((effect, name, (not_action, action), (not_resource, resource)), not_principal, conditions)| {
            let mut statement = json!({"Effect": effect, "Condition": conditions});
            statement[if not_action { "NotAction" } else { "Action" }] = json!(action);
            statement[if not_resource { "NotResource" } else { "Resource" }] = json!(resource);
            if for_others && not_principal && effect == "Deny" {
                statement["NotPrincipal"] = json!({"AWS": name});
            } else if for_others {
                statement["Principal"] = json!({"AWS": name, "Service": "lambda.amazonaws.com"});
            }
            statement
        },
    )
}

fn read(statements: &[Value]) -> Document {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    document::read("p.json", &text).document.unwrap()
}

/// The statements of every layer: identity, repository, registry, boundary, two levels of control policies, session,
/// endpoint. `None` is a layer without policy.
type Layers = Vec<Option<Vec<Value>>>;

/// Which of the layers name principals.
const FOR_OTHERS: [bool; 8] = [false, true, true, false, false, true, false, true];

fn layers() -> impl Strategy<Value = Layers> {
    let layer = |for_others: bool| {
        let statements = prop::collection::vec(statement(&["Allow", "Allow", "Deny"], for_others), 1..4);
        // Half of the layers let everybody do everything, or else hardly anything would ever be allowed.
        let statements = (statements, any::<bool>()).prop_map(move |(mut statements, open)| {
            if open {
                let mut all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
                if for_others {
                    all["Principal"] = json!("*");
                }
                statements.push(all);
            }
            statements
        });
        prop_oneof![2 => Just(None), 1 => statements.prop_map(Some)].boxed()
    };
    FOR_OTHERS.map(layer).to_vec()
}

fn policies(layers: &Layers) -> Policies {
    let mut documents = layers.iter().map(|layer| layer.as_deref().map(read));
    let mut next = || documents.next().flatten();
    Policies {
        identity: next().into_iter().collect(),
        repository: next(),
        registry: next(),
        boundary: next().into_iter().collect(),
        service_control: next().map(|document| vec![document]).into_iter().collect(),
        resource_control: next().map(|document| vec![document]).into_iter().collect(),
        session: next().into_iter().collect(),
        endpoint: next(),
        api_endpoint: None,
        trust: None,
    }
}

fn requests() -> impl Strategy<Value = Request> {
    let actions = one_of(&["ecr:BatchGetImage", "ecr:PutImage", "ecr:GetAuthorizationToken"]);
    (one_of(&PRINCIPALS), actions, prop::collection::vec(value(), KEYS.len())).prop_map(
        |(principal, action, values)| {
            let token = action == "ecr:GetAuthorizationToken";
            let repository = "arn:aws:ecr:eu-west-1:111122223333:repository/team/app";
            let context =
                KEYS.iter().zip(values).fold(Context::complete(), |context, (key, value)| match value {
                    Some(value) => context.with(key, value),
                    None => context.without(key),
                });
            Request {
                principal: Principal::parse(principal).unwrap(),
                action: action.to_owned(),
                resource: if token { "*" } else { repository }.to_owned(),
                context,
            }
        },
    )
}

fn is_denied(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::ImplicitlyDenied | Verdict::ExplicitlyDenied)
}

/// The same context with some keys forgotten.
fn forgetting(request: &Request, forget: &[bool]) -> Request {
    let mut context = Context::partial();
    for (key, forget) in KEYS.iter().zip(forget) {
        if !forget {
            context = match request.context.get(key) {
                ecrpass_iam::context::KeyValue::Known(values) => context.with(key, values.clone()),
                _ => context.without(key),
            };
        }
    }
    Request { context, ..request.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever was decided without knowing some keys stays so, whichever values they turn out to have.
    #[test]
    fn what_is_decided_under_unknown_keys_holds_for_every_value(
        layers in layers(), request in requests(), forget in prop::collection::vec(any::<bool>(), KEYS.len()),
    ) {
        let policies = policies(&layers);
        let known = evaluate(&policies, &request);
        let unknown = evaluate(&policies, &forgetting(&request, &forget));
        match unknown.verdict {
            Verdict::Allowed | Verdict::ExplicitlyDenied => prop_assert_eq!(known.verdict, unknown.verdict),
            Verdict::ImplicitlyDenied => prop_assert!(is_denied(known.verdict), "{:?}", known.verdict),
            Verdict::Depends => prop_assert!(!unknown.depends_on.is_empty()),
        }
        // And with nothing forgotten, only what AWS leaves open can stay open.
        if known.verdict == Verdict::Depends {
            prop_assert!(known.depends_on.iter().all(|on| on.key == "NotPrincipal"), "{:?}", known.depends_on);
        }
    }

    #[test]
    fn another_deny_allows_nothing(
        layers in layers(), request in requests(), at in 0..FOR_OTHERS.len(),
        more in statement(&["Deny"], true), more_own in statement(&["Deny"], false),
    ) {
        let before = evaluate(&policies(&layers), &request).verdict;
        let mut denying = layers;
        // A layer that had no policy would get one that allows nothing: that denies as well.
        denying[at].get_or_insert_default().push(if FOR_OTHERS[at] { more } else { more_own });
        let after = evaluate(&policies(&denying), &request).verdict;
        prop_assert!(after != Verdict::Allowed || before == Verdict::Allowed, "{before:?} {after:?}");
        prop_assert!(before != Verdict::ExplicitlyDenied || after == before, "{before:?} {after:?}");
    }

    #[test]
    fn another_allow_denies_nothing(
        layers in layers(), request in requests(), at in 0..FOR_OTHERS.len(),
        more in statement(&["Allow"], true), more_own in statement(&["Allow"], false),
    ) {
        let before = evaluate(&policies(&layers), &request).verdict;
        prop_assume!(layers[at].is_some() || at < 3);
        let mut allowing = layers;
        allowing[at].get_or_insert_default().push(if FOR_OTHERS[at] { more } else { more_own });
        let after = evaluate(&policies(&allowing), &request).verdict;
        prop_assert!(before != Verdict::Allowed || after == Verdict::Allowed, "{before:?} {after:?}");
    }

    #[test]
    fn the_order_of_statements_does_not_matter(layers in layers(), request in requests(), turn in 0_usize..4) {
        let mut turned = layers.clone();
        for statements in turned.iter_mut().flatten() {
            let by = turn % statements.len();
            statements.rotate_left(by);
            statements.reverse();
        }
        let (one, other) = (evaluate(&policies(&layers), &request), evaluate(&policies(&turned), &request));
        prop_assert_eq!((one.verdict, one.layer, one.depends_on), (other.verdict, other.layer, other.depends_on));
    }

    /// Several documents of one layer are as good as one with all their statements.
    #[test]
    fn documents_of_a_layer_add_up(layers in layers(), request in requests()) {
        let together = policies(&layers);
        let mut apart = together.clone();
        if let Some(statements) = &layers[0] {
            apart.identity = statements.iter().map(|statement| read(std::slice::from_ref(statement))).collect();
        }
        prop_assert_eq!(evaluate(&together, &request).verdict, evaluate(&apart, &request).verdict);
    }

    /// The denial that is printed says what was decided.
    #[test]
    fn denials_say_what_was_decided(layers in layers(), request in requests()) {
        let decision = evaluate(&policies(&layers), &request);
        let denied = decision.denied(&request);
        prop_assert_eq!(denied.is_none(), decision.is_allowed());
        if let Some(denied) = denied {
            let printed = denied.to_string();
            prop_assert_eq!(ecrpass_iam::denial::parse(&printed), Some(denied));
        }
    }
}
