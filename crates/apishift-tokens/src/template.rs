//! Chat templates, as `transformers` renders them: with its settings, the functions and the method names of Python that templates of
//! common models use. What is not known is an error, never another text; `strftime_now` tells the time of UTC.

use std::{collections::BTreeMap, fs, io, path::Path};

use apishift_types::ChatMessage;
use minijinja::{Environment, Error, ErrorKind, context};
use serde::Serialize as _;
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
        let special_file = folder.join("special_tokens_map.json");
        let special: Value = match read(&special_file)? {
            Some(text) => serde_json::from_str(&text).map_err(|error| wrong(&special_file, &error))?,
            None => Value::Null,
        };
        let token = |name: &str| [&config, &special].into_iter().find_map(|file| token_of(file.get(name)?));
        let tokens = tokens.iter().filter_map(|name| Some(((*name).to_owned(), token(name)?)));
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
        environment.add_filter("tojson", tojson);
        // They mark the assistant's part of a text and change nothing of it.
        let marks = ["generation", "endgeneration"];
        let template = marks.iter().fold(template, |template, mark| without_tag(&template, mark));
        environment.add_template_owned(NAME, template)?;
        Ok(Self { environment, tokens })
    }

    /// The conversation as one text. `asks`: with the beginning of the assistant's turn, as for a prompt.
    pub fn render(&self, messages: &[ChatMessage], asks: bool) -> Result<String, TokenizerError> {
        let failed = |error: &Error| TokenizerError::Template(told(error));
        let template = self.environment.get_template(NAME).map_err(|error| failed(&error))?;
        let values = context! { messages, add_generation_prompt => asks, tools => (), documents => (), ..minijinja::Value::from_serialize(&self.tokens) };
        template.render(values).map_err(|error| failed(&error))
    }
}

/// A template without what the tags of a name do, `{% name %}` and `{%- name -%}`: the blanks that they take away go all the same.
fn without_tag(template: &str, name: &str) -> String {
    let mut kept = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find("{%") {
        let Some(length) = rest[start..].find("%}") else { break };
        let (before, tag) = (&rest[..start], &rest[start..start + length + 2]);
        kept.push_str(before);
        if tag[2..tag.len() - 2].trim_matches('-').trim() == name {
            kept.push_str(&tag.replacen(name, "set _ = 0", 1));
        } else {
            kept.push_str(tag);
        }
        rest = &rest[start + length + 2..];
    }
    kept.push_str(rest);
    kept
}

/// JSON as Python's `json.dumps` writes it, with its blanks and without marks for HTML.
#[expect(clippy::needless_pass_by_value, reason = "filters are handed values")]
fn tojson(value: minijinja::Value, options: minijinja::value::Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent")?;
    // It says how characters are written, and all tokenizers take them as they are.
    let _ensure_ascii: Option<bool> = options.get("ensure_ascii")?;
    options.assert_all_used()?;
    let failed = |error: serde_json::Error| Error::new(ErrorKind::BadSerialization, error.to_string());
    let value = serde_json::to_value(&value).map_err(failed)?;
    let mut text = Vec::new();
    match indent {
        Some(width) => {
            let blanks = " ".repeat(width);
            let form = serde_json::ser::PrettyFormatter::with_indent(blanks.as_bytes());
            value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, form)).map_err(failed)?;
        }
        None => {
            value
                .serialize(&mut serde_json::Serializer::with_formatter(&mut text, OneLine))
                .map_err(failed)?;
        }
    }
    String::from_utf8(text).map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}

/// `{"a": 1, "b": [2, 3]}`.
struct OneLine;

impl serde_json::ser::Formatter for OneLine {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
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
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
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
