//! The operator of the deployment, from one variable.

use kernel::{Error, Result};
use register::operator::Operator;

/// The value for "nothing is stated", because an environment variable cannot be empty.
const NONE: &str = "none";

/// Reads `name|address|country|support address|VAT id|register entry`, or `none`. A field may be empty.
///
/// # Errors
/// `internal` for another number of fields: the documents would name the wrong ones.
pub(crate) fn parse(text: &str) -> Result<Operator> {
    if text == NONE {
        return Ok(Operator::default());
    }
    let fields: Vec<String> = text.split('|').map(|field| field.trim().to_owned()).collect();
    let Ok([name, address, country, support_address, vat_id, register_entry]) = <[String; 6]>::try_from(fields) else {
        return Err(Error::internal("OPERATOR must be none, or six fields between five bars"));
    };
    Ok(Operator { name, address, country, support_address, vat_id, register_entry })
}
