//! Objects in the JSON of requests.

use serde::{
    Deserialize, Deserializer,
    de::{self, value::MapAccessDeserializer},
};
use std::{fmt, marker::PhantomData};

/// A JSON object. A record that serde derives may also be read from an array with its fields in order, so `[]`
/// would be a record whose fields are all left out. This one is read from an object alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(field: D) -> Result<Self, D::Error> {
        field.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::{
        IntoDeserializer,
        value::{self, MapDeserializer, SeqDeserializer},
    };

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Record {
        #[serde(default)]
        number: Option<u8>,
    }

    fn of_map(pairs: Vec<(&'static str, u8)>) -> Result<Object<Record>, value::Error> {
        Object::deserialize(MapDeserializer::new(pairs.into_iter()))
    }

    fn of_array(items: Vec<u8>) -> SeqDeserializer<std::vec::IntoIter<u8>, value::Error> {
        SeqDeserializer::new(items.into_iter())
    }

    #[test]
    fn an_object_is_read_as_its_record() {
        assert_eq!(of_map(vec![]), Ok(Object(Record { number: None })));
        let strange = of_map(vec![("strange", 1)]).unwrap_err().to_string();
        assert_eq!(strange, "unknown field `strange`, expected `number`");
    }

    #[test]
    fn an_array_is_no_object() {
        assert_eq!(Record::deserialize(of_array(vec![])), Ok(Record { number: None }), "a record takes it");
        for items in [vec![], vec![7]] {
            assert!(Object::<Record>::deserialize(of_array(items)).is_err());
        }
        let text: value::StrDeserializer<'_, value::Error> = "{}".into_deserializer();
        assert!(Object::<Record>::deserialize(text).is_err());
    }
}
