//! Where in a tool's answer a value stands, for people: items are counted from one.

use serde_json::Value;

/// The way to a value in a result, as far as there is something left to look at.
pub(super) fn place(result: &Value, value: &Value, left: &mut usize) -> Option<Vec<String>> {
    /// A value, with what it was reached from and by which step.
    struct Met<'a> {
        from: usize,
        step: Step<'a>,
        value: &'a Value,
    }
    enum Step<'a> {
        Top,
        Item(usize),
        Field(&'a str),
    }
    let mut met = vec![Met { from: 0, step: Step::Top, value: result }];
    let mut at = 0;
    while let Some(Met { value: here, .. }) = met.get(at) {
        let here = *here;
        if here == value {
            let mut way = Vec::new();
            let mut up = at;
            while let Some(Met { from, step, .. }) = met.get(up) {
                match step {
                    Step::Top => break,
                    Step::Item(n) => way.push((n + 1).to_string()),
                    Step::Field(name) => way.push((*name).to_owned()),
                }
                up = *from;
            }
            way.reverse();
            return Some(way);
        }
        let room = *left;
        let before = met.len();
        match here {
            Value::Array(items) => {
                let below = items.iter().enumerate().map(|(n, value)| Met { from: at, step: Step::Item(n), value });
                met.extend(below.take(room));
            }
            Value::Object(fields) => {
                let below = fields.iter().map(|(name, value)| Met { from: at, step: Step::Field(name), value });
                met.extend(below.take(room));
            }
            _ => {}
        }
        *left = left.saturating_sub(met.len() - before);
        at += 1;
    }
    None
}

/// The same way, for a pointer that an agent names.
pub(super) fn steps(result: &Value, pointer: &str) -> Vec<String> {
    let mut here = Some(result);
    let mut way = Vec::new();
    for step in pointer.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        let item = name.parse::<usize>().ok().filter(|_| here.is_some_and(Value::is_array));
        here = here.and_then(|here| item.map_or_else(|| here.get(&name), |item| here.get(item)));
        way.push(item.map_or(name, |item| (item + 1).to_string()));
    }
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_by_its_way_from_the_top_and_a_huge_result_is_given_up() {
        const MOST: usize = 20_000;
        let find = |result: &Value, value: i64| place(result, &serde_json::json!(value), &mut { MOST });
        let result = serde_json::json!({"id": "C-1", "lines": [{"total_minor": 900}, {"total_minor": 12_900}]});
        assert_eq!(find(&result, 12_900).unwrap(), ["lines", "2", "total_minor"]);
        assert_eq!(steps(&result, "/lines/1/total_minor"), ["lines", "2", "total_minor"], "both count from one");
        assert_eq!(steps(&serde_json::json!({"a/b": 1}), "/a~1b"), ["a/b"]);
        assert_eq!(find(&result, 7), None);
        let huge = serde_json::json!({"a": vec![0; 2 * MOST], "b": {"c": 7}});
        assert_eq!(find(&huge, 7), None);
    }
}
