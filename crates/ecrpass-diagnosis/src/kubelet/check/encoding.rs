//! The bytes of a file as text, as the kubelet takes them: UTF-8, in YAML also UTF-16 with its mark.
//!
//! Source: go.yaml.in/yaml/v2 `readerc.go`; Go `encoding/json`, which replaces what is no UTF-8.

use ecrpass_json::Lines;

use super::problem::Problems;
use super::quoted::Hidden;
use crate::finding::Finding;

/// The text of a file.
///
/// # Errors
/// What is found where the kubelet does not start with such bytes.
pub fn decode(file: &str, bytes: &[u8]) -> Result<String, Vec<Finding>> {
    let text = String::from_utf8_lossy(bytes);
    let wide = match bytes {
        [0xff, 0xfe, rest @ ..] => Some((rest, u16::from_le_bytes as fn([u8; 2]) -> u16)),
        [0xfe, 0xff, rest @ ..] => Some((rest, u16::from_be_bytes as fn([u8; 2]) -> u16)),
        _ => None,
    };
    let at = if let Some((rest, unit)) = wide {
        let (pairs, odd) = rest.as_chunks::<2>();
        let decoded = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<String, _>>();
        match decoded {
            // Its mark: such a text is YAML.
            Ok(text) if odd.is_empty() => return Ok(format!("\u{feff}{text}")),
            _ => 0,
        }
    } else {
        match std::str::from_utf8(bytes) {
            Ok(text) => return Ok(text.to_owned()),
            Err(_) if text.trim_start().starts_with('{') => return Ok(text.into_owned()),
            Err(error) => error.valid_up_to(),
        }
    };
    let mut problems = Problems::new(&text);
    problems.stops(at, "it is not UTF-8 from here on", "save the file as UTF-8");
    Err(problems.into_findings(file, &Lines::new(&text), &Hidden::Unless))
}
