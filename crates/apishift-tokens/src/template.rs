//! Chat templates, as `transformers` renders them.

use std::{collections::BTreeMap, fs, path::Path};

use apishift_types::ChatMessage;
use minijinja::{Environment, Error, ErrorKind, context};
use serde_json::Value;

use crate::TokenizerError;

/// Name of the template within its environment.
const NAME: &str = "chat";

/// The template that makes one text of a conversation.
#[derive(Debug)]
pub struct ChatTemplate {
    environment: Environment<'static>,
    /// `bos_token`, `eos_token` and the like, as templates name them.
    tokens: BTreeMap<String, String>,
}

impl ChatTemplate {
    /// The template of a model's folder: `chat_template.jinja`, or the default one of `tokenizer_config.json`. `None` where there
    /// is neither.
    pub fn of_folder(folder: &Path) -> Result<Option<Self>, TokenizerError> {
        let config_file = folder.join("tokenizer_config.json");
        let config: Value = match read(&config_file)? {
            Some(text) => serde_json::from_str(&text).map_err(|error| wrong(&config_file, &error))?,
            None => Value::Null,
        };
        let tokens = ["bos_token", "eos_token", "pad_token", "unk_token", "sep_token", "cls_token"];
        let tokens =
            tokens.iter().filter_map(|name| Some(((*name).to_owned(), token_of(config.get(*name)?)?)));
        let template_file = folder.join("chat_template.jinja");
        let (file, template) = match read(&template_file)? {
            Some(template) => (template_file, Some(template)),
            None => (config_file, default_of(config.get("chat_template"))),
        };
        template
            .map(|template| Self::new(template, tokens.collect()).map_err(|error| wrong(&file, &error)))
            .transpose()
    }

    /// Reads a template.
    pub(crate) fn new(template: String, tokens: BTreeMap<String, String>) -> Result<Self, Error> {
        let mut environment = Environment::new();
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", |message: String| -> Result<String, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        });
        environment.add_function("strftime_now", |format: String| -> Result<String, Error> {
            let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
            jiff::fmt::strtime::format(&format, &now)
                .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
        });
        environment.add_template_owned(NAME, template)?;
        Ok(Self { environment, tokens })
    }

    /// The conversation as one text. `asks`: with the beginning of the assistant's turn, as for a prompt.
    pub fn render(&self, messages: &[ChatMessage], asks: bool) -> Result<String, TokenizerError> {
        let failed = |error: &Error| TokenizerError::Template(told(error));
        let template = self.environment.get_template(NAME).map_err(|error| failed(&error))?;
        let values = context! { messages, add_generation_prompt => asks, ..minijinja::Value::from_serialize(&self.tokens) };
        template.render(values).map_err(|error| failed(&error))
    }
}

/// The error with what it was caused by, on one line.
fn told(error: &Error) -> String {
    let detail = error.detail().unwrap_or("it fails");
    let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
    format!("{detail}{line}")
}

fn read(path: &Path) -> Result<Option<String>, TokenizerError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(TokenizerError::Io { path: path.to_owned(), source }),
    }
}

fn wrong(path: &Path, error: &dyn std::fmt::Display) -> TokenizerError {
    TokenizerError::Format { path: path.to_owned(), why: error.to_string() }
}

/// One template, or that of several which is called `default`.
fn default_of(template: Option<&Value>) -> Option<String> {
    match template? {
        Value::String(template) => Some(template.clone()),
        Value::Array(several) => {
            let is_default = |one: &&Value| one.get("name").and_then(Value::as_str) == Some("default");
            Some(several.iter().find(is_default)?.get("template")?.as_str()?.to_owned())
        }
        _ => None,
    }
}

/// A token is its text, or an object that has it.
fn token_of(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value.get("content")?.as_str()).map(ToOwned::to_owned)
}
