//! Functions of Lambda: their state, and what came of the last update.
//!
//! Source: Lambda API reference, `FunctionConfiguration`: `StateReasonCode`, `LastUpdateStatusReasonCode`.

use ecrpass_core::DiagnosisId;

use super::super::tree::Node;
use super::notice::Notice;
use super::reader::Reader;
use crate::finding::Confidence;

/// The codes that are about an image, and what each means.
const CODES: [(&str, DiagnosisId, Confidence); 3] = [
    ("ImageAccessDenied", DiagnosisId::LambdaRepoPolicyMissing, Confidence::Certain),
    ("ImageDeleted", DiagnosisId::TagNotFound, Confidence::Certain),
    ("InvalidImage", DiagnosisId::ManifestTypeUnsupported, Confidence::Likely),
];

/// A function, as `get-function`, `get-function-configuration` or `list-functions` prints it.
pub fn read(reader: &mut Reader<'_>, document: &Node) {
    let configuration = document.get("Configuration").unwrap_or(document);
    let name = configuration.text_of("FunctionName").unwrap_or_default();
    let mut notice = Notice::new("lambda", format!("Lambda function {name}"));
    notice.in_region_of(configuration.text_of("FunctionArn"));
    notice.time = configuration.owned("LastModified");
    notice.about_image(document.at(&["Code", "ImageUri"]).and_then(Node::text));
    for (status, good, reason) in [
        ("State", ["Active", "Pending"], "StateReason"),
        ("LastUpdateStatus", ["Successful", "InProgress"], "LastUpdateStatusReason"),
    ] {
        // What is well has no reason, or an old one.
        if configuration.text_of(status).is_some_and(|status| good.contains(&status)) {
            continue;
        }
        let code = configuration.get(&format!("{reason}Code"));
        let word = code.and_then(Node::text);
        reader.say(&mut notice, word, configuration.get(reason));
        if let Some((at, (word, id, confidence))) =
            code.and_then(|at| Some((at, CODES.iter().find(|(known, ..)| Some(*known) == word)?)))
        {
            let text = match configuration.text_of(reason) {
                Some(reason) => format!("{word}: {reason}"),
                None => (*word).to_owned(),
            };
            reader.hint(&mut notice, *id, *confidence, at, &text);
        }
    }
    reader.keep(notice);
}
