//! An error with all that is below it, in one line: what failed is often said by the last one only.

use std::error::Error;

/// What the AWS SDK calls its own layers: who reads it learns nothing. Source: aws-smithy-runtime-api, `client/result.rs`.
const NAMES_OF_LAYERS: [&str; 5] =
    ["dispatch failure", "io error", "other", "service error", "unhandled error"];

/// The texts of an error and its sources, each once, without names of layers where there is anything else.
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let sources = std::iter::successors(Some(error), |error| (*error).source());
    let said = sources.map(ToString::to_string);
    let telling = said.filter(|line| !NAMES_OF_LAYERS.contains(&line.as_str()));
    let text = telling.fold(String::new(), |text, line| match text.ends_with(&line) {
        true => text,
        false if text.is_empty() => line,
        false => format!("{text}: {line}"),
    });
    if text.is_empty() { error.to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    #[test]
    fn every_source_is_said_once() {
        let bottom = Layer { text: "refused", source: None };
        let middle = Layer { text: "connect: refused", source: Some(Box::new(bottom)) };
        let top = Layer { text: "request", source: Some(Box::new(middle)) };
        assert_eq!(error_chain(&top), "request: connect: refused");
    }

    #[test]
    fn a_layer_that_says_nothing_is_left_out_unless_it_is_all_there_is() {
        let bottom = Layer { text: "the file is empty", source: None };
        let middle = Layer { text: "other", source: Some(Box::new(bottom)) };
        let top = Layer { text: "dispatch failure", source: Some(Box::new(middle)) };
        assert_eq!(error_chain(&top), "the file is empty");
        assert_eq!(error_chain(&Layer { text: "dispatch failure", source: None }), "dispatch failure");
    }
}
