//! Texts that carry something: JSON, XML, dates.

use std::fmt::Write;

use crate::generate::draw::Draw;

/// JSON whose keys are not sorted, or there twice, or whose numbers are at the edges; and texts that are no JSON.
const JSON: [&str; 22] = [
    r#"{"zeta":1,"alpha":2,"mid":{"y":1,"b":[1,2]}}"#,
    r#"{"b":1.0,"a":"x","c":null}"#,
    r#"{"id":7,"id":8}"#,
    r#"{"total":12345678901234567890,"price":1e2}"#,
    "[3,1,2]",
    r#"[{"id":2,"name":"b","price":5.5},{"id":1,"name":"a","price":4}]"#,
    r#"{"n":-0.0,"m":1e300,"o":9223372036854775807,"p":9223372036854775808}"#,
    r#"{"text":"a \"quoted\" \u00fc \ud83c\udf89 line\nbreak","empty":""}"#,
    "{}",
    "[]",
    r#"  {"spaced" : [ true , false ] }  "#,
    r#""just a text""#,
    "42",
    "1.0",
    "null",
    "true",
    r#"{"deep":{"deep":{"deep":{"deep":[[[1]]]}}}}"#,
    r#"{"broken":"#,
    r#"{"a":1,}"#,
    "not json",
    r#"{"a":1} trailing"#,
    r##"{"when":"2024-03-01T12:00:00Z","a.b":1,"#x":2,"$y":3}"##,
];

/// XML with attributes, repeated children, mixed text, entities and CDATA.
const XML: [&str; 16] = [
    "<order><id>7</id><total>12.50</total></order>",
    "<a><b>1</b><b>2</b></a>",
    "<a><b>1</b><c/><b>3</b></a>",
    r#"<order id="7" state="open"><item sku="x">two</item></order>"#,
    r#"<item sku="a" sku2='b'/>"#,
    "<p>text <b>bold</b> more</p>",
    "<t>&lt;tag&gt; &amp; &quot;q&quot; &#65;&#x42;</t>",
    "<t><![CDATA[<raw> & ]]></t>",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<root>\n  <x> 1 </x>\n</root>",
    "<!-- note --><a>1</a>",
    "<empty/>",
    "<empty></empty>",
    "<größe><数>1</数></größe>",
    "<ns:a xmlns:ns=\"urn:x\"><ns:b>1</ns:b></ns:a>",
    "<a><b><c><d><e>deep</e></d></c></b></a>",
    "<a>true</a>",
];

/// Texts that are no XML, or that only some take for XML.
const BROKEN_XML: [&str; 8] = [
    "<a><b></a>",
    "<a>",
    "<a>&unknown;</a>",
    "<a b=1>x</a>",
    "<a/><b/>",
    "<",
    "<a><b>1</b>",
    "<a b=\"1\" b=\"2\">x</a>",
];

/// Dates as JSONLogic knows them, some with an offset, and one that is none.
pub(super) const DATES: [&str; 7] = [
    "2024-02-29T23:59:59Z",
    "2026-01-01T00:00:00Z",
    "2023-12-31T12:30:45.123Z",
    "2024-06-01T08:00:00+02:00",
    "2024-01-15",
    "1970-01-01T00:00:00Z",
    "2024-13-45T00:00:00Z",
];

/// A JSON text, now and then a broken one.
pub(super) fn json(draw: &mut Draw) -> String {
    if draw.chance(0.6) {
        return (*draw.pick(&JSON)).to_owned();
    }
    let mut keys = ["total", "name", "id", "state", "b", "a"];
    draw.shuffle(&mut keys);
    let mut text = String::from("{");
    for (place, key) in keys[..draw.between(1, 5) as usize].iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        let _ = match draw.below(5) {
            0 => write!(text, "{comma}\"{key}\":{}", draw.below(100)),
            1 => write!(text, "{comma}\"{key}\":{}.{}", draw.below(100), draw.below(10)),
            2 => write!(text, "{comma}\"{key}\":[{},\"{key}\"]", draw.below(9)),
            3 => write!(text, "{comma}\"{key}\":{{\"z\":1,\"{key}\":{}}}", draw.chance(0.5)),
            _ => write!(text, "{comma}\"{key}\":\"{}\"", draw.pick(&DATES)),
        };
    }
    text.push('}');
    text
}

/// An XML text, now and then a broken one.
pub(super) fn xml(draw: &mut Draw) -> String {
    match draw.below(16) {
        0..9 => return (*draw.pick(&XML)).to_owned(),
        9 => return (*draw.pick(&BROKEN_XML)).to_owned(),
        _ => {}
    }
    let mut text = String::from("<order");
    if draw.chance(0.4) {
        let _ = write!(text, " id=\"{}\"", draw.below(100));
    }
    text.push('>');
    for _ in 0..draw.between(0, 3) {
        let name = draw.pick(&["item", "price", "item", "name"]);
        let _ = write!(text, "<{name}>{}</{name}>", draw.below(50));
    }
    if draw.chance(0.2) {
        text.push_str("tail");
    }
    text.push_str("</order>");
    text
}

/// A date, mostly a good one.
pub(super) fn date(draw: &mut Draw) -> &'static str {
    let good = if draw.chance(0.95) {
        DATES.len() - 1
    } else {
        DATES.len()
    };
    DATES[draw.below(good)]
}
