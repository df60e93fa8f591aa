//! An error with all that is below it, in one line: what failed is often said by the last one only.

use std::error::Error;

/// The texts of an error and its sources, each once.
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let line = error.to_string();
        if !text.ends_with(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        source = error.source();
    }
    text
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
}
