//! `http_call`, `enrich` and `publish_kafka`, compiled. Their fields are compiled in one order and resolved in another.

use serde_json::Value;

use super::function::At;
use crate::rules::error::Result;
use crate::rules::format::{EnrichConfig, HttpCallConfig, PublishKafkaConfig};
use crate::rules::program::{CallInput, Field, FieldKind, FieldName, Template};

impl At<'_> {
    pub(super) fn http_call(&self, input: &HttpCallConfig) -> Result<CallInput> {
        let connector = self.field("http_call", "connector", FieldKind::Text, &input.connector)?;
        let timeout = FieldKind::Number("http_call timeout_ms");
        let timeout = self.field("http_call", "timeout_ms", timeout, &input.timeout_ms)?;
        let headers = input.headers.iter().map(|(name, value)| {
            Ok(Field {
                name: FieldName::Header(name.as_str().into()),
                kind: FieldKind::Text,
                template: self.template(value, &format!("http_call header {name}"))?,
            })
        });
        let headers: Vec<Field> = headers.collect::<Result<_>>()?;
        let optional = |name, kind, value| self.field_if_there("http_call", name, kind, value);
        let path = optional("path", FieldKind::Text, input.path.as_ref())?;
        let body = optional("body", FieldKind::Json, input.body.as_ref())?;
        let body_format = optional("body_format", FieldKind::Text, input.body_format.as_ref())?;
        let response_path = optional("response_path", FieldKind::Text, input.response_path.as_ref())?;
        let response_format = optional("response_format", FieldKind::Text, input.response_format.as_ref())?;
        let mut fields = vec![connector];
        fields.extend(path);
        fields.extend(headers);
        fields.extend(
            [body, body_format, response_path, response_format]
                .into_iter()
                .flatten(),
        );
        fields.push(timeout);
        Ok(CallInput::Connector {
            constant: [("method", input.method.as_str())].into(),
            fields: fields.into(),
            has_headers: true,
        })
    }

    pub(super) fn enrich(&self, input: &EnrichConfig) -> Result<CallInput> {
        let connector = self.field("enrich", "connector", FieldKind::Text, &input.connector)?;
        let merge_path = self.field("enrich", "merge_path", FieldKind::Text, &input.merge_path)?;
        let timeout = FieldKind::Number("enrich timeout_ms");
        let timeout = self.field("enrich", "timeout_ms", timeout, &input.timeout_ms)?;
        let path = self.field_if_there("enrich", "path", FieldKind::Text, input.path.as_ref())?;
        let mut fields = vec![connector];
        fields.extend(path);
        fields.extend([merge_path, timeout]);
        Ok(CallInput::Connector {
            constant: [("method", input.method.as_str()), ("on_error", input.on_error.as_str())].into(),
            fields: fields.into(),
            has_headers: false,
        })
    }

    pub(super) fn publish_kafka(&self, input: &PublishKafkaConfig) -> Result<CallInput> {
        let mut fields = vec![
            self.field("publish_kafka", "connector", FieldKind::Text, &input.connector)?,
            self.field("publish_kafka", "topic", FieldKind::Text, &input.topic)?,
        ];
        fields.extend(self.field_if_there("publish_kafka", "key", FieldKind::Text, input.key.as_ref())?);
        fields.extend(self.field_if_there("publish_kafka", "value", FieldKind::Json, input.value.as_ref())?);
        Ok(CallInput::Connector {
            constant: Box::new([]),
            fields: fields.into(),
            has_headers: false,
        })
    }

    fn field(&self, function: &str, name: &'static str, kind: FieldKind, source: &Value) -> Result<Field> {
        let template: Template = self.template(source, &format!("{function} {name}"))?;
        Ok(Field {
            name: FieldName::Top(name),
            kind,
            template,
        })
    }

    fn field_if_there(
        &self,
        function: &str,
        name: &'static str,
        kind: FieldKind,
        source: Option<&Value>,
    ) -> Result<Option<Field>> {
        source
            .map(|source| self.field(function, name, kind, source))
            .transpose()
    }
}
