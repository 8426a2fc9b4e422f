//! A scalar that a producer wrote under a key that InferGuard has no name for.

/// A value kept as it was written; no unit is implied.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// An explicit null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another finite number.
    Float(f64),
    /// A text.
    Text(Box<str>),
}
