//! An authorization token as answers hold it, and what faults make of it.

use ecrpass_core::AuthorizationToken;
use ecrpass_core::Secret;
use serde_json::{Map, Value, json};

use crate::active_faults::Active;
use crate::faults::FaultKind;
use crate::random;
use crate::state::State;
use crate::tokens::Known;

/// Issues a token: the fields that both APIs have; `None` where there is to be none.
pub(super) fn issue(state: &State, active: &Active, known: Known) -> Option<Map<String, Value>> {
    if active.has(FaultKind::NoTokens) {
        return None;
    }
    // AWS writes milliseconds as a fraction.
    let expires_at = json!(known.expires_at as f64 + 0.25);
    let mut fields = Map::new();
    if active.has(FaultKind::BrokenTokens) {
        fields.insert("authorizationToken".to_owned(), json!("Zm9v"));
        fields.insert("expiresAt".to_owned(), expires_at);
    } else if active.has(FaultKind::EndlessTokens) {
        // Nothing in it says when it ends either; the registry takes it all the same.
        let opaque = Secret::new(random::base64(540));
        state.tokens.remember(opaque.expose(), known);
        let token = AuthorizationToken::encode("AWS", &opaque);
        fields.insert("authorizationToken".to_owned(), json!(token.expose()));
    } else {
        let token = AuthorizationToken::encode("AWS", &state.tokens.issue(known));
        fields.insert("authorizationToken".to_owned(), json!(token.expose()));
        fields.insert("expiresAt".to_owned(), expires_at);
    }
    Some(fields)
}
