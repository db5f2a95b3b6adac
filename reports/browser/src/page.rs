//! One tab: what a person does in it, and what went wrong there.

use std::path::Path;

use serde_json::{Value, json};

use crate::chromium::Chromium;
use crate::pipe::PipeError;

/// How a person looks at a page.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// CSS pixels.
    pub width: u32,
    /// CSS pixels.
    pub height: u32,
    /// Whether the reader's setting is dark.
    pub is_dark: bool,
    /// Whether scripts run.
    pub has_script: bool,
}

impl Look {
    /// On a desk, by day.
    pub const DESK: Self = Self {
        width: 1440,
        height: 900,
        is_dark: false,
        has_script: true,
    };
    /// On a phone.
    pub const PHONE: Self = Self {
        width: 400,
        height: 800,
        ..Self::DESK
    };

    /// With a dark setting.
    pub const fn dark(self) -> Self {
        Self { is_dark: true, ..self }
    }

    /// With scripts switched off.
    pub const fn without_script(self) -> Self {
        Self {
            has_script: false,
            ..self
        }
    }
}

/// A tab of a browser.
#[derive(Debug)]
pub struct Page<'a> {
    browser: &'a Chromium,
    session: String,
    look: Look,
}

impl<'a> Page<'a> {
    pub(crate) fn new(browser: &'a Chromium, session: String, look: Look) -> Result<Self, PipeError> {
        let page = Self { browser, session, look };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), &json!({}))?;
        }
        page.size(look.height)?;
        let scheme = if look.is_dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        page.call("Emulation.setEmulatedMedia", &json!({ "features": features }))?;
        page.call(
            "Emulation.setScriptExecutionDisabled",
            &json!({ "value": !look.has_script }),
        )?;
        Ok(page)
    }

    fn size(&self, height: u32) -> Result<Value, PipeError> {
        let size = json!({ "width": self.look.width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size)
    }

    fn call(&self, method: &str, parameters: &Value) -> Result<Value, PipeError> {
        self.browser.call(Some(&self.session), method, parameters)
    }

    /// Opens a file, at `hash` if that is not empty, and waits until it is there.
    ///
    /// # Errors
    /// If the browser is gone.
    pub fn open(&self, file: &Path, hash: &str) -> Result<(), PipeError> {
        self.browser.pipe.borrow_mut().forget(&self.session);
        // Another address first: one that differs by its hash alone would not be loaded again.
        self.call("Page.navigate", &json!({ "url": "about:blank" }))?;
        self.browser
            .pipe
            .borrow_mut()
            .wait_for(&self.session, "Page.loadEventFired")?;
        self.browser.pipe.borrow_mut().forget(&self.session);
        self.call("Page.navigate", &json!({ "url": format!("{}{hash}", address(file)) }))?;
        self.browser
            .pipe
            .borrow_mut()
            .wait_for(&self.session, "Page.loadEventFired")?;
        Ok(())
    }

    /// What a JavaScript expression comes to, promises awaited.
    ///
    /// # Errors
    /// If it throws, or the browser is gone.
    pub fn evaluate(&self, expression: &str) -> Result<Value, PipeError> {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut result = self.call("Runtime.evaluate", &parameters)?;
        if let Some(exception) = result.get("exceptionDetails") {
            return Err(PipeError::Refused {
                method: expression.chars().take(80).collect(),
                reason: exception.to_string(),
            });
        }
        Ok(result["result"]["value"].take())
    }

    /// Presses a key: a character, or a name such as `Escape`.
    ///
    /// # Errors
    /// If the browser is gone.
    pub fn press(&self, key: &str) -> Result<(), PipeError> {
        let mut down = json!({ "type": "keyDown", "key": key });
        if key.chars().count() == 1 {
            down["text"] = key.into();
        }
        if key == "Enter" {
            down["text"] = "\r".into();
        }
        if key == "Tab" {
            down["windowsVirtualKeyCode"] = 9.into();
        }
        self.call("Input.dispatchKeyEvent", &down)?;
        self.call("Input.dispatchKeyEvent", &json!({ "type": "keyUp", "key": key }))?;
        Ok(())
    }

    /// Types a text where the cursor is.
    ///
    /// # Errors
    /// If the browser is gone.
    pub fn enter(&self, text: &str) -> Result<(), PipeError> {
        self.call("Input.insertText", &json!({ "text": text }))?;
        Ok(())
    }

    /// Lets scripts run that the page's own policy would not: those of a checker that a test brings along.
    ///
    /// # Errors
    /// If the browser is gone.
    pub fn bypass_policy(&self) -> Result<(), PipeError> {
        self.call("Page.setBypassCSP", &json!({ "enabled": true }))?;
        Ok(())
    }

    /// A picture of the first `height` pixels as PNG.
    ///
    /// # Errors
    /// If the browser is gone.
    pub fn picture(&self, height: u32) -> Result<Vec<u8>, PipeError> {
        self.size(height)?;
        let taken = self.call("Page.captureScreenshot", &json!({ "format": "png" }))?;
        self.size(self.look.height)?;
        Ok(decode(taken["data"].as_str().unwrap_or_default()))
    }

    /// Everything that went wrong since the page was opened: errors on the console, exceptions, what its policy held back,
    /// dialogs, and requests to anywhere but the page itself.
    pub fn problems(&self) -> Vec<String> {
        let events = self.browser.pipe.borrow_mut().events(&self.session);
        events.iter().filter_map(problem).collect()
    }
}

fn problem(event: &Value) -> Option<String> {
    let parameters = &event["params"];
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" => Some(format!("exception: {}", parameters["exceptionDetails"])),
        "Runtime.consoleAPICalled" => {
            let kind = parameters["type"].as_str().unwrap_or_default();
            ["error", "warning", "assert"]
                .contains(&kind)
                .then(|| format!("console {kind}: {}", parameters["args"]))
        }
        "Log.entryAdded" => {
            let entry = &parameters["entry"];
            (entry["level"] != "verbose" && entry["level"] != "info").then(|| format!("log: {}", entry["text"]))
        }
        "Page.javascriptDialogOpening" => Some(format!("dialog: {}", parameters["message"])),
        "Network.requestWillBeSent" => {
            let url = parameters["request"]["url"].as_str().unwrap_or_default();
            let is_own = parameters["type"] == "Document" && url.starts_with("file://") || url.starts_with("data:");
            (!is_own).then(|| format!("request: {url}"))
        }
        _ => None,
    }
}

/// A file's address.
fn address(file: &Path) -> String {
    let mut address = "file://".to_owned();
    for byte in file.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(byte) {
            address.push(char::from(*byte));
        } else {
            address.push('%');
            address.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])));
        }
    }
    address
}

/// RFC 4648; what is no digit is passed over.
fn decode(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.bytes().filter_map(digit).collect();
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let bits = (0..4).fold(0_u32, |bits, at| {
            bits << 6 | u32::from(group.get(at).copied().unwrap_or(0))
        });
        let whole = [bits >> 16, bits >> 8, bits].map(|byte| byte as u8);
        bytes.extend(&whole[..group.len() * 3 / 4]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_the_standard_writes_it() {
        // From RFC 4648, section 10.
        let decoded = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"].map(decode);
        assert_eq!(
            decoded,
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| text.as_bytes().to_vec())
        );
    }

    #[test]
    fn an_address_names_one_file_whatever_it_is_called() {
        assert_eq!(address(Path::new("/tmp/a b#c?.html")), "file:///tmp/a%20b%23c%3F.html");
    }
}
