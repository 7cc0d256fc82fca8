//! Faults in expressions: comparisons, operators, conditions.

use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprBinOp, ExprBoolOp, ExprCompare, UnaryOp, token::TokenKind};

use super::{Operator, collector::Collector};
use crate::{edit::Edit, program::range};

impl Collector<'_> {
    /// Notes what can be done to an expression that is no call, name or number.
    pub(super) fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::Compare(compare) => self.comparison(compare),
            Expr::BinOp(operation) => self.arithmetic(operation),
            Expr::BoolOp(operation) => self.connective(operation),
            Expr::BooleanLiteral(literal) => {
                let text = if literal.value { "False" } else { "True" };
                self.replace(Operator::Boolean, range(literal), text);
            }
            Expr::StringLiteral(literal) => self.text(literal),
            Expr::If(choice) => self.negated(&choice.test),
            _ => {}
        }
    }

    fn comparison(&mut self, compare: &ExprCompare) {
        let mut left = &*compare.left;
        for (op, right) in compare.ops.iter().zip(&compare.comparators) {
            let between = range(left).end..range(right).start;
            let tokens: Vec<_> = self
                .program
                .tokens_in(between)
                .filter(|token| !matches!(token.kind(), TokenKind::Lpar | TokenKind::Rpar))
                .map(range)
                .collect();
            if let (Some(first), Some(last)) = (tokens.first(), tokens.last()) {
                let place = first.start..last.end;
                // The middle of a chain would say something else altogether.
                self.replace(Operator::Comparison, place.clone(), opposite(*op));
                if let (Some(boundary), true) = (at_boundary(*op), is_counted(left) && is_counted(right)) {
                    self.replace(Operator::Boundary, place, boundary);
                }
            }
            left = right;
        }
    }

    fn arithmetic(&mut self, operation: &ExprBinOp) {
        let is_text = |side: &Expr| {
            matches!(side, Expr::StringLiteral(_) | Expr::FString(_) | Expr::BytesLiteral(_) | Expr::List(_))
        };
        if is_text(&operation.left) || is_text(&operation.right) {
            return;
        }
        let between = range(&*operation.left).end..range(&*operation.right).start;
        let place =
            self.program.tokens_in(between).find_map(|token| Some((range(token), other(token.kind())?)));
        if let Some((place, text)) = place {
            self.replace(Operator::Arithmetic, place, text);
        }
    }

    fn connective(&mut self, operation: &ExprBoolOp) {
        let (kind, text) = match operation.op {
            BoolOp::And => (TokenKind::And, "or"),
            BoolOp::Or => (TokenKind::Or, "and"),
        };
        for pair in operation.values.windows(2) {
            let [left, right] = pair else { continue };
            let between = range(left).end..range(right).start;
            let place = self.program.tokens_in(between).find(|token| token.kind() == kind).map(range);
            if let Some(place) = place {
                self.replace(Operator::Connective, place, text);
            }
        }
    }

    /// Notes that a condition can be negated.
    pub(super) fn negated(&mut self, test: &Expr) {
        let place = range(test);
        let edits = match test {
            // Comparisons have their own operators.
            Expr::Compare(_) => return,
            Expr::UnaryOp(not) if not.op == UnaryOp::Not => {
                vec![Edit::removal(place.start..range(&*not.operand).start)]
            }
            Expr::Name(_) | Expr::Attribute(_) | Expr::Call(_) | Expr::Subscript(_) => {
                vec![Edit::new(place.start..place.start, "not ")]
            }
            _ => vec![Edit::new(place.start..place.start, "not ("), Edit::new(place.end..place.end, ")")],
        };
        self.note(Operator::Negation, place, edits);
    }
}

fn opposite(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "!=",
        CmpOp::NotEq => "==",
        CmpOp::Lt => ">=",
        CmpOp::LtE => ">",
        CmpOp::Gt => "<=",
        CmpOp::GtE => "<",
        CmpOp::Is => "is not",
        CmpOp::IsNot => "is",
        CmpOp::In => "not in",
        CmpOp::NotIn => "in",
    }
}

fn at_boundary(op: CmpOp) -> Option<&'static str> {
    match op {
        CmpOp::Lt => Some("<="),
        CmpOp::LtE => Some("<"),
        CmpOp::Gt => Some(">="),
        CmpOp::GtE => Some(">"),
        _ => None,
    }
}

/// Whether two such sides are likely to be equal at times: versions, texts and fractions hardly are.
fn is_counted(side: &Expr) -> bool {
    match side {
        Expr::NumberLiteral(number) => number.value.is_int(),
        Expr::StringLiteral(_) | Expr::Tuple(_) | Expr::FString(_) => false,
        _ => true,
    }
}

/// Another operator that takes the same operands, for operators and for their assignments.
pub(super) fn other(kind: TokenKind) -> Option<&'static str> {
    Some(match kind {
        TokenKind::Plus => "-",
        TokenKind::Minus => "+",
        TokenKind::Star => "/",
        TokenKind::Slash => "*",
        TokenKind::DoubleSlash => "/",
        TokenKind::DoubleStar => "*",
        TokenKind::Percent => "//",
        TokenKind::At => "*",
        TokenKind::LeftShift => ">>",
        TokenKind::RightShift => "<<",
        TokenKind::Amper => "|",
        TokenKind::Vbar => "&",
        TokenKind::CircumFlex => "|",
        TokenKind::PlusEqual => "-=",
        TokenKind::MinusEqual => "+=",
        TokenKind::StarEqual => "/=",
        TokenKind::SlashEqual => "*=",
        TokenKind::DoubleSlashEqual => "/=",
        TokenKind::PercentEqual => "//=",
        TokenKind::AmperEqual => "|=",
        TokenKind::VbarEqual => "&=",
        _ => return None,
    })
}
