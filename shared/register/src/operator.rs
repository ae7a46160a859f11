//! The operator of a deployment, as the documents name it. The template's parameters state it.

/// The name of each field in the texts of documents: `{operator_name}`.
pub const FIELDS: [&str; 7] = [
    "operator_name",
    "operator_address",
    "operator_country",
    "support_address",
    "vat_id",
    "register_entry",
    "minimum_age",
];

/// The environment variable of each field, in the order of [`FIELDS`].
const VARIABLES: [&str; 7] = [
    "OPERATOR_NAME",
    "OPERATOR_ADDRESS",
    "OPERATOR_COUNTRY",
    "SUPPORT_ADDRESS",
    "VAT_ID",
    "REGISTER_ENTRY",
    "MINIMUM_AGE",
];

/// The value of a variable whose field has not been stated, because an environment variable cannot be empty.
const NONE: &str = "none";

/// The words of a document in place of a field that the operator has not stated.
pub const NOT_STATED: &str = "(not stated yet by the operator)";

/// The fields of an operator. A field that is empty has not been stated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operator {
    /// The name of the person or the company.
    pub name: String,
    /// The postal address.
    pub address: String,
    /// The country of the seat, whose law the terms name.
    pub country: String,
    /// The mail address of support.
    pub support_address: String,
    /// The VAT identification number.
    pub vat_id: String,
    /// The entry in a public register of companies.
    pub register_entry: String,
    /// The age in years from which a person may sign in.
    pub minimum_age: String,
}

impl Operator {
    /// The operator that the environment of a function states. `read` reads one variable.
    ///
    /// # Errors
    /// The error of `read`, for a variable that is not set.
    pub fn from_variables<'a, E>(read: impl Fn(&'static str) -> Result<&'a str, E>) -> Result<Self, E> {
        let [name, address, country, support_address, vat_id, register_entry, minimum_age] = VARIABLES;
        let stated =
            |variable| read(variable).map(|value| if value == NONE { String::new() } else { value.to_owned() });
        Ok(Self {
            name: stated(name)?,
            address: stated(address)?,
            country: stated(country)?,
            support_address: stated(support_address)?,
            vat_id: stated(vat_id)?,
            register_entry: stated(register_entry)?,
            minimum_age: stated(minimum_age)?,
        })
    }

    /// A text of a document with the fields of this operator.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            match after.split_once('}').and_then(|(name, rest)| Some((self.field(name)?, rest))) {
                Some((value, after)) => {
                    filled.push_str(value);
                    rest = after;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    /// The fields that have not been stated, by their names in texts.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        FIELDS.into_iter().filter(|name| self.field(name) == Some(NOT_STATED)).collect()
    }

    /// The value of a field, or [`NOT_STATED`]. `None` for a name that is no field.
    fn field(&self, name: &str) -> Option<&str> {
        let value = match name {
            "operator_name" => &self.name,
            "operator_address" => &self.address,
            "operator_country" => &self.country,
            "support_address" => &self.support_address,
            "vat_id" => &self.vat_id,
            "register_entry" => &self.register_entry,
            "minimum_age" => &self.minimum_age,
            _ => return None,
        };
        Some(if value.is_empty() { NOT_STATED } else { value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_filled_and_a_missing_one_is_said_to_be_missing() {
        let operator = Operator { name: "A {vat_id} Studio".to_owned(), ..Operator::default() };
        let filled = operator.fill("{operator_name}, {vat_id}: {unknown} { {operator_name");
        assert_eq!(filled, format!("A {{vat_id}} Studio, {NOT_STATED}: {{unknown}} {{ {{operator_name"));
        assert_eq!(operator.missing(), &FIELDS[1..]);
    }

    #[test]
    fn a_field_is_read_from_the_variable_of_its_name() {
        for (field, variable) in FIELDS.into_iter().zip(VARIABLES) {
            assert_eq!(field.to_uppercase(), variable);
        }
        let operator =
            Operator::from_variables(|name| Ok::<_, ()>(if name == "VAT_ID" { NONE } else { name })).unwrap();
        assert_eq!(operator.missing(), ["vat_id"]);
        for (field, variable) in FIELDS.into_iter().zip(VARIABLES).filter(|(field, _)| *field != "vat_id") {
            assert_eq!(operator.fill(&format!("{{{field}}}")), variable);
        }
        assert_eq!(Operator::from_variables(|_| Err::<&str, _>("not set")), Err("not set"));
    }

    #[test]
    fn every_field_has_a_value() {
        assert_eq!(Operator::default().missing(), FIELDS, "each name of FIELDS must be a field of Operator");
    }
}
