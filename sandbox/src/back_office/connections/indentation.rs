//! Bodies as a person reads them: JSON indented with its fields in their order, anything else as it is.

use std::fmt::Write;

/// Also of the beginning of a JSON text that was too long to be kept.
pub(super) fn indented(body: &str) -> String {
    let json = body.trim_start();
    if !json.starts_with(['{', '[']) {
        return body.to_owned();
    }
    let mut text = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        if in_string {
            text.push(character);
            in_string = escaped || character != '"';
            escaped = character == '\\' && !escaped;
            continue;
        }
        match character {
            '{' | '[' => {
                text.push(character);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    text.push(end);
                } else {
                    depth += 1;
                    new_line(&mut text, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut text, depth);
                text.push(character);
            }
            ',' => {
                text.push(',');
                new_line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            '"' => {
                in_string = true;
                text.push('"');
            }
            blank if blank.is_ascii_whitespace() => {}
            other => text.push(other),
        }
    }
    text
}

/// Nobody reads deeper than this, and a body of brackets alone must not grow without end.
const DEEPEST: usize = 20;

fn new_line(text: &mut String, depth: usize) {
    // Writing to a string cannot fail.
    let written = write!(text, "\n{:width$}", "", width = 2 * depth.min(DEEPEST));
    debug_assert!(written.is_ok());
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn json_is_indented_in_its_own_order() {
        let body = r#"{"b":[1,{"a":"x, \"y\": {}"}],"a":{},"c":[ ]}"#;
        let expected = "{\n  \"b\": [\n    1,\n    {\n      \"a\": \"x, \\\"y\\\": {}\"\n    }\n  ],\n  \"a\": {},\n  \"c\": []\n}";
        assert_eq!(indented(body), expected);
    }

    #[test]
    fn what_is_not_json_is_left_alone() {
        for body in ["Too many requests, wait", "", "(12 bytes)"] {
            assert_eq!(indented(body), body);
        }
        assert_eq!(indented("}"), "}");
    }

    #[test]
    fn the_beginning_of_a_json_text_is_indented_too() {
        assert_eq!(indented(r#"{"a":"b"#), "{\n  \"a\": \"b");
    }
}
