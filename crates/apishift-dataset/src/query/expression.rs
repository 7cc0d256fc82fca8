//! Filters: SQL expressions over the columns of a table.

use std::panic::{self, AssertUnwindSafe};

use polars::{
    error::{PolarsError, PolarsResult},
    prelude::Expr,
    sql::sql_expr,
};
use sqlparser::{
    dialect::GenericDialect,
    parser::{Parser, ParserError},
    tokenizer::Token,
};

use super::QueryError;

/// Reads an expression and checks that the table has its columns.
pub(super) fn parse(expression: &str, known: &[String]) -> Result<Expr, QueryError> {
    let syntax = |message: String| QueryError::Syntax { expression: expression.to_owned(), message };
    check_syntax(expression).map_err(syntax)?;
    let parsed = guarded(|| sql_expr(expression)).map_err(|error| syntax(error.to_string()))?;
    for column in parsed.clone().meta().root_names() {
        if !known.iter().any(|name| *name == column.as_str()) {
            return Err(QueryError::UnknownColumn { column: column.to_string(), known: known.to_vec() });
        }
    }
    Ok(parsed)
}

/// Polars panics where an expression needs a part of it that is not built in (`0.5 + [1]` wants `list_arithmetic`). To
/// whoever typed the expression that is an error like any other.
pub(super) fn guarded<T>(work: impl FnOnce() -> PolarsResult<T>) -> PolarsResult<T> {
    // Nothing is used again that the panic could have left half done.
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        Err(PolarsError::ComputeError(format!("polars cannot do this: {text}").into()))
    })
}

/// The parser that polars uses, asked directly: polars drops the place of a fault.
fn check_syntax(expression: &str) -> Result<(), String> {
    let in_words = |error: ParserError| {
        error.to_string().trim_start_matches("sql parser error: ").replace("found: EOF", "found: the end")
    };
    let mut parser = Parser::new(&GenericDialect {}).try_with_sql(expression).map_err(in_words)?;
    parser.parse_expr().map_err(in_words)?;
    let rest = parser.peek_token();
    if rest.token != Token::EOF {
        return Err(format!("Expected: an operator or the end, found: {}{}", rest.token, rest.span.start));
    }
    Ok(())
}
