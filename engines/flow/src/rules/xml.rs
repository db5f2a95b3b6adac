//! XML as `parse_xml` reads it and as `publish_xml` writes it. The two do not match: what is read are attributes (`@name`)
//! and text (`$text`), what is written are elements only.

use std::fmt::{self, Write as _};

use datalogic_rs::bumpalo::Bump;
use datalogic_rs::datavalue::{DataValue, NumberValue};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::error::{Error, Result};
use super::publish::Entries;

/// What was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parsed<'a> {
    /// The content of the root element, keys sorted.
    pub(crate) value: DataValue<'a>,
    /// An element had several children of one name.
    pub(crate) has_repeated: bool,
    /// An element had an attribute.
    pub(crate) has_attribute: bool,
}

/// What is kept of several children of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// The last one.
    Last,
    /// All, as a list.
    List,
}

/// Reads XML.
///
/// # Errors
/// If it is none.
pub(crate) fn read<'a>(text: &str, repeated: Repeated, arena: &'a Bump) -> Result<Parsed<'a>> {
    let mut content = Content {
        arena,
        repeated,
        has_repeated: false,
        has_attribute: false,
    };
    let mut source = quick_xml::de::Deserializer::from_str(text);
    match content.deserialize(&mut source) {
        Ok(value) => Ok(Parsed {
            value,
            has_repeated: content.has_repeated,
            has_attribute: content.has_attribute,
        }),
        Err(error) => Err(Error::Validation(format!("Failed to parse XML: {error}"))),
    }
}

/// Writes `value` as XML, in an element of the name `root`.
pub(crate) fn write(value: &DataValue<'_>, root: &str) -> String {
    let mut text = String::new();
    text.extend(["<", root, ">"]);
    write_content(&mut text, value);
    text.extend(["</", root, ">"]);
    text
}

/// Reads the content of an element, and keeps in mind what it met.
struct Content<'a> {
    arena: &'a Bump,
    repeated: Repeated,
    has_repeated: bool,
    has_attribute: bool,
}

impl<'de, 'a> DeserializeSeed<'de> for &mut Content<'a> {
    type Value = DataValue<'a>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<DataValue<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, 'a> Visitor<'de> for &mut Content<'a> {
    type Value = DataValue<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<DataValue<'a>, E> {
        Ok(DataValue::String(self.arena.alloc_str(text)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<DataValue<'a>, A::Error> {
        let mut entries: Vec<(&str, DataValue<'_>)> = Vec::new();
        let mut repeats = Vec::new();
        while let Some(key) = map.next_key_seed(Name(self.arena))? {
            let value = map.next_value_seed(&mut *self)?;
            self.has_attribute |= key.starts_with('@');
            match entries.binary_search_by_key(&key, |(present, _)| present) {
                Ok(place) => {
                    self.has_repeated = true;
                    match self.repeated {
                        Repeated::Last => entries[place].1 = value,
                        Repeated::List => repeats.push((key, value)),
                    }
                }
                Err(place) => entries.insert(place, (key, value)),
            }
        }
        self.list(&mut entries, repeats);
        Ok(DataValue::Object(self.arena.alloc_slice_copy(&entries)))
    }
}

impl<'a> Content<'a> {
    /// Puts a list of all its children in the place of an entry that has more than one.
    fn list(&self, entries: &mut [(&str, DataValue<'a>)], mut repeats: Vec<(&str, DataValue<'a>)>) {
        repeats.sort_by_key(|(key, _)| *key);
        for group in repeats.chunk_by(|(one, _), (other, _)| one == other) {
            if let Ok(place) = entries.binary_search_by_key(&group[0].0, |(present, _)| present) {
                let children = std::iter::once(entries[place].1).chain(group.iter().map(|(_, value)| *value));
                entries[place].1 = DataValue::Array(self.arena.alloc_slice_fill_iter(children.collect::<Vec<_>>()));
            }
        }
    }
}

/// Reads the name of an element or an attribute.
struct Name<'a>(&'a Bump);

impl<'de, 'a> DeserializeSeed<'de> for Name<'a> {
    type Value = &'a str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<&'a str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for Name<'a> {
    type Value = &'a str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string key")
    }

    fn visit_str<E>(self, name: &str) -> std::result::Result<&'a str, E> {
        Ok(self.0.alloc_str(name))
    }
}

fn write_content(text: &mut String, value: &DataValue<'_>) {
    match value {
        DataValue::Null => {}
        DataValue::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        DataValue::Number(number) => write_number(text, *number),
        DataValue::String(value) => write_escaped(text, value),
        DataValue::Array(items) => {
            for item in *items {
                text.push_str("<item>");
                write_content(text, item);
                text.push_str("</item>");
            }
        }
        DataValue::Object(entries) => {
            for (key, value) in Entries::of(entries) {
                text.push('<');
                let start = text.len();
                write_name(text, key);
                let name = start..text.len();
                text.push('>');
                write_content(text, value);
                text.push_str("</");
                text.extend_from_within(name);
                text.push('>');
            }
        }
        DataValue::DateTime(value) => write_escaped(text, &value.to_iso_string()),
        DataValue::Duration(value) => write_escaped(text, &value.to_string()),
    }
}

fn write_number(text: &mut String, number: NumberValue) {
    let written = match number {
        NumberValue::Integer(integer) => write!(text, "{integer}"),
        // A float that JSON does not have is `null`, which has no text.
        NumberValue::Float(float) => {
            serde_json::Number::from_f64(float).map_or(Ok(()), |float| write!(text, "{float}"))
        }
    };
    written.expect("a String takes any text");
}

fn write_escaped(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&apos;"),
            other => text.push(other),
        }
    }
}

/// A key as a name that XML allows.
fn write_name(text: &mut String, key: &str) {
    let mut characters = key.chars();
    match characters.next() {
        None => text.push_str("_element"),
        Some(first) if first.is_ascii_alphabetic() || first == '_' => text.push(first),
        Some(first) => {
            text.push('_');
            text.extend(first.is_ascii_digit().then_some(first));
        }
    }
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    text.extend(characters.map(|character| if allowed(character) { character } else { '_' }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_read(xml: &str, expected: &str) {
        check_repeated(Repeated::Last, xml, expected);
    }

    #[track_caller]
    fn check_repeated(repeated: Repeated, xml: &str, expected: &str) {
        let arena = Bump::new();
        let document = read(xml, repeated, &arena).expect("XML");
        assert_eq!(document.value.to_json_string(), expected);
    }

    #[track_caller]
    fn check_noted(xml: &str, has_repeated: bool, has_attribute: bool) {
        let arena = Bump::new();
        let document = read(xml, Repeated::Last, &arena).expect("XML");
        assert_eq!(
            (document.has_repeated, document.has_attribute),
            (has_repeated, has_attribute),
            "{xml}"
        );
    }

    #[track_caller]
    fn check_written(value: &str, expected: &str) {
        let arena = Bump::new();
        let value = DataValue::from_str(value, &arena).expect("JSON");
        assert_eq!(write(&value, "root"), expected);
    }

    #[test]
    fn an_element_is_an_object_of_its_attributes_children_and_text() {
        check_read(
            r#"<r z="1" a="2"><b>x &amp; y</b><a/>t</r>"#,
            r#"{"$text":"t","@a":"2","@z":"1","a":{},"b":{"$text":"x & y"}}"#,
        );
    }

    #[test]
    fn of_children_of_one_name_the_last_is_kept_and_that_is_noted() {
        check_read("<r><b>1</b><c/><b>2</b></r>", r#"{"b":{"$text":"2"},"c":{}}"#);
        check_noted("<r><b/><b/></r>", true, false);
        check_noted("<r><b c='1'/></r>", false, true);
        check_noted("<r><b/></r>", false, false);
    }

    #[test]
    fn of_children_of_one_name_all_are_kept_in_order_if_that_is_asked_for() {
        let check = |xml, expected| check_repeated(Repeated::List, xml, expected);
        check(
            "<r><b>1</b><a/><b c='2'/><b><d/><d/></b></r>",
            r#"{"a":{},"b":[{"$text":"1"},{"@c":"2"},{"d":[{},{}]}]}"#,
        );
        check("<r>x<b/>y</r>", r#"{"$text":["x","y"],"b":{}}"#);
        check("<r><b>1</b><c/></r>", r#"{"b":{"$text":"1"},"c":{}}"#);
    }

    #[test]
    fn what_is_no_xml_is_refused() {
        for text in ["", "<r>", "<r></s>", "<r a></r>"] {
            let error = read(text, Repeated::Last, &Bump::new())
                .map(|document| document.has_attribute)
                .expect_err(text);
            assert!(
                error.to_string().starts_with("Validation error: Failed to parse XML: "),
                "{error}"
            );
        }
    }

    #[test]
    fn an_object_is_written_as_elements_by_sorted_key() {
        check_written(
            r#"{"b":[1,2.5,{"x":null}],"a":{"t":true},"c":"<&>\"'"}"#,
            "<root><a><t>true</t></a><b><item>1</item><item>2.5</item><item><x></x></item></b>\
             <c>&lt;&amp;&gt;&quot;&apos;</c></root>",
        );
        check_written("[[],{}]", "<root><item></item><item></item></root>");
        check_written("1.0", "<root>1.0</root>");
        check_written(r#"{"a":1,"a":2}"#, "<root><a>2</a></root>");
    }

    #[test]
    fn a_key_becomes_a_name_that_xml_allows() {
        check_written(
            r#"{"":1,"@a b":2,"1x":3,"é.-":4}"#,
            "<root><_element>1</_element><_1x>3</_1x><_a_b>2</_a_b><_.->4</_.-></root>",
        );
    }
}
