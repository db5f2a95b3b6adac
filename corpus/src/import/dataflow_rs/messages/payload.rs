//! Texts for what `parse_json` and `parse_xml` read.

use std::fmt::Write as _;

use serde_json::Value;

/// A value as an XML element: `@name` is an attribute, `$…` is text, the items of a list follow each other.
pub(super) fn xml(name: &str, value: &Value) -> String {
    let mut text = String::new();
    element(name, value, &mut text);
    text
}

fn element(name: &str, value: &Value, text: &mut String) {
    if !is_name(name) {
        return;
    }
    if let Value::Array(items) = value {
        for item in items {
            element(name, item, text);
        }
        return;
    }
    let _ = write!(text, "<{name}");
    let entries = value.as_object().into_iter().flatten();
    for (key, attribute) in entries.clone() {
        if let Some(key) = key.strip_prefix('@').filter(|key| is_name(key)) {
            let _ = write!(text, " {key}=\"{}\"", escaped(attribute));
        }
    }
    text.push('>');
    if !value.is_object() {
        text.push_str(&escaped(value));
    }
    for (key, child) in entries {
        if key.starts_with('$') {
            text.push_str(&escaped(child));
        } else if !key.starts_with('@') {
            element(key, child, text);
        }
    }
    let _ = write!(text, "</{name}>");
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

fn escaped(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_value_becomes_xml() {
        let value = json!({"Amt": {"@Ccy": "EUR", "$value": 1.5}, "Ntry": [{"Id": "a<b"}, "c"], "4": "no name"});
        assert_eq!(
            super::xml("Document", &value),
            r#"<Document><Amt Ccy="EUR">1.5</Amt><Ntry><Id>a&lt;b</Id></Ntry><Ntry>c</Ntry></Document>"#
        );
    }
}
